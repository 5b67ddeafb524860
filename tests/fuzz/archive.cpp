#include "formats/archive_check.hpp"

#include "fuzz.hpp"
#include "scratch.hpp"

// What is accepted is written anew, and that is accepted again and stays as it is.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using dsc::libtorch::detail::checked_archive;
  dsc::fuzz::refuse_only({dsc::errc::bad_file}, [&] {
    std::vector<std::byte> const copy = checked_archive(dsc::fuzz::file_with(data, size));
    auto const* const bytes = reinterpret_cast<std::uint8_t const*>(copy.data());
    dsc::fuzz::require(checked_archive(dsc::fuzz::file_with(bytes, copy.size())) == copy, "a copy's copy is the copy");
  });
  return 0;
}
