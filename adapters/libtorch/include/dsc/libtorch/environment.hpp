#pragma once

#include <string>
#include <utility>
#include <vector>

#include <c10/core/Device.h>

#include <dsc/shape.hpp>

namespace dsc::libtorch {

/// Where and how something was measured, in words.
struct environment {
  std::string device;    ///< name of the CPU or GPU
  std::string threads;   ///< threads that one operator may use on the CPU
  std::string libtorch;  ///< version of LibTorch
  std::string element;   ///< element type that the layers compute in
  std::string
      blas;  ///< the kernels that OpenBLAS has chosen, as in `OpenBLAS SkylakeX`; empty where it is another library
  std::string date;  ///< UTC, as 2025-01-31T12:00:00Z

  /// The same as named entries, for the notes of a profile.
  std::vector<std::pair<std::string, std::string>> entries() const;
};

/// This process on this machine now, with a network that runs on `device`.
environment describe_environment(at::Device device, element_type element = element_type::float32);

}  // namespace dsc::libtorch
