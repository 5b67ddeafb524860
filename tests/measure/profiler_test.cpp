#include <dsc/emulation/throttled.hpp>
#include <dsc/measure/profiler.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <dsc/testing/executable_model.hpp>
#include <dsc/testing/stopwatch.hpp>
#include "catch.hpp"
#include "support/errors.hpp"

namespace {

using namespace dsc::literals;
using dsc::batch_size;
using dsc::bytes;
using dsc::errc;
using dsc::layer_span;
using dsc::seconds;
using dsc::test::code_of;

/// A clock that stands still until somebody moves it.
struct hand_clock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<hand_clock, duration>;
  static inline time_point hand{};
  static time_point now() { return hand; }
};

struct byte_layer {
  std::string_view label;
  std::string_view name() const { return label; }
  bytes output_bytes() const { return bytes{2}; }
};

/// Three layers on two bytes per sample; layer `l` adds `l + 1` to each and takes `(l + 1)` ms per
/// sample, times what `pace` says.
struct paced_model {
  using tensor_type = std::vector<std::uint8_t>;
  std::array<double, 8> pace{1, 1, 1, 1, 1, 1, 1, 1};  ///< of one pass after the other, again and again
  mutable std::size_t pass = 0;

  bytes input_bytes() const { return bytes{2}; }
  std::span<byte_layer const> layers() const {
    static constexpr std::array<byte_layer, 3> rows{byte_layer{"a"}, byte_layer{"b"}, byte_layer{"c"}};
    return rows;
  }

  tensor_type forward(tensor_type x, layer_span span) const {
    for (std::size_t l = span.begin.layers; l < span.end.layers; ++l) {
      for (std::uint8_t& value : x) value = static_cast<std::uint8_t>(value + l + 1);
      double const samples = static_cast<double>(x.size()) / 2.0;
      seconds const time = samples * static_cast<double>(l + 1) * pace[pass % pace.size()] * 1_ms;
      hand_clock::hand += std::chrono::round<hand_clock::duration>(time);
      if (l == 2) ++pass;
    }
    return x;
  }
};
static_assert(dsc::ExecutableModel<paced_model>);
static_assert(dsc::ExecutableModel<dsc::throttled<paced_model>>);

constexpr dsc::detail::measure_profile_fn<hand_clock> measure{};

paced_model::tensor_type zeros(batch_size batch) { return paced_model::tensor_type(2 * batch.count); }

auto about(seconds time) { return Approx(time.count()).epsilon(1e-6); }

TEST_CASE("one pass gives every prefix time") {
  auto const measured = measure(paced_model{}, "paced", {1_batch, 4_batch}, zeros);
  CHECK(measured.profile.name() == "paced");
  CHECK(measured.profile.input_bytes() == bytes{2});
  CHECK(measured.profile.layers()[1].name() == "b");
  auto const times = measured.profile.measured();
  REQUIRE(times.size() == 2);
  REQUIRE(times[1].prefix.size() == 4);
  CHECK(times[1].prefix[0] == seconds{});
  CHECK(times[1].prefix[1].count() == about(4_ms));
  CHECK(times[1].prefix[2].count() == about(12_ms));
  CHECK(times[1].prefix[3].count() == about(24_ms));
  CHECK(measured.uncertainty() == 0.0);
  CHECK(measured.usable());
}

TEST_CASE("warm-ups are run but not counted") {
  paced_model model;
  model.pace = {100, 100, 1, 1, 1, 1, 1, 1};
  auto const measured = measure(model, "paced", {1_batch}, zeros, {.warm_ups = 2, .repeats = 6});
  CHECK(model.pass == 8);
  CHECK(measured.profile.measured()[0].prefix[3].count() == about(6_ms));
  CHECK(measured.uncertainty() == 0.0);
}

TEST_CASE("a pass of a throttled profile really takes its factor of the time") {
  auto const start = std::chrono::steady_clock::now();
  auto const measured =
      measure(paced_model{}, "paced", {1_batch}, zeros, {.warm_ups = 1, .repeats = 2, .slowdown = 5.0});
  CHECK(measured.profile.measured()[0].prefix[1].count() == about(5_ms));
  CHECK(measured.profile.measured()[0].prefix[3].count() == about(30_ms));
  CHECK(seconds{std::chrono::steady_clock::now() - start} >= 3 * 24_ms);
  CHECK(code_of([] { (void)measure(paced_model{}, "paced", {1_batch}, zeros, {.slowdown = 0.5}); }) ==
        errc::bad_quantity);
}

