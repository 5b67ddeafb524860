#include "report/run_parser.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::refuse_only({dsc::errc::bad_file}, [&] { dsc::cli::parse_run(dsc::fuzz::text_of(data, size), "input"); });
  return 0;
}
