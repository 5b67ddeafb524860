#include <dsc/units.hpp>

#include <concepts>
#include <functional>
#include <type_traits>

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Subtractable = requires(A a, B b) { a - b; };
template <class A, class B>
concept Multipliable = requires(A a, B b) { a* b; };
template <class A, class B>
concept Divisible = requires(A a, B b) { a / b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; } || requires(A a, B b) { a == b; };

template <class A, class B>
constexpr bool unrelated =
    !Addable<A, B> && !Addable<B, A> && !Comparable<A, B> && !Comparable<B, A> && !std::convertible_to<A, B> &&
    !std::convertible_to<B, A> && !std::assignable_from<A&, B> && !std::assignable_from<B&, A>;

// No quantity adds to, compares with or turns into another, and none comes from a bare number.
template <class... Quantities>
constexpr bool pairwise_unrelated = true;
template <class First, class... Rest>
constexpr bool pairwise_unrelated<First, Rest...> = (... && unrelated<First, Rest>) && pairwise_unrelated<Rest...>;
static_assert(pairwise_unrelated<bytes, seconds, data_rate, batch_size, split_point, layer_span, double>);
static_assert(pairwise_unrelated<bytes, seconds, data_rate, batch_size, split_point, layer_span, int>);
static_assert(pairwise_unrelated<bytes, seconds, data_rate, batch_size, split_point, layer_span, std::size_t>);

static_assert(Addable<bytes, bytes> && !Subtractable<bytes, bytes>,
              "a difference of sizes could not be held without a sign");
static_assert(!Addable<data_rate, data_rate> && !Addable<split_point, split_point> && !Addable<batch_size, batch_size>);

// Only those products and quotients that mean something.
static_assert(std::same_as<decltype(bytes{} * batch_size{}), bytes> &&
              std::same_as<decltype(batch_size{} * bytes{}), bytes>);
static_assert(std::same_as<decltype(bytes{} / bytes{}), double> &&
              std::same_as<decltype(bytes{} / data_rate{}), seconds>);
static_assert(!Multipliable<bytes, seconds> && !Multipliable<bytes, bytes> && !Multipliable<data_rate, data_rate>);
static_assert(!Divisible<data_rate, bytes> && !Divisible<seconds, bytes> && !Divisible<seconds, data_rate>);

static_assert(std::convertible_to<std::chrono::milliseconds, seconds>);
static_assert(!std::convertible_to<double, data_rate> && !std::convertible_to<long double, seconds>);

constexpr bool quantities_have_their_sizes() {
  return 3_kB == 3000_B && 2_MB == 2'000'000_B && 3_KiB == 3072_B && 2_MiB == 2'097'152_B && 5_ms == 0.005_s &&
         7_us == seconds{7 / 1e6} && 1.5_ms == seconds{1.5e-3} && (8_batch).count == 8 && (5_split).layers == 5;
}
static_assert(quantities_have_their_sizes());

constexpr bool a_megabyte_is_eight_megabits() {
  return 1_MBps == 8_Mbps && 1_MBps != 1_Mbps && 2.5_MBps == 20_Mbps && 12.5_Mbps == 1'562'500_Bps &&
         megabytes_per_second(1) == 1'000'000_Bps && megabits_per_second(1) == 125'000_Bps && 1_Mbps < 1_MBps;
}
static_assert(a_megabyte_is_eight_megabits());

constexpr bool transfers_take_amount_over_rate() {
  return 20_MB / 10_MBps == 2_s && 10_MB / 8_Mbps == 10_s && 0_B / 1_Bps == 0_s && 1_B / data_rate{} == never &&
         1_B / data_rate{-1.0} == never && 1_MB / unlimited == 0_s && 3_B * 4_batch == 12_B && 4_batch * 3_B == 12_B &&
         1_B / 4_B == 0.25;
}
static_assert(transfers_take_amount_over_rate());

constexpr bool sizes_add_and_order() {
  bytes total = 1_B;
  total += 2_B;
  return total == 3_B && 1_B + 1_B == 2_B && 1_B < 2_B && 1_batch < 2_batch && 1_split < 2_split &&
         batch_size{} == 1_batch && bytes{} == 0_B;
}
static_assert(sizes_add_and_order());

constexpr bool spans_are_half_open() {
  constexpr layer_span some{2_split, 5_split};
  return some.size() == 3 && !some.empty() && layer_span{3_split, 3_split}.empty() && layer_span{}.size() == 0 &&
         some != layer_span{2_split, 4_split};
}
static_assert(spans_are_half_open());

TEST_CASE("quantities have the sizes that their literals say") { REQUIRE(quantities_have_their_sizes()); }
TEST_CASE("megabytes and megabits per second differ by eight") { REQUIRE(a_megabyte_is_eight_megabits()); }
TEST_CASE("a transfer takes its amount over the rate, and never ends at rate 0") {
  REQUIRE(transfers_take_amount_over_rate());
}
TEST_CASE("amounts of data add and order") { REQUIRE(sizes_add_and_order()); }
TEST_CASE("layer spans are half open") { REQUIRE(spans_are_half_open()); }

static_assert(dsc::bytes{1ULL << 40} * dsc::batch_size{1ULL << 40} ==
              dsc::bytes{std::numeric_limits<std::uint64_t>::max()});
static_assert(dsc::bytes{7} * dsc::batch_size{0} == dsc::bytes{0});

static_assert(bytes{~std::uint64_t{0}} + 1_B == bytes{~std::uint64_t{0}}, "sums end at 2^64 - 1, as products do");
static_assert(bytes{std::uint64_t{1} << 63} + bytes{std::uint64_t{1} << 63} == bytes{~std::uint64_t{0}});
static_assert(18446744073709551_kB == bytes{18446744073709551000U} && 18446744073709552_kB == bytes{~std::uint64_t{0}});
static_assert(18446744073710_MB == bytes{~std::uint64_t{0}} && 17592186044416_MiB == bytes{~std::uint64_t{0}});
static_assert([] {
  split_point l;
  ++l;
  return ++l;
}() == 2_split);

}  // namespace
