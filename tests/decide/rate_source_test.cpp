#include "catch.hpp"

#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/decide/controller.hpp>
#include <dsc/testing/rate_source.hpp>

using namespace dsc;
using namespace dsc::literals;

namespace {

// Reports what was observed and nothing else: bytes over time of the last request, or of the wait.
template <class P>
class naive {
 public:
  naive(P planner, std::optional<data_rate> first) : seen_{first}, planner_{std::move(planner)} {}

  decision decide(batch_size batch, time_point now) {
    controller decider{planner_, [this] { return seen_; },
                       controller_options{.hysteresis = {.min_gain = 0.0, .min_dwell = 0_s}}};
    return decider.decide(batch, now);
  }
  decision decide(batch_size batch) { return decide(batch, run_clock::now()); }
  void observe(inference_record const& record) {
    seconds const time = record.fell_back() ? record.waited : record.observed.transfer;
    if (record.sent > bytes{} && time > 0_s) seen_ = data_rate{static_cast<double>(record.sent.count) / time.count()};
  }

 private:
  std::optional<data_rate> seen_;
  P planner_;
};

}  // namespace

TEST_CASE("the adaptive controller keeps the laws of a rate source") {
  laws::violations const broken =
      laws::check_rate_source([](auto const& planner) { return adaptive_controller{planner}; });
  for (std::string const& sentence : broken) UNSCOPED_INFO(sentence);
  CHECK(broken.empty());
}

TEST_CASE("a source that only reports what was observed breaks the laws of a rate source") {
  auto const broken =
      laws::check_rate_source([](auto const& planner) { return naive{planner, std::optional<data_rate>{}}; });
  REQUIRE(broken.size() == 3);
  CHECK_THAT(broken[0], Catch::Contains("only 0 of the last 10 of 60 requests were sent"));
  CHECK_THAT(broken[1], Catch::Contains("a spell of 20 kB/s"));
  CHECK_THAT(broken[2], Catch::Contains("an outage"));
}

TEST_CASE("a source with a first rate begins, but does not come back, and takes waits for transfers") {
  auto const broken =
      laws::check_rate_source([](auto const& planner) { return naive{planner, std::optional{10_MBps}}; });
  REQUIRE(broken.size() == 3);
  CHECK_THAT(broken[0], Catch::Contains("a spell of 20 kB/s"));
  CHECK_THAT(broken[1], Catch::Contains("an outage"));
  CHECK_THAT(broken[2], Catch::Contains("a wait for nothing is no transfer"));
}
