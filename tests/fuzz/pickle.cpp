#include "formats/pickle.hpp"

#include <stdexcept>

#include "fuzz.hpp"

// Both dialects; the last element of every tensor lies in its storage.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace dsc::libtorch::detail;
  std::span<std::byte const> const code{reinterpret_cast<std::byte const*>(data), size};
  for (pickle_writer const writer : {pickle_writer::python, pickle_writer::torchscript}) try {
      pickle const read{code, writer};
      dsc::fuzz::require(read.bytes() <= pickle::most_bytes, "it takes no more memory than is allowed");
      for (auto const& [name, tensor] : read.tensors()) {
        std::int64_t last = tensor.offset;
        bool empty = false;
        for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
          empty = empty || tensor.sizes[i] == 0;
          last += (tensor.sizes[i] - 1) * tensor.strides[i];
        }
        dsc::fuzz::require(empty || last < read.storage(tensor.storage).count, "tensors lie in their storages");
      }
    } catch (std::runtime_error const&) {  // half a sentence on what is wrong
    }
  return 0;
}
