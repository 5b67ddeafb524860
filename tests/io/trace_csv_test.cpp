#include <dsc/io/trace_csv.hpp>

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

std::vector<rate_sample> const expected{{0_s, 10_MBps}, {seconds{1.5}, 0_MBps}, {3_s, megabytes_per_second(2.25)}};

TEST_CASE("a trace is read from CSV", "[trace]") {
  CHECK(parse_trace("seconds,megabytes_per_second\n0,10\n1.5,0\n3,2.25\n", "t").samples() == expected);
  CHECK(parse_trace("0,10\n1.5,0\n3,2.25", "t").samples() == expected);
  CHECK(parse_trace("seconds,megabytes_per_second\r\n0,10\r\n1.5,0\r\n3,2.25\r\n\r\n", "t").samples() == expected);
  CHECK(parse_trace("0, 1e1\n15e-1 ,0\n\t3,2.25 ", "t").samples() == expected);
}

data_rate first_rate(std::string const& text, trace_columns const& columns = {}) {
  return parse_trace(text, "t", trace_end::hold, {}, columns).rate_at(0_s);
}

TEST_CASE("a header says the unit", "[trace]") {
  for (char const* const header : {"time,mbps", "time,Mbps", "t,Mbit/s", "Time,Throughput (Mbps)", "seconds,rate_mbps",
                                   "timestamp,\"uplink, Mbit/s\"", "s;megabits_per_second", "sec\tMb/s"}) {
    std::string const text{header};
    char const separator = text.find(';') != text.npos ? ';' : text.find('\t') != text.npos ? '\t' : ',';
    INFO(header);
    CHECK(first_rate(text + "\n0" + separator + "40\n") == 5_MBps);
  }
  CHECK(first_rate("time,MB/s\n0,5\n") == 5_MBps);
  CHECK(first_rate("kB/s,time\n5000,0\n") == 5_MBps);
  CHECK(first_rate("id,time_ms,x,bits_per_second\n7,1000,z,8\n7,1500,z,8\n") == data_rate{1.0});
  CHECK(parse_trace("ms,MB/s\n1000,1\n1500,2\n", "t").samples()[1] == rate_sample{seconds{0.5}, 2_MBps});
}

TEST_CASE("columns and their unit can be named", "[trace]") {
  std::string const text = "Timestamp,DL_bitrate,UL_bitrate\n2019.12.14_10.16.30,8,80\n2019.12.14_10.16.31,9,90\n";
  CHECK(first_rate(text, {"", "UL_bitrate", rate_unit("kbit/s")}) == data_rate{10e3});
  CHECK(first_rate("when,fast\n0,40\n", {"when", "fast", rate_unit("Mbit/s")}) == 5_MBps);
  CHECK(first_rate("0,40\n", {"", "", rate_unit("Mbit/s")}) == 5_MBps);
  CHECK(first_rate("time,rate\n0,40\n", {"", "", rate_unit("Mbit/s")}) == 5_MBps);
}

TEST_CASE("times begin anywhere", "[trace]") {
  CHECK(parse_trace("1638000000.5,1.25\n1638000001.5,2.5\n", "t").samples() ==
        std::vector<rate_sample>{{0_s, megabytes_per_second(1.25)}, {1_s, megabytes_per_second(2.5)}});
  rate_trace const fcc = parse_trace(
      "unit_id,dtime,target,address,fetch_time,bytes_total,bytes_sec\n"
      "386,2016-07-31 23:59:58,http://x,1.2.3.4,123456,700000,812345\n"
      "386,2016-08-01 00:00:03.25,http://x,1.2.3.4,123456,700000,1\n",
      "fcc.csv");
  CHECK(fcc.samples() == std::vector<rate_sample>{{0_s, data_rate{812345.0}}, {seconds{5.25}, data_rate{1.0}}});
}

TEST_CASE("the end of a trace and its link are the caller's", "[trace]") {
  rate_trace const trace = parse_trace("0,10\n1,20\n", "t", trace_end::loop, {.latency = 5_ms});
  CHECK(trace.end() == trace_end::loop);
  CHECK(trace.parameters().latency == 5_ms);
  CHECK(parse_trace("0,10\n", "t").end() == trace_end::hold);
}

