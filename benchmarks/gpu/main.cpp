// Everything of the LibTorch adapter that only a GPU can show, in steps. Exits with 1 where an
// answer is off by more than the tolerance.
#include <ATen/core/ivalue.h>

#include <ATen/Context.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <dsc/error.hpp>
#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/libtorch/error.hpp>

#include "steps.hpp"

namespace {

struct step {
  std::string_view name;
  bool (*run)(gpu::arguments const&);
};

constexpr std::array steps{step{"parity", gpu::parity},       step{"splits", gpu::splits},
                           step{"elements", gpu::elements},   step{"profiles", gpu::profiles},
                           step{"speed", gpu::speed},         step{"overhead", gpu::overhead},
                           step{"transfers", gpu::transfers}, step{"graphs", gpu::graphs},
                           step{"scripts", gpu::scripts},     step{"heterogeneous", gpu::heterogeneous}};

void check_names(gpu::arguments const& given) {
  for (std::string const& name : given.only)
    if (std::ranges::find(steps, name, &step::name) == steps.end())
      throw dsc::error{dsc::libtorch::libtorch_errc::bad_option,
                       "there is no step '" + name +
                           "'; take parity, splits, elements, profiles, speed, overhead, transfers, "
                           "graphs, scripts or heterogeneous"};
}

bool run_all(gpu::arguments const& given) {
  check_names(given);
  dsc::libtorch::use_threads(given.threads);
  at::Device const device = dsc::libtorch::device_named(given.device);
  for (auto const& [key, value] : dsc::libtorch::describe_environment(device).entries())
    std::printf("%s: %s\n", key.c_str(), value.c_str());
  std::filesystem::create_directories(given.out);
  bool good = true;
  for (step const& each : steps) {
    if (!given.only.empty() && std::ranges::find(given.only, each.name) == given.only.end()) continue;
    std::printf("\n== %s\n", std::string{each.name}.c_str());
    good = each.run(given) && good;
    dsc::libtorch::release_memory(device);
    std::fflush(stdout);
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) try {
  // Page faults of freed and fetched memory are most of the noise on a CPU.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  bool const good = run_all(gpu::parsed(argc, argv));
  std::printf("\n%s\n", good ? "all answers are within their tolerance" : "SOME ANSWERS ARE OFF");
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
