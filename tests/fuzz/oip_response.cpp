#include "oip_message.hpp"

// A response that is read is what protobuf reads, too.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::read_message<inference::ModelInferResponse>(data, size, dsc::oip::response_in);
  return 0;
}
