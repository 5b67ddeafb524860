#include "device/aten.hpp"

#include <dsc/libtorch/random_input.hpp>

#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>

#include "torchscript/libtorch_call.hpp"

namespace dsc::libtorch {

at::Tensor random_input(tensor_spec const& sample, batch_size batch, std::uint64_t seed) {
  std::vector<std::int64_t> sizes{static_cast<std::int64_t>(batch.count)};
  for (std::int64_t const extent : sample.shape) sizes.push_back(extent);
  at::Generator const generator = at::detail::createCPUGenerator(seed);
  return detail::by_libtorch(errc::backend_failed,
                             "LibTorch could not make a batch of " + std::to_string(batch.count) + " samples", [&] {
                               if (sample.element == element_type::uint8)
                                 return at::randint(0, 256, sizes, generator, at::kByte);
                               return at::rand(sizes, generator, at::kFloat).to(detail::scalar_type(sample.element));
                             });
}

}  // namespace dsc::libtorch
