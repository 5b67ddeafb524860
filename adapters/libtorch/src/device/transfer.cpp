#include "device/aten.hpp"

#include "device/transfer.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace dsc::libtorch::detail {
namespace {

at::Tensor pinned_like(at::Tensor const& x) {
  return at::empty(x.sizes(), x.options().device(at::kCPU).pinned_memory(true));
}

c10::Stream current_stream(at::Device device) { return c10::impl::VirtualGuardImpl{device.type()}.getStream(device); }

// Lets `later` begin when everything queued on `earlier` so far is done.
void chain(c10::Stream const& earlier, c10::Stream const& later) {
  c10::Event done{earlier.device_type()};
  done.record(earlier);
  done.block(later);
}

// Waits for what is queued on `stream` so far. Before LibTorch 2 an event cannot be waited for, and
// the whole stream is.
template <class Event>
void wait_for(c10::Stream const& stream) {
  if constexpr (requires(Event const& event) { event.synchronize(); }) {
    Event done{stream.device_type()};
    done.record(stream);
    done.synchronize();
  } else {
    stream.synchronize();
  }
}

}  // namespace

transfer::transfer(at::Device device) : device_{device} {
  if (device.is_cuda()) copies_ = c10::impl::VirtualGuardImpl{device.type()}.getStreamFromGlobalPool(device);
}

at::Tensor transfer::to_device(at::Tensor const& x) const {
  if (!copies_ || !x.is_cpu()) return x.to(device_).contiguous();
  // A copy from pageable memory would wait for the device.
  at::Tensor const source = x.is_pinned() && x.is_contiguous() ? x : pinned_like(x).copy_(x);
  return source.to(device_, /*non_blocking=*/true);
}

at::Tensor transfer::to_host(at::Tensor const& x) const {
  if (!copies_ || x.device() != copies_->device()) return x.cpu().contiguous();
  at::Tensor const source = x.contiguous();
  at::Tensor const target = pinned_like(source);
  chain(current_stream(source.device()), *copies_);
  c10::StreamGuard const on_copies{*copies_};
  target.copy_(source, /*non_blocking=*/true);
  wait_for<c10::Event>(*copies_);
  return target;
}

}  // namespace dsc::libtorch::detail