TEST_CASE("times are medians, with their deviation") {
  paced_model model;
  model.pace = {1, 2, 3, 4, 1000, 1, 2, 3};
  auto const measured = measure(model, "paced", {1_batch}, zeros, {.warm_ups = 0, .repeats = 5});
  CHECK(measured.profile.measured()[0].prefix[1].count() == about(3_ms));
  CHECK(measured.noise[0].deviation[1].count() == about(1_ms));
  CHECK(measured.noise[0].uncertainty == Approx(1.4826 * 1.2533 / 3.0 / std::sqrt(5.0)));
}

TEST_CASE("noise that makes a profile useless is reported") {
  paced_model model;
  model.pace = {1, 1.5, 2, 1, 1.5, 2, 1, 2};
  auto const noisy = measure(model, "paced", {1_batch}, zeros, {.warm_ups = 0, .repeats = 8});
  CHECK_FALSE(noisy.usable());
  CHECK(code_of([&] { noisy.require_usable(); }) == errc::noisy_profile);
  auto const once = measure(model, "paced", {1_batch}, zeros, {.warm_ups = 0, .repeats = 1});
  CHECK_THROWS_WITH(once.require_usable(), Catch::Contains("too few times") && Catch::Contains("3 repeats"));
  auto repeated = measure(model, "paced", {1_batch}, zeros, {.warm_ups = 0, .repeats = 800});
  CHECK(repeated.usable());
  CHECK(code_of([&] { repeated.require_usable(); }) == std::nullopt);
  repeated.noise[0].uncertainty = 0.1001;  // just too much looks like too much
  CHECK_THROWS_WITH(repeated.require_usable(), Catch::Contains("uncertain by 10.1 %, more than the 10.0 % allowed"));
}

TEST_CASE("medians are made monotone") {
  std::vector<std::vector<seconds>> const passes{{0_s, 2_s, 2_s}, {0_s, 3_s, 1_s}};
  auto const [times, noise] = dsc::detail::summary(1_batch, passes);
  CHECK(times.prefix == std::vector<seconds>{0_s, 2.5_s, 2.5_s});
  CHECK(noise.deviation == std::vector<seconds>{0_s, 0.5_s, 0.5_s});
  CHECK(noise.uncertainty == 1.0);
}

