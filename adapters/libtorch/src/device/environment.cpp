#include "device/aten.hpp"

#include <dsc/libtorch/environment.hpp>

#include <dlfcn.h>

#include <chrono>
#include <ctime>
#include <fstream>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include "device/gpu.hpp"

namespace dsc::libtorch {
namespace {

std::string cpu_name() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    if (auto const value = line.find(": "); value != std::string::npos) return line.substr(value + 2);
  }
  return "CPU";
}

// OpenBLAS is one of several libraries that LibTorch may have been linked with, so it is asked for
// at run time.
std::string blas_name() {
  using core_name = char*();
  auto const name = reinterpret_cast<core_name*>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name == nullptr ? std::string{} : std::string{"OpenBLAS "} + name();
}

std::string now() {
  std::time_t const seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[] = "2025-01-31T12:00:00Z";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment::entries() const {
  return {{"device", device},   {"threads", threads}, {"libtorch", libtorch},
          {"element", element}, {"blas", blas},       {"date", date}};
}

environment describe_environment(at::Device device, element_type element) {
  return {.device = device.is_cpu() ? cpu_name() : detail::gpu_name(device),
          .threads = std::to_string(at::get_num_threads()),
          .libtorch = TORCH_VERSION,
          .element = std::string{detail::name_of(element)},
          .blas = blas_name(),
          .date = now()};
}

}  // namespace dsc::libtorch
