#include <dsc/channel/fixed_rate.hpp>

#include <array>
#include <cmath>

#include <dsc/testing/channel.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

static_assert(AffineChannel<fixed_rate> && TwoWayChannel<fixed_rate>);
static_assert(AffineChannel<no_channel> && !TwoWayChannel<no_channel>);

constexpr link_parameters parameters{.latency = 250_ms, .return_latency = 500_ms, .return_rate = 100_Bps};
static_assert(fixed_rate{50_Bps}.transfer_time(100_B) == 2_s);
static_assert(fixed_rate{50_Bps, parameters}.transfer_time(100_B) == seconds{2.25});
static_assert(fixed_rate{50_Bps, parameters}.return_time(100_B) == seconds{1.5});
static_assert(fixed_rate{0_Bps}.transfer_time(1_B) == never);
static_assert(fixed_rate{unlimited, parameters}.transfer_time(100_MB) == 250_ms);
static_assert(no_channel{}.transfer_time(1_B) == never);

constexpr std::array amounts{0_B, 1_B, 1000_B, 602_kB, 48_MB};

TEST_CASE("a fixed rate takes its latency and bytes by rate", "[channel]") {
  fixed_rate const channel{8_Mbps, parameters};
  CHECK(channel.rate() == 1_MBps);
  CHECK(channel.latency() == 250_ms);
  CHECK(channel.transfer_time(3_MB) == seconds{3.25});
  CHECK(channel.return_time(50_B) == 1_s);
}

TEST_CASE("fixed rates keep the laws of channels", "[channel][laws]") {
  for (data_rate const rate : {0_Bps, 1_Bps, 11_MBps, unlimited}) {
    CHECK(laws::check_affine_channel(fixed_rate{rate, parameters}, amounts).empty());
    CHECK(laws::check_two_way_channel(fixed_rate{rate, parameters}, amounts).empty());
  }
  CHECK(laws::check_affine_channel(no_channel{}, amounts).empty());
}

TEST_CASE("rates and latencies that mean nothing are refused", "[channel]") {
  CHECK(code_of([] { fixed_rate{data_rate{-1.0}}; }) == errc::bad_quantity);
  CHECK(code_of([] { fixed_rate{data_rate{NAN}}; }) == errc::bad_quantity);
  CHECK(code_of([] { fixed_rate{1_Bps, {.latency = seconds{-0.1}}}; }) == errc::bad_quantity);
  CHECK(code_of([] { fixed_rate{1_Bps, {.latency = never}}; }) == errc::bad_quantity);
  CHECK(code_of([] { fixed_rate{1_Bps, {.return_latency = seconds{NAN}}}; }) == errc::bad_quantity);
  CHECK(code_of([] { fixed_rate{1_Bps, {.return_rate = data_rate{-1.0}}}; }) == errc::bad_quantity);
  CHECK_FALSE(code_of([] { fixed_rate{0_Bps}; }));
}

}  // namespace
