#include "device/aten.hpp"

#include "formats/state_dict.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <dsc/error.hpp>

// Format: https://github.com/huggingface/safetensors, "Format".
namespace dsc::libtorch::detail {
namespace {

using nlohmann::json;

constexpr std::uint64_t most_header_bytes = 100'000'000;

constexpr std::array<std::pair<std::string_view, element_type>, 8> types{{{"U8", element_type::uint8},
                                                                          {"I8", element_type::int8},
                                                                          {"F16", element_type::float16},
                                                                          {"BF16", element_type::bfloat16},
                                                                          {"I32", element_type::int32},
                                                                          {"F32", element_type::float32},
                                                                          {"I64", element_type::int64},
                                                                          {"F64", element_type::float64}}};

class reader {
 public:
  explicit reader(input_file& file) : file_{file} {}

  state_dict read() {
    std::uint64_t const header_size = number_at<std::uint64_t>(file_.read(0, 8), 0);
    if (header_size > most_header_bytes)
      file_.refuse("it is no safetensors file, as its header would be over 100 MB long; get it again");
    std::vector<std::byte> const text = file_.read(8, header_size);
    data_ = 8 + header_size;
    auto const* const begin = reinterpret_cast<char const*>(text.data());
    check_size({begin, text.size()});
    json const header = json::parse(begin, begin + text.size(), nullptr, false);
    if (!header.is_object())
      file_.refuse("it is a damaged safetensors file, as its header is no JSON object; get it again");
    state_dict weights;
    for (auto const& [name, entry] : header.items())
      if (name != "__metadata__") weights.emplace(name, read_tensor(name, entry));
    return weights;
  }

 private:
  // Before the header takes memory: values within values take many times the bytes that they stand
  // for.
  void check_size(std::string_view header) const {
    constexpr int deepest = 3;  // the object, that of a tensor, and its list of extents
    constexpr std::size_t most_values = 1'000'000;
    int depth = 0;
    std::size_t values = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < header.size(); ++i) {
      char const c = header[i];
      if (in_text) {
        in_text = c != '"';
        if (c == '\\') ++i;
        continue;
      }
      in_text = c == '"';
      values += c == ',' ? 1 : 0;
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth > deepest || values > most_values)
        file_.refuse("its header holds more than tensors' names, types and shapes; get it again");
    }
  }

  [[noreturn]] void fail(std::string const& name, char const* property) const {
    file_.refuse("the " + std::string{property} + " of its tensor '" + name + "' makes no sense; get it again");
  }

  at::Tensor read_tensor(std::string const& name, json const& entry) {
    auto const offsets = numbers(entry, "data_offsets");
    if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1] || (*offsets)[1] > file_.size())
      fail(name, "data_offsets");
    tensor_spec const spec{.element = type_of(name, entry), .shape = shape_of(name, entry)};
    if (spec.size() != bytes{(*offsets)[1] - (*offsets)[0]}) fail(name, "shape or length");
    at::Tensor const flat = file_.read_tensor(data_ + (*offsets)[0], spec.shape.elements(), scalar_type(spec.element));
    return flat.view(at::IntArrayRef{spec.shape.begin(), spec.shape.rank});
  }

  element_type type_of(std::string const& name, json const& entry) const {
    auto const dtype = entry.find("dtype");
    if (dtype == entry.end() || !dtype->is_string()) fail(name, "dtype");
    auto const row = std::ranges::find(types, dtype->get_ref<std::string const&>(),
                                       &std::pair<std::string_view, element_type>::first);
    if (row == types.end()) fail(name, "dtype");
    return row->second;
  }

  shape shape_of(std::string const& name, json const& entry) const {
    auto const extents = numbers(entry, "shape");
    if (!extents || extents->size() > shape::max_rank) fail(name, "shape");
    shape result;
    for (std::uint64_t const extent : *extents) {
      if (extent == 0 || extent > file_.size()) fail(name, "shape");
      result.push_back(static_cast<std::int64_t>(extent));
    }
    return result;
  }

  static std::optional<std::vector<std::uint64_t>> numbers(json const& entry, char const* key) {
    auto const list = entry.find(key);
    if (list == entry.end() || !list->is_array()) return {};
    if (!std::ranges::all_of(*list, [](json const& number) { return number.is_number_unsigned(); })) return {};
    return list->get<std::vector<std::uint64_t>>();
  }

  input_file& file_;
  std::uint64_t data_ = 0;
};

}  // namespace

state_dict read_safetensors(input_file& file) {
  try {
    return reader{file}.read();
  } catch (error const& e) {
    if (e.code() != errc::bad_tensor) throw;
    file.refuse("a tensor of it is larger than any can be; get it again");
  }
}

}  // namespace dsc::libtorch::detail
