#include "device/aten.hpp"

#include <dsc/libtorch/stopwatch.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <vector>

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/measure/stopwatch.hpp>

namespace dsc::libtorch {
namespace {

static_assert(Stopwatch<event_stopwatch>);

// Since LibTorch 2; before, events could order streams only.
template <class E>
concept TimedEvent = requires(E const& event) {
  { event.elapsedTime(event) } -> std::convertible_to<double>;
  event.synchronize();
};

// Marks in the queue of a device's current stream. Events are kept for the next round: making one
// costs as much as recording it.
template <class Event>
class event_row {
 public:
  explicit event_row(at::Device device) : device_{device} {}

  void start() {
    used_ = 0;
    mark();
  }
  void mark() {
    if (used_ == events_.size()) events_.emplace_back(device_.type(), c10::EventFlag::BACKEND_DEFAULT);
    events_[used_++].record(c10::impl::VirtualGuardImpl{device_.type()}.getStream(device_));
  }
  std::vector<seconds> read() const {
    std::vector<seconds> times;
    if constexpr (TimedEvent<Event>) {
      if (used_ != 0) events_[used_ - 1].synchronize();
      for (std::size_t i = 1; i < used_; ++i) times.emplace_back(1e-3 * events_[0].elapsedTime(events_[i]));
    }
    return times;
  }

 private:
  at::Device device_;
  std::vector<Event> events_;
  std::size_t used_ = 0;
};

}  // namespace

struct event_stopwatch::marks {
  explicit marks(at::Device device) : clock{synchronizer(device)} {
    if (TimedEvent<c10::Event> && device.is_cuda()) events.emplace(device);
  }

  clock_stopwatch<std::chrono::steady_clock> clock;
  std::optional<event_row<c10::Event>> events;  // instead of the clock
};

event_stopwatch::event_stopwatch(at::Device device) : marks_{std::make_unique<marks>(device)} {}
event_stopwatch::event_stopwatch(event_stopwatch&&) noexcept = default;
event_stopwatch& event_stopwatch::operator=(event_stopwatch&&) noexcept = default;
event_stopwatch::~event_stopwatch() = default;

void event_stopwatch::start() {
  if (marks_->events)
    marks_->events->start();
  else
    marks_->clock.start();
}

void event_stopwatch::lap() {
  if (marks_->events)
    marks_->events->mark();
  else
    marks_->clock.lap();
}

std::vector<seconds> event_stopwatch::read() { return marks_->events ? marks_->events->read() : marks_->clock.read(); }

}  // namespace dsc::libtorch
