#pragma once

#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include <dsc/units.hpp>

namespace dsc::libtorch {

/// A `dsc::Stopwatch` for what runs on a device: on a GPU it marks the current stream after every
/// layer and reads the marks once at the end, so that layers follow each other as they do in a
/// whole run. On the CPU, and with a LibTorch before 2.0, which cannot read marks, it reads a clock
/// instead, after waiting for the device.
class event_stopwatch {
 public:
  explicit event_stopwatch(at::Device device);
  event_stopwatch(event_stopwatch&&) noexcept;
  event_stopwatch& operator=(event_stopwatch&&) noexcept;
  ~event_stopwatch();

  void start();
  void lap();
  std::vector<seconds> read();

 private:
  struct marks;
  std::unique_ptr<marks> marks_;
};

}  // namespace dsc::libtorch
