#include "serving/triton_repository.hpp"

#include <fmt/format.h>

#include <dsc/io/deployment_json.hpp>
#include <dsc/io/staged_folder.hpp>
#include <dsc/model/layers.hpp>

#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "serving/triton_model.hpp"

namespace dsc::cli {
namespace {

std::string_view triton_type(served_tensor const& tensor) {
  switch (tensor.sample.element) {
    case element_type::uint8:
      return "TYPE_UINT8";
    case element_type::int8:
      return "TYPE_INT8";
    case element_type::float16:
      return "TYPE_FP16";
    case element_type::int32:
      return "TYPE_INT32";
    case element_type::float32:
      return "TYPE_FP32";
    case element_type::int64:
      return "TYPE_INT64";
    case element_type::float64:
      return "TYPE_FP64";
    case element_type::bfloat16:
      break;  // NumPy, which Triton's Python backend hands tensors over in, has no such type
  }
  throw error{errc::bad_model, fmt::format("{} of {} cannot be served by Triton's Python backend; take another split",
                                           tensor.name, text_of(tensor.sample))};
}

std::string tensor_entry(std::string_view kind, served_tensor const& tensor) {
  if (tensor.sample.shape.rank == 0)
    throw error{errc::bad_model, fmt::format("{} is one number without an extent for every sample, which Triton has no "
                                             "shape for; give the model an answer of shape [B, 1]",
                                             tensor.name)};
  std::vector<std::int64_t> const dims(tensor.sample.shape.begin(), tensor.sample.shape.end());
  return fmt::format("{} [\n  {{\n    name: \"{}\"\n    data_type: {}\n    dims: [ {} ]\n  }}\n]\n", kind, tensor.name,
                     triton_type(tensor), fmt::join(dims, ", "));
}

std::string parameter(std::string_view key, std::string_view value) {
  return fmt::format("parameters {{\n  key: \"{}\"\n  value {{\n    string_value: \"{}\"\n  }}\n}}\n", key, value);
}

}  // namespace

std::string triton_config(deployment const& served, served_tail const& tail, triton_options const& options,
                          std::string const& comment) {
  std::string text = fmt::format("# {}\nname: \"{}\"\nbackend: \"python\"\nmax_batch_size: {}\n", printable(comment),
                                 tail.model, options.largest_batch.count);
  for (served_tensor const& tensor : tail.inputs) text += tensor_entry("input", tensor);
  for (served_tensor const& tensor : tail.outputs) text += tensor_entry("output", tensor);
  text +=
      "instance_group [\n  {\n    kind: KIND_CPU\n    count: 1\n  }\n]\n"
      "# Requests that wait are handed over together. Where they run together, too, answers may differ in their last\n"
      "# bits from those that each would get alone, as PyTorch computes larger batches otherwise.\n"
      "dynamic_batching { }\n";
  text += parameter("together", options.separately ? "no" : "yes");
  text += parameter("threads", std::to_string(options.threads));
  text += "# What dsc's client compares with the device's network and weights.\n";
  text += parameter("dsc_signature", served.signature);
  if (!served.weights.empty()) text += parameter("dsc_weights", served.weights);
  return text +
         "\n"
         "# On a machine with a GPU, and a Triton that has the backend for PyTorch, the same model.pt runs without "
         "Python:\n"
         "# put these lines in the place of `backend`, `instance_group` and `parameters` above. Not tried: dsc's tests "
         "have\n"
         "# tests have no such machine.\n"
         "# platform: \"pytorch_libtorch\"\n"
         "# instance_group [\n#   {\n#     kind: KIND_GPU\n#     count: 1\n#   }\n# ]\n";
}

void write_triton_repository(std::filesystem::path const& folder, deployment const& served,
                             triton_options const& options, model_description const& model,
                             layer_writer const& layers_as_file) {
  uninterrupted const writing;
  staged_folder staged{folder};
  for (served_tail const& tail : served.tails) {
    if (writing.is_over()) return;
    std::filesystem::path const place{tail.model};
    staged.write(place / "config.pbtxt",
                 triton_config(
                     served, tail, options,
                     fmt::format("Layers {} to {} of {}, the tail behind {}. Written by 'dsc export'.",
                                 tail.split.layers + 1, served.layers, served.network, split_name(model, tail.split))));
    staged.write(place / "1" / "model.py", triton_model("model.py"));
    staged.write(place / "1" / "model.pt", layers_as_file(tail_of(tail.split, served.layers)));
  }
  staged.write("deployment.json", deployment_json(served));
  staged.publish();
}

}  // namespace dsc::cli
