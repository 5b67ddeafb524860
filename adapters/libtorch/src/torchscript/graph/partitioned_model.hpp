#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <dsc/libtorch/script_model.hpp>

#include "device/transfer.hpp"
#include "torchscript/graph/cut_points.hpp"
#include "torchscript/graph/memory_layout.hpp"
#include "torchscript/graph/subgraph.hpp"

namespace dsc::libtorch {

/// A TorchScript model cut into layers.
struct script_model::partitioned_model {
  /// Throws `bad_model`, `bad_option`.
  partitioned_model(torch::jit::Module const& module, std::string name, script_options const& options,
                    tensor_spec const& input);

  /// Runs the layers of a span, which is not empty, on the device; `x` may be written into where
  /// `is_mine`. The answer may share memory with `x`.
  at::Tensor run(at::Tensor x, layer_span span, bool is_mine) const;

  /// The numbers that cross the cut at a split point with a batch of this size.
  std::vector<c10::IValue> scalars_at(split_point split, std::int64_t batch) const;

  tensor_spec const& spec_at(split_point split) const {
    return split.layers == 0 ? input : layers[split.layers - 1].output_spec;
  }

  std::string name;
  std::string weights_id;
  tensor_spec input;
  libtorch::execution mode;
  detail::transfer carry;
  std::shared_ptr<torch::jit::Graph> graph;
  detail::cut_points points;
  std::vector<detail::graph_cut> places;  ///< one more than layers
  std::vector<script_layer> layers;
  std::vector<detail::subgraph> pieces;
  std::vector<detail::cut_layout> layouts;  ///< of every cut's tensor in the whole network
  std::vector<std::size_t> written_in;      ///< of every cut: the first layer that may write into its tensor

 private:
  void bind();
  void find_layers(libtorch::cuts choice);
  void answer_in_bytes();
  std::vector<detail::crossing> probe(std::int64_t batch);
  std::optional<tensor_spec> layer_spec(std::size_t place, detail::crossing const& single,
                                        detail::crossing const& pair) const;
  at::Tensor on_device(at::Tensor const& x) const;
  detail::crossing first_crossing(at::Tensor x) const;

  std::unordered_map<torch::jit::Value const*, std::size_t>
      seen_writers_;  // of cut tensors: before which node one was written into, as probes saw
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, std::vector<std::vector<c10::IValue>>> scalars_;  // by batch size and cut
};

}  // namespace dsc::libtorch
