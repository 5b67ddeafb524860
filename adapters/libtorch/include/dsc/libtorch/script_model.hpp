#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include <dsc/libtorch/execution.hpp>
#include <dsc/libtorch/random_input.hpp>
#include <dsc/libtorch/tensor.hpp>
#include <dsc/units.hpp>

namespace torch::jit {
struct Module;
}

namespace dsc::libtorch {

/// A layer of a TorchScript model: what runs between two neighbouring cuts of its graph.
struct script_layer {
  std::string label;  ///< the path of the module that ends with the layer, as in `features.3.0`; unique in its model
  std::string module_type;  ///< that module's class, as in `MBConv`; empty for operators that belong to no module
  tensor_spec output_spec;  ///< one sample

  std::string_view name() const { return label; }
  tensor_spec const& output() const { return output_spec; }
  bytes output_bytes() const { return output_spec.size(); }
};

/// Where a TorchScript model is cut.
enum class cuts : std::uint8_t {
  blocks,  ///< between modules, never inside a block: a module of a class that the model uses more than once, as
           ///< MBConv, Bottleneck or Conv2d
  all      ///< wherever a single tensor is live
};

/// What the first reading of a file may take, beyond what the process has already.
struct reading_limits {
  seconds time{60.0};  ///< of a processor
  bytes memory{std::uint64_t{4} << 30U};
};

/// How a TorchScript model is read.
struct script_options {
  /// One sample of the input: type (float32 or uint8) and shape without the batch. Where not given,
  /// the file must say it in its extra file `dsc.input`, as in `float32 3x224x224`, which
  /// `exported_span` writes.
  std::optional<tensor_spec> input{};
  cuts cut = cuts::blocks;
  /// Which part of an answer of several is the answer: a dict's key or a tuple's index. May be left
  /// empty where there is one tensor only.
  std::string output_name{};
  libtorch::execution execution{};
  /// Where given, a file is first read, and run on one sample in float32 on the CPU, in a child of
  /// this process within these limits, so that a file that never ends, asks for all memory or
  /// crashes LibTorch is refused instead. It takes twice as long. The process is forked: no other
  /// thread of it may be using LibTorch then.
  std::optional<reading_limits> first_reading{};
};

/// Any scripted or traced module whose input and answer are a tensor each, samples along the first
/// extent: a `dsc::ExecutableModel` whose layers are found by looking where in the graph a single
/// tensor is live. Head and tail together give bit for bit what the whole gives. Operators run as
/// the file's interpreter runs them, unfused. Copies are cheap and share the weights; several
/// threads may run one at once.
class script_model {
 public:
  using tensor_type = at::Tensor;

  /// Reads what `torch.jit.save` wrote. A file that is damaged or forged is refused before
  /// LibTorch's reader, which trusts its input, sees it, and code that would touch other files or
  /// run while it is read with it; what a file computes, and for how long, `first_reading` bounds.
  /// Throws `cannot_read`; `bad_file` for a file that is damaged or something else; `bad_model`,
  /// naming the operator and its place in the source, for a model that cannot be run on batches of
  /// one tensor; `bad_option` for an input or answer that does not fit.
  explicit script_model(std::filesystem::path const& file, script_options const& options = {});

  /// The same of a module in memory, which is left as it was. `name` is for people.
  script_model(torch::jit::Module const& module, std::string name, script_options const& options);

  std::string_view name() const;
  tensor_spec const& input() const;  ///< one sample
  bytes input_bytes() const;
  std::span<script_layer const> layers() const;
  libtorch::execution const& execution() const;
  /// Of the module's tensors as the file holds them, whatever the execution: parameters, buffers
  /// and constants. The same on both sides of a cut, and another one where one bit differs.
  std::string const& weights_fingerprint() const;
  /// Of the whole model's output for a batch: [B, ...], as the last layer says.
  tensor_spec output_spec(batch_size batch) const { return batched(layers().back().output(), batch); }

  /// Runs the layers of `span` on `x`, whichever device it lies on: [B, ...] of the type and shape
  /// that belong there. The answer lies in the CPU's memory, contiguous, ready to be sent; `x` is
  /// left as it was, and the answer shares no memory with it. Throws `bad_split`, `bad_tensor`, and
  /// `backend_failed` where LibTorch cannot run a layer.
  at::Tensor forward(at::Tensor x, layer_span span) const;

  /// The same model, sharing the weights, whose answers stay on its device.
  script_model resident() const;

  /// The layers of `span` as a TorchScript file of their own, [B, ...] in and out, which plain
  /// LibTorch, PyTorch or Triton load. Only what it needs of the weights is in it. Throws
  /// `bad_split`, also for an empty span.
  std::string exported_span(layer_span span) const;

  /// Writes that file. Throws `cannot_write` besides; nothing half-written stays.
  void export_span(layer_span span, std::filesystem::path const& file) const;

 private:
  struct partitioned_model;
  std::shared_ptr<partitioned_model const> graph_;
  bool resident_ = false;
};

}  // namespace dsc::libtorch
