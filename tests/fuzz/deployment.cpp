#include <dsc/io/deployment_json.hpp>

#include "fuzz.hpp"

// A deployment that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::refuse_only({dsc::errc::bad_file}, [&] {
    dsc::deployment const read = dsc::parse_deployment(dsc::fuzz::text_of(data, size), "input");
    dsc::deployment const again = dsc::parse_deployment(dsc::deployment_json(read), "written");
    dsc::fuzz::require(dsc::deployment_json(again) == dsc::deployment_json(read), "written and read, it is the same");
    for (dsc::served_tail const& tail : read.tails)
      for (dsc::served_tensor const& tensor : tail.inputs) try {
          static_cast<void>(tensor.sample.size());
        } catch (dsc::error const&) {
          // 2^64 bytes and more: whoever serves it is told so.
        }
  });
  return 0;
}
