#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/error.hpp>

/// A small executable model over plain vectors: layer i makes `widths[i + 1]` numbers of each
/// sample's `widths[i]`, every one of them depending on several inputs, so that a lost, doubled or
/// shifted layer or byte shows.
class toy_net {
 public:
  using tensor_type = std::vector<float>;

  class layer {
   public:
    layer(std::string name, std::size_t width) : name_{std::move(name)}, width_{width} {}
    std::string_view name() const { return name_; }
    dsc::bytes output_bytes() const { return dsc::bytes{4 * width_}; }
    std::size_t width() const { return width_; }

   private:
    std::string name_;
    std::size_t width_;
  };

  explicit toy_net(std::vector<std::size_t> const& widths) : input_{widths.at(0)} {
    for (std::size_t i = 1; i < widths.size(); ++i) layers_.emplace_back("layer " + std::to_string(i), widths[i]);
  }

  dsc::bytes input_bytes() const { return dsc::bytes{4 * input_}; }
  std::span<layer const> layers() const { return layers_; }

  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) x = run(i, x);
    return x;
  }

 private:
  std::vector<float> run(std::size_t index, std::vector<float> const& x) const {
    std::size_t const in = index == 0 ? input_ : layers_[index - 1].width();
    std::size_t const out = layers_[index].width();
    if (x.size() % in != 0) throw dsc::error{dsc::errc::bad_tensor, "a toy layer got no whole number of samples"};
    std::vector<float> y(x.size() / in * out);
    for (std::size_t k = 0; k < y.size(); ++k) {
      std::size_t const sample = k / out * in;
      y[k] = 0.5F * x[sample + k % in] + 0.25F * x[sample + (7 * k + 3) % in] + static_cast<float>(index + 1);
    }
    return y;
  }

  std::size_t input_;
  std::vector<layer> layers_;
};

/// `n` numbers that differ from one another.
inline std::vector<float> toy_input(std::size_t n) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>((i * 37 + 11) % 101) / 8.0F;
  return x;
}
