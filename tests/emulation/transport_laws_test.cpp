#include "catch.hpp"

#include <mutex>
#include <optional>

#include <dsc/emulation/emulated_link.hpp>
#include <dsc/testing/transport.hpp>

using namespace dsc;
using namespace dsc::literals;

namespace {

std::vector<std::byte> turned(std::span<std::byte const> data) {
  std::vector<std::byte> y(data.rbegin(), data.rend());
  for (std::byte& octet : y) octet ^= std::byte{0x5A};
  return y;
}

// Turns bytes round, at once or once it may.
class turning_sink {
 public:
  void accept(request asked, time_point, reply_promise promise) {
    std::lock_guard const lock{mutex_};
    held_.emplace_back(std::move(asked), std::move(promise));
    if (!holding_) answer_all();
  }
  void hold(bool on) {
    std::lock_guard const lock{mutex_};
    holding_ = on;
    if (!holding_) answer_all();
  }

 private:
  void answer_all() {
    for (auto& [asked, promise] : held_) {
      if (asked.tensors.size() != 1) {
        promise.fail(errc::bad_tensor, "one tensor, please");
        continue;
      }
      auto const y = std::make_shared<std::vector<std::byte> const>(turned(asked.tensors[0].data.view()));
      promise.fulfil({.tensors = {{asked.tensors[0].spec, {y, *y}}}});
    }
    held_.clear();
  }

  std::mutex mutex_;
  bool holding_ = false;
  std::vector<std::pair<request, reply_promise>> held_;
};

request of_bytes(std::size_t size, std::size_t number) {
  auto const data = std::make_shared<std::vector<std::uint8_t>>(size);
  for (std::size_t i = 0; i < size; ++i) (*data)[i] = static_cast<std::uint8_t>(i * 7 + number * 31);
  return {{1_split, 2_split}, {to_wire<std::vector<std::uint8_t>>(data)}};
}

struct emulated_fixture {
  turning_sink sink{};
  std::optional<emulated_link> link{};

  explicit emulated_fixture(fixed_rate const& channel) { link.emplace(channel, sink); }
  emulated_link& transport() { return *link; }
  request ask(std::size_t number) const { return of_bytes(1000 + 100 * number, number); }
  std::vector<std::byte> answer(request const& asked) const { return turned(asked.tensors[0].data.view()); }
  void hold() { sink.hold(true); }
  void release() { sink.hold(false); }
  void close() { link.reset(); }
  std::vector<request> nonsense() const {
    request two = of_bytes(10, 0);
    two.tensors.push_back(two.tensors[0]);
    request claims_more = of_bytes(10, 0);
    claims_more.tensors[0].spec.shape = {1'000'000'000};
    return {{}, two, claims_more, of_bytes(0, 0), of_bytes(8'000'000, 1)};
  }
};
static_assert(laws::FixtureOfNonsense<emulated_fixture>);

}  // namespace

TEST_CASE("the laws of Transport hold for the emulated link") {
  for (fixed_rate const& channel :
       {fixed_rate{100_MBps}, fixed_rate{unlimited}, fixed_rate{20_MBps, {.latency = 5_ms, .return_latency = 5_ms}}}) {
    emulated_fixture fixture{channel};
    CHECK(laws::check_transport(fixture) == laws::violations{});
  }
}

namespace {

// As the emulated link, but for one fault.
struct faulty {
  enum class fault { none, answers_others, cancel_waits, submit_waits, no_deadline, forgets_the_cancelled };
  emulated_link* link;
  fault kind;

  struct pending_type {
    delayed_reply inner;
    fault kind;
    std::optional<reply> kept{};
    bool ready() const { return inner.ready(); }
    bool wait_until(time_point until) { return inner.wait_until(until); }
    reply get() {
      reply got = inner.get();
      if (kind == fault::answers_others) got.tensors[0].data = {};
      return got;
    }
    void cancel() {
      if (kind == fault::cancel_waits) std::this_thread::sleep_for(std::chrono::milliseconds{30});
      if (kind != fault::forgets_the_cancelled) inner.cancel();
    }
  };
  pending_type submit(request asked, time_point deadline) {
    if (kind == fault::submit_waits) std::this_thread::sleep_for(std::chrono::milliseconds{30});
    if (kind == fault::no_deadline) deadline += std::chrono::milliseconds{300};
    return {link->submit(std::move(asked), deadline), kind};
  }
};

struct faulty_fixture : emulated_fixture {
  faulty with_fault;
  explicit faulty_fixture(faulty::fault kind) : emulated_fixture{fixed_rate{100_MBps}}, with_fault{&*link, kind} {}
  faulty& transport() { return with_fault; }
};

}  // namespace

TEST_CASE("a transport that breaks a law is caught") {
  laws::transport_times const strict{.at_once = 20_ms, .patience = 300_ms};  // shorter than any of the faults
  for (auto const& [kind, says] : {std::pair{faulty::fault::answers_others, "another answer"},
                                   {faulty::fault::cancel_waits, "cancel takes"},
                                   {faulty::fault::submit_waits, "submit takes"},
                                   {faulty::fault::no_deadline, "after its deadline"},
                                   {faulty::fault::forgets_the_cancelled, "after the cancel of one"}}) {
    faulty_fixture fixture{kind};
    laws::violations const broken = laws::check_transport(fixture, strict);
    CHECK(std::ranges::any_of(
        broken, [&, text = says](std::string const& sentence) { return sentence.find(text) != std::string::npos; }));
  }
}
