#include <dsc/io/rate_text.hpp>

#include <optional>
#include <string>

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;

TEST_CASE("rates are read with their units", "[rate]") {
  for (char const* const text :
       {"40Mbit", "40 Mbit/s", "40mbps", "40Mbps", "40 Mb/s", "40megabits_per_second", "40000kbit/s", "0.04Gbit",
        "5MB/s", "5 MBps", "5MB", "5000kB/s", "5e6 B/s", "5", " 5 ", "4e1Mbit"})
    CHECK(parse_rate(text) == std::optional{5_MBps});
  CHECK(parse_rate("1KiB/s") == std::optional{data_rate{1024.0}});
  CHECK(parse_rate("8bps") == std::optional{data_rate{1.0}});
  CHECK(parse_rate("0") == std::optional{0_MBps});
  CHECK(parse_rate("3", data_rate{1.0}) == std::optional{data_rate{3.0}});
}

TEST_CASE("what is no rate is none", "[rate]") {
  for (char const* const text : {"", "Mbit", "40M", "40 m/s", "40MBPS", "40Mbit/h", "-1", "-1Mbit", "nan", "inf",
                                 "1e308MB/s", "5MB/s/s", "5 5", "40x"})
    CHECK(parse_rate(text) == std::nullopt);
}

TEST_CASE("a unit of a rate is per second unless it may be bare", "[rate]") {
  CHECK(rate_unit("Mbit/s") == std::optional{data_rate{125e3}});
  CHECK(rate_unit("bytes_sec") == std::optional{data_rate{1.0}});
  CHECK(rate_unit("Mbit") == std::nullopt);
  CHECK(rate_unit("Mbit", true) == std::optional{data_rate{125e3}});
  CHECK(rate_unit("steps") == std::nullopt);
}

}  // namespace
