#include "engines/libtorch/blas_kernels.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace dsc::cli {
namespace {

constexpr char const* choice = "OPENBLAS_CORETYPE";

bool openblas_gave_up() {
  using core_name = char*();
  auto const name = reinterpret_cast<core_name*>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name != nullptr && std::string_view{name()} == "Prescott";
}

// The best kernels that every version in use has; null where those of 2004 are right.
char const* kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

}  // namespace

void restart_with_fast_blas(char** argv) {
  if (std::getenv(choice) != nullptr || !openblas_gave_up() || kernels() == nullptr) return;
  std::error_code failed;
  std::filesystem::path const self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return;
  setenv(choice, kernels(), 1);
  execv(self.c_str(), argv);  // where that fails, the slow kernels are right too
}

}  // namespace dsc::cli
