#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/run/deployment_of.hpp>
#include <dsc/run/wire.hpp>

/// A network of four small layers for tests of the network adapter.
namespace dsc::test {

/// Floats with a shape, the batch first.
class toy_tensor {
 public:
  toy_tensor(dsc::shape extents, std::vector<float> values) : shape_{extents}, values_{std::move(values)} {}
  tensor_spec spec() const { return {element_type::float32, shape_}; }
  std::span<std::byte const> data() const { return std::as_bytes(std::span{values_}); }
  static toy_tensor make(tensor_spec const& spec, std::span<std::byte const> data) {
    std::vector<float> values(data.size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), data.data(), data.size());
    return {spec.shape, std::move(values)};
  }
  std::vector<float> const& values() const { return values_; }

 private:
  dsc::shape shape_;
  std::vector<float> values_;
};

struct toy_layer {
  std::string_view label;
  std::int64_t width = 0;
  std::string_view name() const { return label; }
  tensor_spec output() const { return {element_type::float32, {width}}; }
  bytes output_bytes() const { return output().size(); }
};

/// Every layer mixes all numbers of a sample; `bias` stands for its weights.
class toy_network {
 public:
  using tensor_type = toy_tensor;
  explicit toy_network(float bias = 0.25F) : bias_{bias} {}

  tensor_spec input() const { return {element_type::float32, {6}}; }
  bytes input_bytes() const { return input().size(); }
  std::span<toy_layer const> layers() const { return rows; }
  tensor_spec output_spec(batch_size batch) const { return batched(rows.back().output(), batch); }

  toy_tensor forward(toy_tensor x, layer_span span) const {
    for (std::size_t l = span.begin.layers; l < span.end.layers; ++l) x = layer(l, x);
    return x;
  }

 private:
  static constexpr std::array<toy_layer, 4> rows{{{"wide", 16}, {"narrow", 3}, {"middle", 8}, {"last", 5}}};

  toy_tensor layer(std::size_t index, toy_tensor const& x) const {
    auto const batch = static_cast<std::size_t>(x.spec().shape[0]);
    auto const out = static_cast<std::size_t>(rows[index].width);
    std::size_t const in = x.values().size() / batch;
    std::vector<float> y(batch * out, bias_);
    for (std::size_t b = 0; b < batch; ++b)
      for (std::size_t i = 0; i < out; ++i)
        for (std::size_t k = 0; k < in; ++k)
          y[b * out + i] += x.values()[b * in + k] * (static_cast<float>((i * 7 + k * 3 + index) % 11) - 5.0F) / 13.0F;
    return {{static_cast<std::int64_t>(batch), rows[index].width}, std::move(y)};
  }

  float bias_;
};

inline toy_tensor toy_input(std::size_t batch, float start = 1.0F) {
  std::vector<float> values(batch * 6);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + 0.37F * static_cast<float>(i % 17);
  return {{static_cast<std::int64_t>(batch), 6}, std::move(values)};
}

/// All splits of the network, with the fingerprint of some weights.
inline deployment toy_deployment(std::string const& weights = "00000000000000aa") {
  return deployment_of(toy_network{}, {split_point{0}, split_point{1}, split_point{2}, split_point{3}}, "toy", weights);
}

}  // namespace dsc::test
