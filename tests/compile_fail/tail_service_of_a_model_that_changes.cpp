// expect: error: static assertion failed[^\n]*the model of a tail_service must be a
// dsc::ExecutableModel
#include <dsc/emulation/tail_service.hpp>

struct net {
  struct layer {
    std::string_view name() const { return "layer"; }
    dsc::bytes output_bytes() const { return dsc::bytes{4}; }
  };
  using tensor_type = std::vector<float>;
  std::array<layer, 1> rows{};
  dsc::bytes input_bytes() const { return dsc::bytes{4}; }
  std::span<layer const> layers() const { return rows; }
  tensor_type forward(tensor_type x, dsc::layer_span) { return x; }  // not const
};

void server() { dsc::tail_service service{net{}}; }