TEST_CASE("progress is told after every pass") {
  std::vector<std::size_t> done;
  dsc::profiler_options options{.warm_ups = 1, .repeats = 2};
  options.progress = [&](dsc::profile_progress const& now) {
    done.push_back(now.done);
    CHECK(now.total == 6);
    CHECK(now.batch == (now.done <= 3 ? 1_batch : 2_batch));
  };
  measure(paced_model{}, "paced", {1_batch, 2_batch}, zeros, options);
  CHECK(done == std::vector<std::size_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a measurement can be stopped between two layers") {
  int asked = 0;
  dsc::profiler_options options;
  options.stop = [&] { return ++asked == 5; };
  CHECK(code_of([&] { measure(paced_model{}, "paced", {1_batch}, zeros, options); }) == errc::cancelled);
  CHECK(asked == 5);
}

TEST_CASE("what a device's queue takes counts as the layer's") {
  dsc::profiler_options options;
  options.synchronize = [] { hand_clock::hand += std::chrono::milliseconds{10}; };
  auto const measured = measure(paced_model{}, "paced", {1_batch}, zeros, options);
  CHECK(measured.profile.measured()[0].prefix[2].count() == about(23_ms));
}

/// Notes when laps end, as a device does in its queue, and asks nobody to wait before it is read.
struct queue_marks {
  std::vector<hand_clock::time_point> marks{};
  std::size_t* reads = nullptr;

  void start() { marks.assign(1, hand_clock::now()); }
  void lap() { marks.push_back(hand_clock::now()); }
  std::vector<seconds> read() {
    if (reads) ++*reads;
    std::vector<seconds> times;
    for (std::size_t i = 1; i < marks.size(); ++i) times.push_back(marks[i] - marks[0]);
    return times;
  }
};
static_assert(dsc::Stopwatch<queue_marks>);
static_assert(dsc::Stopwatch<dsc::clock_stopwatch<hand_clock>>);

struct without_lap {
  void start();
  std::vector<seconds> read();
};
struct without_read {
  void start();
  void lap();
};
static_assert(!dsc::Stopwatch<without_lap>);
static_assert(!dsc::Stopwatch<without_read>);

TEST_CASE("stopwatches keep the laws") {
  auto const work = [] { hand_clock::hand += std::chrono::milliseconds{2}; };
  queue_marks marks;
  dsc::clock_stopwatch<hand_clock> clock, waiting{work};
  dsc::clock_stopwatch<std::chrono::steady_clock> real;
  for (std::size_t const laps : {0U, 1U, 5U}) {
    CHECK(dsc::laws::check_stopwatch(marks, laps, work) == dsc::laws::violations{});
    CHECK(dsc::laws::check_stopwatch(clock, laps, work) == dsc::laws::violations{});
    CHECK(dsc::laws::check_stopwatch(waiting, laps, work) == dsc::laws::violations{});
    CHECK(dsc::laws::check_stopwatch(real, laps, work) == dsc::laws::violations{});
  }
}

TEST_CASE("a backend's stopwatch takes the times, and is read once a pass") {
  std::size_t reads = 0;
  dsc::profiler_options options{.warm_ups = 1, .repeats = 4};
  options.synchronize = [] { FAIL("nobody may wait"); };
  auto const measured =
      measure(paced_model{}, "paced", {1_batch, 4_batch}, zeros, queue_marks{.reads = &reads}, options);
  CHECK(reads == 10);
  CHECK(measured.profile.measured()[0].prefix[2].count() == about(3_ms));
  CHECK(measured.profile.measured()[1].prefix[3].count() == about(24_ms));
  options.slowdown = 2.0;
  auto const slow = measure(paced_model{}, "paced", {1_batch}, zeros, queue_marks{}, options);
  CHECK(slow.profile.measured()[0].prefix[3].count() == about(12_ms));
}

TEST_CASE("measurements that make no sense are refused") {
  auto const refused = [](std::vector<batch_size> const& batches, dsc::profiler_options const& options = {}) {
    return code_of([&] { measure(paced_model{}, "paced", batches, zeros, options); });
  };
  CHECK(refused({}) == errc::bad_batch);
  CHECK(refused({0_batch}) == errc::bad_batch);
  CHECK(refused({2_batch, 2_batch}) == errc::bad_batch);
  CHECK(refused({1_batch}, {.repeats = 0}) == errc::bad_quantity);
  CHECK(refused({1_batch}, {.noise_limit = -1.0}) == errc::bad_quantity);
  CHECK(code_of([] { measure(paced_model{}, "paced", {1_batch}, [](batch_size) { return zeros(2_batch); }); }) ==
        errc::bad_batch);
}

/// One layer that spins for 5 ms.
struct spinning_model : paced_model {
  tensor_type forward(tensor_type x, layer_span span) const {
    if (span.empty()) return x;
    auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds{5};
    while (std::chrono::steady_clock::now() < end) {
    }
    return paced_model::forward(std::move(x), span);
  }
};

TEST_CASE("a throttled model computes the same, takes its factor of the time, and keeps the laws") {
  dsc::throttled const slow{spinning_model{}, 3.0};
  auto const start = std::chrono::steady_clock::now();
  auto const y = slow.forward({1, 2}, {0_split, 3_split});
  seconds const took = std::chrono::steady_clock::now() - start;
  CHECK(y == std::vector<std::uint8_t>{7, 8});
  CHECK(took >= 15_ms);
  CHECK(dsc::laws::check_executable_model(dsc::throttled{paced_model{}, 1.5}, zeros(2_batch)) ==
        dsc::laws::violations{});
}

TEST_CASE("a slowdown below 1 is refused") {
  CHECK(code_of([] { dsc::throttled{paced_model{}, 0.99}; }) == errc::bad_quantity);
  CHECK(code_of([] { dsc::throttled{paced_model{}, std::numeric_limits<double>::quiet_NaN()}; }) == errc::bad_quantity);
  CHECK(code_of([] { dsc::throttled{paced_model{}, std::numeric_limits<double>::infinity()}; }) == errc::bad_quantity);
  CHECK(code_of([] { dsc::throttled{paced_model{}, 1.0}; }) == std::nullopt);
}

}  // namespace
