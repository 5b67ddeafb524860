#include "device/aten.hpp"

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/error.hpp>

#include <exception>

#include <ATen/Parallel.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dsc/error.hpp>

#include "device/gpu.hpp"

namespace dsc::libtorch {
namespace {

constexpr int most_threads = 1024;

bool exists(at::Device device) {
  if (device.is_cpu()) return true;
  if (device.is_meta()) return false;  // it computes shapes alone
  if (!c10::impl::hasDeviceGuardImpl(device.type())) return false;
  int const index = device.has_index() ? static_cast<int>(device.index()) : 0;
  return index < static_cast<int>(c10::impl::VirtualGuardImpl{device.type()}.deviceCount());
}

at::Device parsed(std::string const& name) {
  try {
    return at::Device{name};
  } catch (std::exception const&) {
    throw error{libtorch_errc::bad_option, "'" + name + "' names no device; take cpu, cuda or cuda:1"};
  }
}

}  // namespace

at::Device device_named(std::string const& name) {
  at::Device const device = parsed(name);
  if (!exists(device))
    throw error{libtorch_errc::bad_option,
                "there is no device '" + name + "' here, or this LibTorch cannot use it; take cpu"};
  // Which one is meant may not change with the thread that asks.
  return device.is_cpu() || device.has_index() ? device : c10::impl::VirtualGuardImpl{device.type()}.getDevice();
}

std::function<void()> synchronizer(at::Device device) {
  if (device.is_cpu()) return {};
  return [device] { c10::impl::VirtualGuardImpl{device.type()}.getStream(device).synchronize(); };
}

void release_memory(at::Device device) {
  if (!device.is_cpu()) detail::release_gpu_memory();
}

void use_threads(int count) {
  if (count < 1 || count > most_threads)
    throw error{libtorch_errc::bad_option, "the number of threads must be 1 to " + std::to_string(most_threads) +
                                               ", but is " + std::to_string(count)};
  at::set_num_threads(count);
}

}  // namespace dsc::libtorch
