#include "script_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/import.h>

#include <dsc/error.hpp>

#include "libtorch_call.hpp"
#include "zip_archive.hpp"

namespace dsc::libtorch::detail {
namespace {

/// What the code of a model may take when it is unpacked: torchvision's largest takes 2 MB.
constexpr std::uint64_t most_code = 256'000'000;

void check_entries(input_file& file, std::string const& path) {
  std::vector<std::byte> const start = file.read(0, std::min<std::uint64_t>(file.size(), 4));
  bool const is_zip = start == std::vector{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  if (!is_zip) file.refuse("it is no TorchScript file; write one with torch.jit.save(torch.jit.script(model), file)");
  zip_archive const archive{file};
  if (!archive.has("constants.pkl"))
    file.refuse("it holds weights or a pickled module, but no TorchScript; write torch.jit.script(model) or torch.jit.trace(model, input) with torch.jit.save");
  caffe2::serialize::PyTorchStreamReader reader{path};
  archive.check_all(
      [&](std::string const& name) {
        auto const [data, size] = reader.getRecord(name);
        std::vector<std::byte> bytes(size);
        if (size > 0) std::memcpy(bytes.data(), data.get(), size);
        return bytes;
      },
      most_code);
}

// Whether a tensor's elements lie within its storage.
bool is_whole(at::Tensor const& tensor) {
  if (!tensor.defined()) return true;
  if (tensor.layout() != at::kStrided || !tensor.has_storage() || tensor.storage_offset() < 0) return false;
  if (tensor.numel() == 0) return true;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  auto const room = tensor.storage().nbytes() / tensor.itemsize();
  auto last = static_cast<std::uint64_t>(tensor.storage_offset());
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    if (tensor.size(i) < 0 || tensor.stride(i) < 0) return false;
    auto const steps = static_cast<std::uint64_t>(tensor.size(i) - 1), stride = static_cast<std::uint64_t>(tensor.stride(i));
    if (stride != 0 && steps > (most - last) / stride) return false;
    last += steps * stride;
  }
  return last < room;
}

void check_value(c10::IValue const& value, std::string const& where, input_file const& file) {
  if (value.isTensor() && !is_whole(value.toTensor())) file.refuse("its tensor '" + where + "' leaves its storage or is none that can be computed with");
  if (value.isTensorList())
    for (at::Tensor const& one : value.toTensorVector()) check_value(one, where, file);
}

void check_tensors(torch::jit::Module const& module, input_file const& file) {
  for (auto const& entry : module.named_attributes(/*recurse=*/true)) check_value(entry.value, entry.name, file);
  for (torch::jit::Module const& part : module.modules())
    for (torch::jit::Method const& method : part.get_methods())
      for_each_node(method.graph()->block(), [&](torch::jit::Node const* node) {
        if (node->kind() != torch::jit::prim::Constant) return;
        if (auto const value = torch::jit::toIValue(node->output())) check_value(*value, "constant", file);
      });
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
  for (element_type const element : {element_type::uint8, element_type::float16, element_type::bfloat16, element_type::float32})
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
  input_file file{path, errc::bad_file};
  std::string const name = path.string();
  return by_libtorch(errc::bad_file, "cannot read '" + name + "': LibTorch cannot load it", [&] {
    check_entries(file, name);
    torch::jit::ExtraFilesMap extra{{input_entry, ""}};
    script_file read{torch::jit::load(name, at::Device{at::kCPU}, extra), {}};
    check_tensors(read.module, file);
    std::string const said = extra[input_entry];
    if (!said.empty() && !(read.input = spec_of(said)))
      file.refuse(std::string{"its entry '"} + input_entry + "' is '" + said.substr(0, 40) + "' instead of, say, 'float32 3x224x224'");
    return read;
  });
}

}  // namespace dsc::libtorch::detail
