#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include <dsc/libtorch/execution.hpp>
#include <dsc/libtorch/random_input.hpp>
#include <dsc/libtorch/tensor.hpp>
#include <dsc/libtorch/weights.hpp>
#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/units.hpp>

namespace dsc::libtorch {

/// An EfficientNet of the zoo that runs on LibTorch: a `dsc::ExecutableModel` whose layers are the
/// zoo's rows. Whatever the arithmetic, head and tail together give bit for bit what the whole
/// gives. Copies are cheap and share the weights; several threads may run one at once.
class efficientnet {
 public:
  using tensor_type = at::Tensor;

  /// Takes the weights to the device, in the element type that it computes in, whatever
  /// floating-point type they have. Throws `bad_weights`; `bad_option` for an element type that is
  /// none of float32, float16 and bfloat16; `bad_model` for images in something else than float32,
  /// uint8 or that type.
  efficientnet(zoo::efficientnet const& net, state_dict const& weights, libtorch::execution const& mode = {});

  std::string_view name() const;
  tensor_spec const& input() const;  ///< one sample
  bytes input_bytes() const;
  /// The zoo's rows, with the element type that features have here; they live as long as this
  /// network or a copy of it.
  std::span<zoo::efficientnet_layer const> layers() const;
  /// What it was made from, with these rows.
  zoo::efficientnet const& architecture() const;
  libtorch::execution const& execution() const;
  /// Of the weights that it was made from: `libtorch::weights_fingerprint` of them.
  std::string const& weights_fingerprint() const;
  /// Of the whole model's output for a batch: [B, ...], as the last layer says.
  tensor_spec output_spec(batch_size batch) const { return batched(layers().back().output(), batch); }

  /// Runs the layers of `span` on `x`, whichever device it lies on: [B, C, H, W] in the element
  /// type of the features, or of the images where `span` begins at 0. Images in uint8 are
  /// normalised in the first layer with ImageNet's mean and deviation, in float32. The answer, in
  /// the element type of the features too, lies in the CPU's memory, contiguous, ready to be sent.
  /// `x` is left as it was, and the answer shares no memory with it. Throws `bad_split`,
  /// `bad_tensor`, and `backend_failed` where LibTorch cannot run a layer.
  at::Tensor forward(at::Tensor x, layer_span span) const;

  /// The same network, sharing the weights, whose answers stay on its device: for running layer
  /// after layer without copies in between, as a profiler does.
  efficientnet resident() const;

 private:
  struct bound_network;
  std::shared_ptr<bound_network const> net_;
  bool resident_ = false;
};

/// The layers of `span` as a TorchScript file of their own, [B, ...] in and out, which plain
/// LibTorch, PyTorch, Triton and `script_model` load: in float32, with the answers of `exact`
/// arithmetic bit for bit. Only what it needs of the weights is in it. Throws `bad_weights`;
/// `bad_split`, also for an empty span; `bad_model` for images in something else than float32 or
/// uint8.
std::string exported_span(zoo::efficientnet const& net, state_dict const& weights, layer_span span);

/// Made-up images for a network, as `random_input` of its input makes them.
at::Tensor random_input(zoo::efficientnet const& net, batch_size batch, std::uint64_t seed = 0);

}  // namespace dsc::libtorch
