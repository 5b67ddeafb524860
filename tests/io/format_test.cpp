#include <dsc/io/format.hpp>

#include <limits>
#include <sstream>

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;

TEST_CASE("bytes are written in powers of 1000", "[format]") {
  CHECK(to_string(0_B) == "0 B");
  CHECK(to_string(999_B) == "999 B");
  CHECK(to_string(1_kB) == "1 kB");
  CHECK(to_string(1_KiB) == "1.02 kB");
  CHECK(to_string(602112_B) == "602 kB");
  CHECK(to_string(999499_B) == "999 kB");
  CHECK(to_string(999500_B) == "1 MB");
  CHECK(to_string(1204224_B) == "1.2 MB");
  CHECK(to_string(bytes{std::numeric_limits<std::uint64_t>::max()}) == "18.4 EB");
}

TEST_CASE("rates are written per second", "[format]") {
  CHECK(to_string(0_Bps) == "0 B/s");
  CHECK(to_string(data_rate{0.25}) == "0.25 B/s");
  CHECK(to_string(11_MBps) == "11 MB/s");
  CHECK(to_string(megabytes_per_second(11.31)) == "11.3 MB/s");
  CHECK(to_string(100_Mbps) == "12.5 MB/s");
  CHECK(to_string(megabytes_per_second(1250.0)) == "1.25 GB/s");
  CHECK(to_string(unlimited) == "unlimited");
}

TEST_CASE("times go from nanoseconds to seconds", "[format]") {
  CHECK(dsc::to_string(0_s) == "0 s");
  CHECK(dsc::to_string(seconds{3.3e-9}) == "3.3 ns");
  CHECK(dsc::to_string(250_us) == "250 us");
  CHECK(dsc::to_string(seconds{0.01236}) == "12.4 ms");
  CHECK(dsc::to_string(seconds{0.9996}) == "1 s");
  CHECK(dsc::to_string(seconds{99.96}) == "100 s");
  CHECK(dsc::to_string(3600_s) == "3600 s");
  CHECK(dsc::to_string(seconds{-0.0015}) == "-1.5 ms");
  CHECK(dsc::to_string(never) == "never");
  CHECK(dsc::to_string(std::chrono::milliseconds{15}) == "15 ms");
}

TEST_CASE("batches and splits are written with their words", "[format]") {
  CHECK(to_string(1_batch) == "1 sample");
  CHECK(to_string(8_batch) == "8 samples");
  CHECK(to_string(5_split) == "split 5");
}

TEST_CASE("quantities can be sent to a stream", "[format]") {
  std::ostringstream out;
  out << 602_kB << ", " << 11_MBps << ", " << 8_batch << ", " << 5_split;
  CHECK(out.str() == "602 kB, 11 MB/s, 8 samples, split 5");
}

}  // namespace
