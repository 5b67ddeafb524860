#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/model/zoo/models.hpp>
#include <dsc/units.hpp>

namespace gpu {

/// What the command line says, or what stands here.
struct arguments {
  std::string device = "cuda";
  std::filesystem::path out = "gpu-results";
  std::vector<std::string> only;  ///< names of steps; all where empty
  std::vector<dsc::zoo::efficientnet const*> models{dsc::zoo::models.begin(),
                                                    dsc::zoo::models.end()};  ///< of the steps `profiles` and `speed`
  std::vector<std::string> scripts;  ///< TorchScript files that say their input
  std::size_t repeats = 11;
  int threads = 1;     ///< of the CPU
  bool quick = false;  ///< tries the program itself: one batch size, B0, few repeats

  /// `list`, or its first entry when it is to be quick.
  template <class T>
  std::vector<T> shortened(std::vector<T> list) const {
    if (quick) list.resize(1);
    return list;
  }
};

inline constexpr std::string_view usage =
    "usage: gpu_check [--device cuda|cuda:N|cpu] [--out FOLDER] [--only STEP,STEP] [--model NAME]... [--script "
    "FILE]... [--threads N] [--repeats N] [--quick]";

/// Throws `bad_option`.
arguments parsed(int argc, char** argv);

}  // namespace gpu
