#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// A tensor of a served model: its name there, and type and shape of one sample.
struct served_tensor {
  std::string name;
  tensor_spec sample;

  friend bool operator==(served_tensor const&, served_tensor const&) = default;
};

/// A tail as a server offers it: a model of its own, one for every split point.
struct served_tail {
  split_point split;
  std::string model;                  ///< its name at the server, as `tail_name` makes it
  std::vector<served_tensor> inputs;  ///< what crosses the cut, in this order
  std::vector<served_tensor> outputs;

  friend bool operator==(served_tail const&, served_tail const&) = default;
};

/// Which split of a network is served under which name, and by what the two sides tell that they
/// mean the same network with the same weights.
struct deployment {
  std::string network;             ///< the network's name
  std::size_t layers = 0;          ///< `L`
  std::string signature;           ///< of its layers' names and sizes, as `network_signature` tells it
  std::string weights;             ///< fingerprint of the weights, as hexadecimal digits; empty: unknown, not checked
  batch_size largest_batch{0};     ///< the server takes; 0: it does not say
  std::vector<served_tail> tails;  ///< ascending by their splits

  friend bool operator==(deployment const&, deployment const&) = default;

  /// The tail of a split; null where it is not served.
  served_tail const* tail_of(split_point split) const {
    for (served_tail const& tail : tails)
      if (tail.split == split) return &tail;
    return nullptr;
  }
};

/// The name of a tail as a model, which is a folder's name in a Triton repository: as in
/// `efficientnet_b0-tail-07`, the number as wide as that of the last split. What is none of
/// [A-Za-z0-9_.-] in the network's name becomes `_`.
inline std::string tail_name(std::string_view network, split_point split, std::size_t layers) {
  std::string name;
  for (char const c : network) {
    bool const plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    name += plain ? c : '_';
  }
  std::string const number = std::to_string(split.layers);
  std::size_t const width = std::to_string(layers).size();
  return name + "-tail-" + std::string(width > number.size() ? width - number.size() : 0, '0') + number;
}

}  // namespace dsc
