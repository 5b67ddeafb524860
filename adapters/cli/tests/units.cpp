#include "catch.hpp"

#include <dsc/error.hpp>

#include "options/lists.hpp"
#include "planning/later_trace.hpp"
#include "planning/rate_walk.hpp"

using namespace dsc::literals;

namespace {

std::vector<double> megabytes(std::vector<dsc::data_rate> const& rates) {
  std::vector<double> values;
  for (dsc::data_rate const rate : rates) values.push_back(rate.bytes_per_second / 1e6);
  return values;
}

}  // namespace

TEST_CASE("ranges include both ends") {
  CHECK(megabytes(dsc::cli::rates_in("1:10:4", "--rates")) == std::vector<double>{1, 5, 9, 10});
  CHECK(megabytes(dsc::cli::rates_in("0.5,2:3", "--rates")) == std::vector<double>{0.5, 2, 3});
  CHECK(dsc::cli::rates_in("0.1:1:0.1", "--rates").size() == 10);
  CHECK(dsc::cli::rates_in("0.1:1:0.1", "--rates").back() == 1_MBps);
  CHECK(dsc::cli::rates_in("7:7", "--rates") == std::vector{7_MBps});
  CHECK(dsc::cli::batches_in("8,1:3", "--batches") == std::vector{8_batch, 1_batch, 2_batch, 3_batch});
  CHECK(dsc::cli::sorted_batches_in("8,1:3,2", "--batches") == std::vector{1_batch, 2_batch, 3_batch, 8_batch});
}

TEST_CASE("what is no list of numbers above 0 is refused") {
  for (char const* const text :
       {"", "0", "-1", "nan", "inf", "1,", "1:", "3:1", "1:2:3:4", "1:2:0", "one", "1 2", "1:1e9:1e-3"})
    CHECK_THROWS_AS(dsc::cli::rates_in(text, "--rates"), dsc::error);
  for (char const* const text : {"1.5", "0", "1e9"})
    CHECK_THROWS_AS(dsc::cli::batches_in(text, "--batches"), dsc::error);
}

TEST_CASE("shapes are whole numbers with an x between them") {
  CHECK(dsc::cli::shape_in("3x224x224", "--input") == dsc::shape{3, 224, 224});
  CHECK(dsc::cli::shape_in("16", "--input") == dsc::shape{16});
  for (char const* const text :
       {"", "3x", "x3", "3x0", "3x-1", "3X4", "3,4", "3 x4", "3.0x4", "99999999999", "1x1x1x1x1x1x1x1"})
    CHECK_THROWS_AS(dsc::cli::shape_in(text, "--input"), dsc::error);
}

TEST_CASE("a trace that begins later is the same trace") {
  std::vector<dsc::rate_sample> const samples{{0_s, 4_MBps}, {1_s, 0_MBps}, {2.5_s, 9_MBps}, {4_s, 1_MBps}};
  for (dsc::trace_end const end : {dsc::trace_end::loop, dsc::trace_end::hold}) {
    dsc::rate_trace const trace{samples, end, {.latency = 3_ms, .return_latency = 2_ms}};
    for (double const start : {0.0, 0.3, 1.0, 2.5, 3.999, 4.0, 5.2, 5.5, 13.7}) {
      dsc::rate_trace const rest = dsc::cli::later(trace, dsc::seconds{start});
      CHECK(rest.parameters().latency == 3_ms);
      for (double t = 0.0005; t < 23.0; t += 0.0103) {
        INFO("start " << start << ", t " << t);
        CHECK(rest.rate_at(dsc::seconds{t}) == trace.rate_at(dsc::seconds{start + t}));
      }
    }
  }
}

TEST_CASE("a walk of rates has the mean that was asked for, and is the same for a seed") {
  auto const walk = dsc::cli::rate_walk(600, 12_MBps, 7);
  double sum = 0.0;
  std::size_t outages = 0;
  for (dsc::rate_sample const& one : walk) {
    sum += one.rate.bytes_per_second;
    outages += one.rate == 0_MBps ? 1 : 0;
  }
  CHECK(sum / 600.0 == Approx(12e6).epsilon(1e-3));
  CHECK(outages > 0);
  CHECK(outages < 60);
  CHECK(walk == dsc::cli::rate_walk(600, 12_MBps, 7));
  CHECK(walk != dsc::cli::rate_walk(600, 12_MBps, 8));
}
