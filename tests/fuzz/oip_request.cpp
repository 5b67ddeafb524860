#include "oip_message.hpp"

// A request that is read is what protobuf reads, too.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::read_message<inference::ModelInferRequest>(data, size, dsc::oip::request_in);
  return 0;
}