TEST_CASE("a trace survives a file", "[trace]") {
  temporary_folder const folder;
  rate_trace const trace{{{0_s, 10_MBps}, {seconds{1.0 / 3}, 0_MBps}, {2_s, megabytes_per_second(204.3375)}}};
  write_file(folder / "trace.csv", trace_csv(trace));
  CHECK(read_trace(folder / "trace.csv").samples() == trace.samples());
  CHECK(trace_csv(parse_trace("0,10\n1.5,0\n", "t")) == "seconds,megabytes_per_second\n0,10\n1.5,0\n");
}

std::string complaint(std::string const& text) {
  try {
    (void)parse_trace(text, "walk.csv");
  } catch (error const& e) {
    return e.code() == errc::bad_trace ? e.what() : "another code";
  }
  return "none";
}

TEST_CASE("bad traces are told with file and line", "[trace]") {
  CHECK_THAT(complaint(""), Contains("walk.csv") && Contains("no samples"));
  CHECK_THAT(complaint("seconds,megabytes_per_second\n"), Contains("walk.csv") && Contains("no samples"));
  CHECK_THAT(complaint("0,1\n1\n"), Contains("walk.csv: line 2") && Contains("two columns"));
  CHECK_THAT(complaint("0,1\n1,2,3\n"), Contains("walk.csv: line 2") && Contains("two columns"));
  CHECK_THAT(complaint("0,1\n\n1,2\n"), Contains("walk.csv: line 2") && Contains("two columns"));
  CHECK_THAT(complaint("# comment\n0,1\n"), Contains("walk.csv: line 1"));
  CHECK_THAT(complaint("time,rate\n0,1\n"), Contains("walk.csv: line 1") && Contains("'time'"));
  CHECK_THAT(complaint("0,1\nseconds,megabytes_per_second\n"), Contains("walk.csv: line 2") && Contains("'seconds'"));
  CHECK_THAT(complaint("0,1\n1,fast\n"), Contains("walk.csv: line 2") && Contains("'fast'"));
  CHECK_THAT(complaint("0,1\n1,2x\n"), Contains("walk.csv: line 2") && Contains("'2x'"));
  CHECK_THAT(complaint("0,1\n1,\n"), Contains("walk.csv: line 2") && Contains("''"));
  for (std::string const bad : {"nan", "inf", "-inf", "-1", "1e999", "1e308"})
    CHECK_THAT(complaint("0,1\n1," + bad + "\n"),
               Contains("walk.csv: line 2") && Contains("'" + bad + "'") && Contains("finite"));
  CHECK_THAT(complaint("0,1\nnan,1\n"), Contains("walk.csv: line 2") && Contains("finite"));
  CHECK_THAT(complaint("time,a_mbps,b_mbps\n0,1,1\n"), Contains("line 1") && Contains("'a_mbps' and 'b_mbps'"));
  CHECK_THAT(complaint("what,mbps\n0,1\n"), Contains("line 1") && Contains("'what'") && Contains("--time-column"));
  CHECK_THAT(complaint("time,mbps,x\n0,1\n"), Contains("line 2") && Contains("3 columns"));
  CHECK_THAT(complaint("0 1\n"), Contains("line 1") && Contains("two columns"));
  CHECK_THAT(complaint("dtime,mbps\n2016-13-01 10:00:03,1\n"), Contains("line 2") && Contains("'2016-13-01"));
  CHECK_THROWS_WITH(parse_trace("time,x\n0,1\n", "t", trace_end::hold, {}, {"", "y", {}}),
                    Contains("no column 'y'") && Contains("time, x"));
  CHECK_THROWS_WITH(parse_trace("time,x\n0,1\n", "t", trace_end::hold, {}, {"", "x", {}}),
                    Contains("'x' counts") && Contains("--trace-unit"));
  CHECK_THAT(complaint("0,1\n2,1\n1,1\n"), Contains("walk.csv: line 3") && Contains("sort"));
  CHECK_THAT(complaint("0,1\n0,1\n"), Contains("walk.csv: line 2") && Contains("not later"));
  CHECK(code_of([] { (void)read_trace("/no/such/trace.csv"); }) == errc::cannot_read);
}

}  // namespace
