#include "torchscript/script_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <dsc/error.hpp>

#include "formats/archive_check.hpp"
#include "torchscript/graph/newer_operators.hpp"
#include "torchscript/libtorch_call.hpp"

namespace dsc::libtorch::detail {
namespace {

// Operators that compute, and nothing else, in every function of the file: before any of them runs.
void check_operators(torch::jit::Module const& module) {
  for (torch::jit::Function* const function : module._ivalue()->compilation_unit()->get_functions()) {
    torch::jit::GraphFunction* const with_graph = torch::jit::tryToGraphFunction(*function);
    if (with_graph == nullptr) continue;
    for_each_node(with_graph->graph()->block(), [](torch::jit::Node const* node) {
      std::string_view const kind = node->kind().toQualString();
      bool const is_known = kind.starts_with("aten::") || kind.starts_with("prim::");
      bool const touches = kind == "aten::save" || kind == "aten::from_file" || kind.starts_with("prim::rpc");
      if (!is_known || touches)
        throw error{errc::bad_model,
                    "it has " + place_of(node) +
                        ", which may do more than compute; only operators of PyTorch's own that compute are taken"};
    });
  }
}

// What LibTorch reads instead of a file.
class memory_reader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit memory_reader(std::vector<std::byte> bytes) : bytes_{std::move(bytes)} {}

  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t at, void* into, std::size_t count, char const* = "") const override {
    std::size_t const from = std::min<std::uint64_t>(at, bytes_.size()), size = std::min(count, bytes_.size() - from);
    std::memcpy(into, bytes_.data() + from, size);
    return size;
  }

 private:
  std::vector<std::byte> bytes_;
};

// Loads a module. An operator that LibTorch does not know is of a newer one, or of another library.
torch::jit::Module load(std::string const& name, std::shared_ptr<memory_reader> const& bytes,
                        torch::jit::ExtraFilesMap& extra) {
  know_newer_operators();
  try {
    return torch::jit::load(bytes, at::Device{at::kCPU}, extra);
  } catch (std::exception const& failure) {
    constexpr std::string_view sign = "Unknown builtin op: aten::";
    std::string_view const text = failure.what();
    std::size_t const at = text.find(sign);
    if (at == std::string_view::npos) throw;
    std::string_view const rest = text.substr(at + sign.size());
    std::string const op{rest.substr(0, std::min(rest.find_first_of(". \n"), rest.size()))};
    throw error{errc::bad_file, "cannot read '" + name + "': it uses 'aten::" + op +
                                    "', which this LibTorch, " TORCH_VERSION
                                    ", does not have, so a newer PyTorch wrote it; save the model with PyTorch "
                                    "" TORCH_VERSION ", or build dsc with the LibTorch of that PyTorch"};
  }
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value < 1) return {};
  return value;
}

}  // namespace

std::string text_of(tensor_spec const& sample) {
  std::string text{name_of(sample.element)};
  for (std::size_t i = 0; i < sample.shape.rank; ++i) text += (i == 0 ? " " : "x") + std::to_string(sample.shape[i]);
  return text;
}

std::optional<tensor_spec> spec_of(std::string const& text) {
  std::size_t const space = text.find(' ');
  if (space == std::string::npos) return {};
  tensor_spec sample{};
  bool known = false;
  for (element_type const element :
       {element_type::uint8, element_type::float16, element_type::bfloat16, element_type::float32})
    if (std::string_view{text}.substr(0, space) == name_of(element)) sample.element = element, known = true;
  for (std::string_view rest = std::string_view{text}.substr(space + 1); known;) {
    std::size_t const end = std::min(rest.find('x'), rest.size());
    auto const extent = number_in(rest.substr(0, end));
    if (!extent || sample.shape.rank == shape::max_rank - 1) return {};
    sample.shape.push_back(*extent);
    if (end == rest.size()) return sample;
    rest.remove_prefix(end + 1);
  }
  return {};
}

script_file read_script(std::filesystem::path const& path) {
  std::string const name = path.string();
  return by_libtorch(errc::bad_file,
                     "cannot read '" + name +
                         "': LibTorch cannot load it; save it anew, without operators of other libraries and without "
                         "optimize_for_inference, or get it again",
                     [&] {
                       torch::jit::ExtraFilesMap extra{{input_entry, ""}};
                       auto const bytes = std::make_shared<memory_reader>(checked_archive(path));
                       script_file read{load(name, bytes, extra), {}};
                       check_operators(read.module);
                       std::string const said = extra[input_entry];
                       if (!said.empty() && !(read.input = spec_of(said)))
                         throw error{errc::bad_file, "cannot read '" + name + "': its entry '" + input_entry +
                                                         "' is '" + said.substr(0, 40) +
                                                         "' instead of, say, 'float32 3x224x224'; save it so"};
                       return read;
                     });
}

}  // namespace dsc::libtorch::detail
