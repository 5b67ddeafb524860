#include <dsc/io/trace_file.hpp>

#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;
using Catch::Contains;

TEST_CASE("Mahimahi's milliseconds are packets of 1500 bytes", "[trace]") {
  // Three packets in the first tenth of a second, none in the second, one in what is left of it.
  rate_trace const trace = parse_mahimahi("0\n1\n100\n240\n", "up.trace");
  CHECK(trace.end() == trace_end::loop);
  CHECK(trace.length().count() == Approx(0.24));
  CHECK(trace.rate_at(0_s).bytes_per_second == Approx(45e3));
  CHECK(trace.rate_at(seconds{0.15}) == 0_MBps);
  CHECK(trace.rate_at(seconds{0.23}).bytes_per_second == Approx(1500 / 0.04));
  CHECK(trace.carried(0_s, trace.length()) == Approx(6000));
}

TEST_CASE("bad lines of Mahimahi are told with file and line", "[trace]") {
  auto const check_refused = [](std::string const& text, char const* why) {
    CHECK(code_of([&] { (void)parse_mahimahi(text, "up.trace"); }) == errc::bad_trace);
    CHECK_THROWS_WITH(parse_mahimahi(text, "up.trace"), Contains("up.trace") && Contains(why));
  };
  check_refused("1\n2.5\n", "line 2");
  check_refused("1\n\n2\n", "line 2");
  check_refused("5\n4\n", "line 2 is earlier");
  check_refused("1\n99999999999\n", "line 2");
  check_refused("0\n", "no samples");
  check_refused("", "no samples");
}

std::string iperf3(std::string const& intervals) {
  return R"({"start": {}, "intervals": [)" + intervals + R"(], "end": {}})";
}
std::string interval(double from, double to, double bits) {
  std::string const sum = R"({"start": )" + std::to_string(from) + R"(, "end": )" + std::to_string(to) +
                          R"(, "bits_per_second": )" + std::to_string(bits) + "}";
  return R"({"streams": [], "sum": )" + sum + "}";
}

TEST_CASE("what is wrong with a whole trace names its file", "[trace]") {
  temporary_folder const folder;
  write_file(folder / "tiny.csv", "0,0\n1,1e-17\n");
  CHECK_THROWS_WITH(read_any_trace(folder / "tiny.csv"), Contains("/tiny.csv: sample 1") && Contains("an outage"));
  CHECK(code_of([&] { (void)read_any_trace(folder / "tiny.csv"); }) == errc::bad_trace);
}

TEST_CASE("iperf3's intervals are a trace", "[trace]") {
  rate_trace const trace =
      parse_iperf3(iperf3(interval(0, 1, 40e6) + "," + interval(1, 2, 0) + "," + interval(2, 2.5, 8e6)), "i.json");
  CHECK(trace.rate_at(0_s) == 5_MBps);
  CHECK(trace.rate_at(seconds{1.5}) == 0_MBps);
  CHECK(trace.rate_at(seconds{2.4}) == 1_MBps);
  CHECK(trace.length().count() == Approx(2.5));
  CHECK_THROWS_WITH(parse_iperf3(iperf3(""), "i.json"), Contains("i.json") && Contains("no intervals"));
  CHECK_THROWS_WITH(parse_iperf3("{}", "i.json"),
                    Contains("i.json") && Contains("'intervals'") && Contains("iperf3 --json"));
  CHECK_THROWS_WITH(parse_iperf3(iperf3(interval(1, 1, 1)), "i.json"), Contains("intervals[0].sum ends before"));
  CHECK_THROWS_WITH(parse_iperf3(iperf3(interval(0, 1, 1) + "," + interval(0, 1, 1)), "i.json"),
                    Contains("intervals[1].sum does not begin"));
  CHECK_THROWS_WITH(parse_iperf3("{", "i.json"), Contains("i.json") && Contains("no JSON"));
}

TEST_CASE("the kind of a trace is told by what its file holds", "[trace]") {
  temporary_folder const folder;
  auto const first_rate = [&](std::string const& text) {
    write_file(folder / "trace", text);
    return read_any_trace(folder / "trace").rate_at(0_s).bytes_per_second;
  };
  CHECK(first_rate("time,Mbps\n0,10\n1,20\n") == Approx(1.25e6));
  CHECK(first_rate("0,10\n1,20\n") == Approx(10e6));
  CHECK(first_rate("1\n1\n1\n2\n2\n3\n5\n5\n9\n1000\n") == Approx(9 * 15e3));
  CHECK(first_rate(" " + iperf3(interval(0, 1, 40e6))) == Approx(5e6));
  write_file(folder / "trace", "when,UL_bitrate\n7,80\n");
  CHECK(
      read_any_trace(folder / "trace", trace_end::loop, {.latency = 5_ms}, {"when", "UL_bitrate", rate_unit("kbit/s")})
          .rate_at(0_s)
          .bytes_per_second == Approx(10e3));
}

}  // namespace
