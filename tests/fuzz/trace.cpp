#include <cmath>

#include <dsc/io/trace_csv.hpp>

#include "fuzz.hpp"

namespace {

void follow(dsc::rate_trace const& trace) {
  for (double const start : {0.0, 0.7, 1e3, 1e9}) {
    dsc::seconds const from{start};
    for (std::uint64_t const amount :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 20U, ~std::uint64_t{0}}) {
      dsc::seconds const end = trace.finish(from, dsc::bytes{amount});
      dsc::fuzz::require(end >= from, "nothing ends before it begins");
    }
    dsc::fuzz::require(trace.carried(from, dsc::seconds{start + 3.0}) >= 0.0, "no channel carries less than nothing");
  }
}

}  // namespace

// A trace that is read is followed through time, held and looped, and its text read again.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  for (dsc::trace_end const end : {dsc::trace_end::hold, dsc::trace_end::loop})
    dsc::fuzz::refuse_only({dsc::errc::bad_trace}, [&] {
      dsc::rate_trace const trace = dsc::parse_trace(dsc::fuzz::text_of(data, size), "input", end);
      follow(trace);
      std::string const text = dsc::trace_csv(trace);
      dsc::fuzz::require(dsc::trace_csv(dsc::parse_trace(text, "written", end)) == text, "its own text is read back");
    });
  return 0;
}
