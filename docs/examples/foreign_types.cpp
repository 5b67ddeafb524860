#include <iostream>
#include <string>
#include <vector>

#include <dsc/dsc.hpp>

#include <dsc/testing/executable_model.hpp>
#include <dsc/testing/tensor.hpp>

// What a vendor's engine looks like: nothing of it may be changed, and nothing of it knows dsc.
namespace vendor {
struct blob {
  int rows = 0, columns = 0;
  std::vector<float> values;
};
struct op {
  std::string title;
  int columns_out = 0;
};
struct engine {
  int columns_in = 6;
  std::vector<op> ops{{"pairs", 3}, {"sum", 1}};
  blob execute(int first, int last, blob const& x) const {  // each op adds up neighbours
    blob y = x;
    for (int i = first; i < last; ++i) {
      blob next{y.rows, ops[static_cast<std::size_t>(i)].columns_out, {}};
      auto const group = static_cast<std::size_t>(y.columns / next.columns);
      next.values.resize(y.values.size() / group);
      for (std::size_t k = 0; k < y.values.size(); ++k) next.values[k / group] += y.values[k];
      y = next;
    }
    return y;
  }
};
}  // namespace vendor

template <>
struct dsc::layer_traits<vendor::op> {
  static std::string_view name(vendor::op const& op) { return op.title; }
  static bytes output_bytes(vendor::op const& op) {
    return bytes{sizeof(float) * static_cast<std::size_t>(op.columns_out)};
  }
};

template <>
struct dsc::tensor_traits<vendor::blob> {
  // The batch comes first.
  static tensor_spec spec(vendor::blob const& blob) { return {element_type::float32, {blob.rows, blob.columns}}; }
  static std::span<std::byte const> data(vendor::blob const& blob) { return std::as_bytes(std::span{blob.values}); }
  static vendor::blob make(tensor_spec const& spec, std::span<std::byte const> data) {
    if (spec.element != element_type::float32 || spec.shape.rank != 2)
      throw error{errc::bad_tensor, "a blob has two extents of float32"};
    vendor::blob blob{static_cast<int>(spec.shape[0]), static_cast<int>(spec.shape[1]),
                      std::vector<float>(spec.shape.elements())};
    if (!data.empty()) std::memcpy(blob.values.data(), data.data(), data.size());
    return blob;
  }
};

template <>
struct dsc::model_traits<vendor::engine> {
  using tensor_type = vendor::blob;
  static bytes input_bytes(vendor::engine const& engine) {
    return bytes{sizeof(float) * static_cast<std::size_t>(engine.columns_in)};
  }
  static auto const& layers(vendor::engine const& engine) { return engine.ops; }
  static vendor::blob forward(vendor::engine const& engine, vendor::blob x, layer_span span) {
    return engine.execute(static_cast<int>(span.begin.layers), static_cast<int>(span.end.layers), x);
  }
};

static_assert(dsc::Tensor<vendor::blob> && dsc::ExecutableModel<vendor::engine>);

int main() {
  vendor::engine const engine;
  vendor::blob const x{2, 6, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  std::cout << dsc::laws::check_tensor(x).size() + dsc::laws::check_executable_model(engine, x).size()
            << " laws broken\n";
  for (dsc::split_point const split : dsc::natural_bottlenecks(engine))
    std::cout << split.layers << " " << dsc::split_name(engine, split) << " " << dsc::compression_ratio(engine, split)
              << '\n';
}
