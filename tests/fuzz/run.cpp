#include <dsc/io/run_json.hpp>

#include "fuzz.hpp"

// A run that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::refuse_only({dsc::errc::bad_file}, [&] {
    std::string const text = dsc::run_json(dsc::parse_run(dsc::fuzz::text_of(data, size), "input"));
    dsc::fuzz::require(dsc::run_json(dsc::parse_run(text, "written")) == text, "written and read, it is the same");
  });
  return 0;
}
