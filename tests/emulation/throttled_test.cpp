#include <dsc/emulation/throttled.hpp>

#include <chrono>
#include <utility>
#include <vector>

#include <dsc/cost/profile.hpp>

#include "../catch.hpp"
#include "../support/toy_net.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;

toy_net const net{{4, 3, 2}};

seconds time_of_run(throttled<toy_net> const& device, std::vector<float> x, layer_span span) {
  auto const start = std::chrono::steady_clock::now();
  (void)device.forward(std::move(x), span);
  return std::chrono::steady_clock::now() - start;
}

profile device_profile() {
  return {"toy",
          16_B,
          {{"layer 1", 12_B}, {"layer 2", 8_B}},
          {{1_batch, {0_s, 10_ms, 40_ms}, {}}, {2_batch, {0_s, 15_ms, 60_ms}, {}}}};
}

TEST_CASE("a model that is told its times takes them, span by span and batch by batch") {
  throttled<toy_net> const device{
      net, [times = device_profile()](layer_span span, batch_size batch) { return times.time(span, batch); }};
  auto const takes = [&](seconds expected, std::size_t values, std::size_t from, std::size_t to) {
    seconds const took = time_of_run(device, toy_input(values), {split_point{from}, split_point{to}});
    CHECK(took >= expected);
    CHECK(took < expected + 25_ms);  // another program may have the processor for a while
  };
  takes(10_ms, 4, 0, 1);
  takes(40_ms, 4, 0, 2);
  takes(30_ms, 3, 1, 2);
  takes(60_ms, 8, 0, 2);
  takes(45_ms, 6, 1, 2);
  takes(0_s, 4, 0, 0);
  CHECK(device.factor() == 1.0);
  CHECK(device.forward(toy_input(8), head_of(split_point{2})) == net.forward(toy_input(8), head_of(split_point{2})));
}

TEST_CASE("times shorter than a run takes by itself are not waited for") {
  throttled<toy_net> const device{net, [](layer_span, batch_size) { return seconds{}; }};
  CHECK(time_of_run(device, toy_input(4), head_of(split_point{2})) < 25_ms);
}

}  // namespace
