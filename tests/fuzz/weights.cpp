#include <dsc/libtorch/error.hpp>
#include <dsc/libtorch/weights.hpp>

#include "fuzz.hpp"
#include "scratch.hpp"

// Weights of either format; every number of every tensor is read.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::refuse_only({dsc::libtorch::libtorch_errc::bad_weights}, [&] {
    for (auto const& [name, tensor] : dsc::libtorch::load_weights(dsc::fuzz::file_with(data, size)))
      if (tensor.defined()) static_cast<void>(tensor.contiguous().clone());
  });
  return 0;
}
