#include <dsc/dsc.hpp>
#include <dsc/libtorch/script_model.hpp>
#include <iostream>

int main() {
  dsc::libtorch::script_model const net{"resnet18.pt",
                                        {.input = dsc::tensor_spec{dsc::element_type::float32, {3, 224, 224}}}};
  for (dsc::split_point const l : dsc::compressive_bottlenecks(net))
    std::cout << l.layers << ": " << dsc::split_name(net, l) << '\n';

  std::size_t const layers = net.layers().size();
  at::Tensor const x = dsc::libtorch::random_input(net.input(), dsc::batch_size{2});
  at::Tensor const h = net.forward(x, dsc::head_of(dsc::split_point{8}));
  at::Tensor const y = net.forward(h, dsc::tail_of(dsc::split_point{8}, layers));
  std::cout << y.sizes() << ' ' << y.equal(net.forward(x, dsc::head_of(dsc::split_point{layers}))) << '\n';
}
