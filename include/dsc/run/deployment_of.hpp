#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/model/layers.hpp>
#include <dsc/run/deployment.hpp>
#include <dsc/run/fingerprint.hpp>

namespace dsc {

namespace detail {

struct network_signature_fn {
  template <Model M>
  std::string operator()(M const& model) const {
    fingerprint all;
    all.add(std::uint64_t{layer_count(model)});
    all.add(model_traits<M>::input_bytes(model).count);
    for (std::size_t i = 0; i < layer_count(model); ++i) {
      all.add(layer_name(model, i));
      all.add(representation_bytes(model, split_point{i + 1}).count);
    }
    return all.text();
  }
};

}  // namespace detail

/// By what two sides tell that they mean the same network: a fingerprint of how many layers it has,
/// of their names and of how many bytes each hands on, so it is the same of every model of one
/// network, whatever runs it.
inline constexpr detail::network_signature_fn network_signature{};

/// The names of a served model's only input and output: those that Triton's TorchScript backend
/// asks for.
inline constexpr std::string_view served_input = "INPUT__0", served_output = "OUTPUT__0";

/// What serves these splits of a model, under the names that `tail_name` makes; each split once, in
/// ascending order. `weights` is their fingerprint, empty where it is unknown. Throws `bad_split`
/// for a split outside the model, and for the last one, which leaves no tail.
deployment deployment_of(SpecifiedModel auto const& model, std::vector<split_point> splits, std::string_view name,
                         std::string_view weights = {}) {
  std::size_t const layers = layer_count(model);
  std::ranges::sort(splits);
  splits.erase(std::ranges::unique(splits).begin(), splits.end());
  deployment served;
  served.network = name;
  served.layers = layers;
  served.signature = network_signature(model);
  served.weights = weights;
  for (split_point const split : splits) {
    check_split(split, layers);
    if (split.layers == layers)
      throw error{errc::bad_split, "split point " + std::to_string(layers) +
                                       " leaves no tail that could be served; take one of 0.." +
                                       std::to_string(layers - 1)};
    served.tails.push_back({split,
                            tail_name(name, split, layers),
                            {{std::string{served_input}, representation_spec(model, split)}},
                            {{std::string{served_output}, representation_spec(model, split_point{layers})}}});
  }
  return served;
}

}  // namespace dsc
