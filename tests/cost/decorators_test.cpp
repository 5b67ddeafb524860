#include <array>
#include <cmath>
#include <initializer_list>

#include <dsc/cost/loaded.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/cost/sites.hpp>

#include <dsc/testing/cost_model.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

// One second per layer and sample.
struct steady {
  constexpr seconds layer_time(std::size_t, batch_size batch) const {
    return seconds{static_cast<double>(batch.count)};
  }
  constexpr seconds time(layer_span span, batch_size batch) const {
    return seconds{static_cast<double>(span.size() * batch.count)};
  }
};
// The same, without telling that times add up, and in milliseconds.
struct foreign {
  constexpr std::chrono::milliseconds time(layer_span span, batch_size batch) const {
    return std::chrono::milliseconds{span.size() * batch.count * 1000};
  }
};

constexpr layer_span three{1_split, 4_split};
constexpr std::array batches{1_batch, 2_batch, 5_batch};

static_assert(AdditiveCostModel<scaled<steady>>);
static_assert(CostModel<scaled<foreign>> && !AdditiveCostModel<scaled<foreign>>);
static_assert(CostModel<loaded<steady>> && !AdditiveCostModel<loaded<steady>>);
static_assert(CostModel<loaded<scaled<foreign>>>);

static_assert(scaled{steady{}, 6.0}.time(three, 2_batch) == 36_s);
static_assert(scaled{steady{}, 6.0}.layer_time(0, 2_batch) == 12_s);
static_assert(scaled{foreign{}, 0.5}.time(three, 2_batch) == 3_s);
static_assert(loaded{steady{}, {.slowdown = 2.0, .queueing_delay = 5_s}}.time(three, 1_batch) == 11_s);
static_assert(loaded{steady{}, {.queueing_delay = 5_s}}.time({2_split, 2_split}, 1_batch) == 0_s);
static_assert(loaded{foreign{}, {}}.time(three, 1_batch) == 3_s);
static_assert(scaled{loaded{steady{}, {.queueing_delay = 5_s}}, 2.0}.time(three, 1_batch) == 16_s);

TEST_CASE("a request to a loaded site queues once", "[cost]") {
  loaded const busy{steady{}, {.slowdown = 3.0, .queueing_delay = 2_s}};
  CHECK(busy.time({0_split, 1_split}, 1_batch) == 5_s);
  CHECK(busy.time({0_split, 4_split}, 1_batch) == 14_s);
}

TEST_CASE("decorators keep the laws", "[cost][laws]") {
  CHECK(laws::check_additive_cost_model(scaled{steady{}, 6.0}, 4, batches).empty());
  CHECK(laws::check_cost_model(scaled{foreign{}, 6.0}, 4, batches).empty());
  CHECK(laws::check_cost_model(loaded{steady{}, {.slowdown = 3.0, .queueing_delay = 2_s}}, 4, batches).empty());
}

TEST_CASE("factors and loads that mean nothing are refused", "[cost]") {
  for (double const factor : std::initializer_list<double>{0.0, -1.0, NAN, INFINITY}) {
    CHECK(code_of([=] { scaled{steady{}, factor}; }) == errc::bad_quantity);
    CHECK(code_of([=] { loaded{steady{}, {.slowdown = factor}}; }) == errc::bad_quantity);
  }
  for (double const delay : std::initializer_list<double>{-1.0, NAN, INFINITY})
    CHECK(code_of([=] { loaded{steady{}, {.queueing_delay = seconds{delay}}}; }) == errc::bad_quantity);
}

TEST_CASE("two sites keep their own times", "[cost]") {
  sites const both{scaled{steady{}, 6.0}, steady{}};
  CHECK(both.device.time(three, 1_batch) == 18_s);
  CHECK(both.server.time(three, 1_batch) == 3_s);
}

}  // namespace
