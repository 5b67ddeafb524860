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
  CHECK_THAT(complaint("1,1\n2,1\n"), Contains("walk.csv: line 1") && Contains("begins at 1 s"));
  CHECK_THAT(complaint("0,1\n2,1\n1,1\n"), Contains("walk.csv: line 3") && Contains("sort"));
  CHECK_THAT(complaint("0,1\n0,1\n"), Contains("walk.csv: line 2") && Contains("not later"));
  CHECK(code_of([] { (void)read_trace("/no/such/trace.csv"); }) == errc::cannot_read);
}

}  // namespace
