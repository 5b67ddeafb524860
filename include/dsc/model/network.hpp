#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/error.hpp>
#include <dsc/shape.hpp>

namespace dsc {

/// A layer described at run time; shapes are those of one sample, without the batch.
class network_layer {
 public:
  constexpr network_layer(std::string name, tensor_spec output, std::uint64_t macs = 0, bytes parameters = {})
      : name_{std::move(name)}, output_{output}, macs_{macs}, parameters_{parameters} {}

  constexpr std::string_view name() const { return name_; }
  constexpr tensor_spec const& output() const { return output_; }
  constexpr bytes output_bytes() const { return output_.size(); }
  constexpr std::uint64_t macs() const { return macs_; }
  constexpr bytes parameter_bytes() const { return parameters_; }

 private:
  std::string name_;
  tensor_spec output_;
  std::uint64_t macs_;
  bytes parameters_;
};

/// A model described at run time: a name, the input of one sample, and the layers in the order in
/// which they run.
class network {
 public:
  /// Throws `bad_model` for a network without layers or without input.
  constexpr network(std::string name, tensor_spec input, std::vector<network_layer> layers)
      : name_{std::move(name)}, input_{input}, layers_{std::move(layers)} {
    if (layers_.empty()) throw error{errc::bad_model, "network '" + name_ + "' has no layers; give at least one"};
    if (input_.size() == bytes{0})
      throw error{errc::bad_model, "network '" + name_ + "' has an input of 0 bytes; give every extent"};
  }

  constexpr std::string_view name() const { return name_; }
  constexpr tensor_spec const& input() const { return input_; }
  constexpr bytes input_bytes() const { return input_.size(); }
  constexpr std::span<network_layer const> layers() const { return layers_; }

 private:
  std::string name_;
  tensor_spec input_;
  std::vector<network_layer> layers_;
};

}  // namespace dsc
