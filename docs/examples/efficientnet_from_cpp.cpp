#include <dsc/dsc.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <iostream>

int main() {
  auto const& b0 = dsc::zoo::efficientnet_b0;
  dsc::libtorch::efficientnet const net{b0, dsc::libtorch::random_weights(b0)};  // or load_weights("b0.pth", b0)
  at::Tensor const images = dsc::libtorch::random_input(b0, dsc::batch_size{2});
  at::Tensor const h = net.forward(images, dsc::head_of(dsc::split_point{5}));  // what the device runs
  at::Tensor const y = net.forward(h, dsc::tail_of(dsc::split_point{5}, 20));   // what the server runs
  std::cout << y.sizes() << ' ' << y.equal(net.forward(images, dsc::head_of(dsc::split_point{20}))) << '\n';
}
