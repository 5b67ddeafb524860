#include "catch.hpp"

#include <dsc/decide/lateness.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

plan planned(seconds remote, split_point split = 1_split, std::size_t route = 0) {
  return {{split, route}, {.head = 1_s, .transfer = remote}};
}

inference_record answered_in(seconds away, plan const& by = planned(100_ms)) {
  inference_record record{};
  record.batch = 1_batch;
  record.decided.plan = by;
  record.confirmed_within = away;
  return record;
}

inference_record missed_after(seconds waited, seconds tail, plan const& by = planned(100_ms)) {
  inference_record record = answered_in(0_s, by);
  record.waited = waited;
  record.observed.tail = tail;
  record.fallback = "late";
  return record;
}

}  // namespace

TEST_CASE("lateness is a quantile of observed over predicted times") {
  lateness late{{.quantile = 0.9}};
  CHECK(late.wait(planned(100_ms), 1_batch).count() == Approx(0.15));
  for (int i = 1; i <= 20; ++i) late.answered(answered_in(seconds{0.1 + 0.001 * i}));
  CHECK(late.ratio() == Approx(1.18));
  CHECK(late.wait(planned(200_ms), 1_batch).count() == Approx(0.236));
  for (int i = 0; i < 200; ++i) late.answered(answered_in(50_ms));
  CHECK(late.ratio() == Approx(0.5));  // the old ones are forgotten
}

TEST_CASE("while few answers are known the first guess counts, too") {
  lateness late{{.initial_ratio = 2.0}};
  late.answered(answered_in(100_ms));
  CHECK(late.ratio() == 2.0);
  late.answered(answered_in(300_ms));
  CHECK(late.ratio() == Approx(3.0));
}

TEST_CASE("there is no floor, and what the device needs itself is the end") {
  lateness const late;
  CHECK(late.wait(planned(10_us), 1_batch) < 100_us);
  CHECK(late.wait(planned(1000_s), 1_batch) == 10_s);
  CHECK(late.wait(planned(1_s), 1_batch, 10_ms).count() == Approx(1.01));
  CHECK(late.wait(planned(never), 1_batch, 1_s) == 0_s);
}

TEST_CASE("after an answer that never came nothing is waited for, on that route, until the next that came") {
  lateness late;
  plan const elsewhere = planned(100_ms, 1_split, 1);
  late.missed(missed_after(150_ms, 50_ms), 150_ms);
  CHECK(late.wait(planned(100_ms), 1_batch) == 0_s);
  CHECK(late.wait(elsewhere, 1_batch) > 100_ms);
  late.answered(answered_in(90_ms));
  CHECK(late.wait(planned(100_ms), 1_batch) > 100_ms);
  late.failed(missed_after(0_s, 50_ms));
  CHECK(late.wait(planned(100_ms), 1_batch) == 0_s);
}

TEST_CASE("a device that was done before the answer was late is no failure of the server") {
  lateness late;
  late.missed(missed_after(0_s, 50_ms), 150_ms);
  CHECK(late.wait(planned(100_ms), 1_batch).count() == Approx(0.15));  // 50 ms more than the prediction
  CHECK(late.finish_time(planned(100_ms), 1_batch, 7_s) == 50_ms);
  CHECK(late.finish_time(planned(100_ms), 2_batch, 7_s) == 7_s);
}

TEST_CASE("requests that were given up keep the quantile from falling") {
  lateness late;
  for (int i = 0; i < 20; ++i) late.answered(answered_in(100_ms));
  for (int i = 0; i < 3; ++i) {
    late.missed(missed_after(100_ms, 200_ms), 100_ms);
    late.answered(answered_in(100_ms));
  }
  CHECK(late.ratio() == Approx(3.0));
}

TEST_CASE("without a prediction what was seen of the split counts") {
  lateness late;
  plan const unknown{{2_split, 0}, {}};
  CHECK(late.wait(unknown, 1_batch) == 0_s);
  late.missed(missed_after(0_s, 40_ms, unknown), 0_s);
  CHECK(late.wait(unknown, 1_batch) == 40_ms);  // as long again as the device needs
  late.answered(answered_in(10_ms, unknown));
  CHECK(late.wait(unknown, 1_batch).count() == Approx(0.015));
  CHECK(late.wait(unknown, 2_batch) == 0_s);
}

TEST_CASE("options of lateness that mean nothing are refused") {
  CHECK(code_of([] { lateness{{.quantile = 0.0}}; }) == errc::bad_quantity);
  CHECK(code_of([] { lateness{{.quantile = 1.1}}; }) == errc::bad_quantity);
  CHECK(code_of([] { lateness{{.initial_ratio = -1.0}}; }) == errc::bad_quantity);
  CHECK(code_of([] { lateness{{.longest_wait = never}}; }) == errc::bad_quantity);
}
