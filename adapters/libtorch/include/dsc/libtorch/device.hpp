#pragma once

#include <functional>
#include <string>

#include <c10/core/Device.h>

namespace dsc::libtorch {

/// The device that a person means by `cpu`, `cuda` or `cuda:1`. Throws `bad_option` for other names
/// and for devices that this LibTorch or this machine does not have.
at::Device device_named(std::string const& name);

/// Waits until everything queued on `device` is done; an empty function for the CPU, which has no
/// queue. What a profiler and `dsc::throttled` need to see a GPU's real times.
std::function<void()> synchronizer(at::Device device);

/// Gives memory that PyTorch's allocators keep for later, on `device` and pinned for it, back to
/// the system: for a program that is done with a network but goes on. Nothing on the CPU.
void release_memory(at::Device device);

/// How many threads one operator may use on the CPU, for the whole process. Throws `bad_option` for
/// less than 1 or more than 1024.
void use_threads(int count);

}  // namespace dsc::libtorch
