#include "options/lists.hpp"

#include "console/errors.hpp"
#include "fuzz.hpp"

// What a person may type behind --batches, --rates and --input.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text = dsc::fuzz::text_of(data, size);
  auto const only_options = [](auto const& action) {
    dsc::fuzz::refuse_only({dsc::cli::cli_errc::bad_option}, action);
  };
  only_options([&] {
    auto const batches = dsc::cli::sorted_batches_in(text, "--batches");
    dsc::fuzz::require(!batches.empty() && std::ranges::is_sorted(batches), "batches are some, and ascending");
  });
  only_options([&] { dsc::fuzz::require(!dsc::cli::rates_in(text, "--rates").empty(), "rates are some"); });
  only_options([&] {
    dsc::shape const extents = dsc::cli::shape_in(text, "--input");
    dsc::fuzz::require(std::ranges::all_of(extents.begin(), extents.begin() + extents.rank,
                                           [](std::int64_t extent) { return extent >= 1; }),
                       "extents are at least 1");
  });
  return 0;
}
