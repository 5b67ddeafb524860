#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <dsc/model/layers.hpp>

#include <dsc/testing/tensor.hpp>

namespace dsc::laws {

namespace detail {

inline std::string text(layer_span span) {
  return "[" + std::to_string(span.begin.layers) + ", " + std::to_string(span.end.layers) + ")";
}

// Runs a model's spans and notes where one changes the tensor that it was given.
template <ExecutableModel M>
class observed_model {
 public:
  using tensor = tensor_type_t<M>;

  observed_model(M const& model, violations& broken) : model_{model}, broken_{broken} {}

  tensor run(tensor const& x, layer_span span) const {
    tensor const before = tensor_traits<tensor>::make(tensor_traits<tensor>::spec(x), tensor_traits<tensor>::data(x));
    tensor y = model_traits<M>::forward(model_, x, span);
    if (!same_tensor(before, x)) broken_.push_back("model: forward over " + text(span) + " changes its input");
    return y;
  }

 private:
  M const& model_;
  violations& broken_;
};

}  // namespace detail

/// For one input of any batch size, with `h_l = forward(x, [0, l))`, over every pair of split
/// points: `forward(h_a, [a, a)) == h_a`; `forward(h_a, [a, c)) == h_c`, from which
/// `forward(forward(h_a, [a, b)), [b, c)) == forward(h_a, [a, c))` follows for all a <= b <= c; the
/// input is left as it was; `h_l` has the bytes that the model's layers announce. Runs about L^3 /
/// 6 layers; `stride` looks at every `stride`-th split point only, for deep models.
struct check_executable_model_fn {
  template <ExecutableModel M>
  violations operator()(M const& model, tensor_type_t<M> const& x, std::size_t stride = 1) const {
    violations broken;
    detail::observed_model<M> const observed{model, broken};
    std::vector<split_point> const splits = split_points(layer_count(model), stride);
    std::vector<tensor_type_t<M>> h;
    for (split_point const l : splits) h.push_back(observed.run(x, head_of(l)));
    for (std::size_t a = 0; a < splits.size(); ++a) {
      check_size(model, x, h[a], splits[a], broken);
      if (!same_tensor(observed.run(h[a], {splits[a], splits[a]}), h[a]))
        broken.push_back("model: forward over the empty span " + detail::text({splits[a], splits[a]}) +
                         " is not the identity");
      for (std::size_t c = a + 1; c < splits.size(); ++c)
        if (!same_tensor(observed.run(h[a], {splits[a], splits[c]}), h[c]))
          broken.push_back("model: [0, a) then [a, c) differs from [0, c) for [a, c) = " +
                           detail::text({splits[a], splits[c]}));
    }
    if (!same_tensor(h.front(), x)) broken.push_back("model: forward over [0, 0) does not give the input");
    return broken;
  }

 private:
  static std::vector<split_point> split_points(std::size_t layers, std::size_t stride) {
    std::vector<split_point> splits;
    for (std::size_t l = 0; l < layers; l += stride) splits.push_back(split_point{l});
    splits.push_back(split_point{layers});
    return splits;
  }

  template <class M, class T>
  static void check_size(M const& model, T const& x, T const& h, split_point l, violations& broken) {
    std::size_t const input = tensor_traits<T>::data(x).size();
    std::size_t const output = tensor_traits<T>::data(h).size();
    // |h| / |x| as announced, without division: batches cancel out.
    if (output * model_traits<M>::input_bytes(model).count != input * representation_bytes(model, l).count)
      broken.push_back("model: h_" + std::to_string(l.layers) + " has " + std::to_string(output) +
                       " bytes, which is not the batch times what the layers announce");
  }
};
inline constexpr check_executable_model_fn check_executable_model{};

}  // namespace dsc::laws
