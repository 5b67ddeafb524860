#include "command_main.hpp"

#include <malloc.h>

#include <utility>

#include "console/program.hpp"
#include "engines/registry.hpp"
#include "options/command_line.hpp"

namespace dsc::cli {
namespace {

// Page faults of freshly mapped memory are most of the noise in the time of a layer; the freed
// memory is kept instead.
void keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

void run_arguments(int argc, char** argv) { run_command_line(argc, argv); }

}  // namespace

int command_main(int argc, char** argv, std::vector<engine const*> engines, network const* network) {
  for (engine const* const each : engines) each->prepare_process(argv);
  use_engines(std::move(engines));
  use_network(network);
  keep_freed_memory();
  return run_program(run_arguments, argc, argv);
}

}  // namespace dsc::cli
