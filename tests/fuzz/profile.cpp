#include <dsc/io/profile_json.hpp>

#include "fuzz.hpp"

// A profile that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  dsc::fuzz::refuse_only({dsc::errc::bad_profile, dsc::errc::bad_file}, [&] {
    dsc::noted_profile const read = dsc::parse_noted_profile(dsc::fuzz::text_of(data, size), "input");
    std::string const text = dsc::profile_json(read.profile, read.notes);
    dsc::noted_profile const again = dsc::parse_noted_profile(text, "written");
    dsc::fuzz::require(dsc::profile_json(again.profile, again.notes) == text, "written and read, it is the same");
  });
  return 0;
}
