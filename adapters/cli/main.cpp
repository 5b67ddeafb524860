#include <malloc.h>

#include "console/program.hpp"
#include "engines/blas_kernels.hpp"
#include "options/command_line.hpp"

namespace {

// Page faults of freshly mapped memory are most of the noise in the time of a layer; the freed
// memory is kept instead.
void keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

void run(int argc, char** argv) { dsc::cli::run_command_line(argc, argv); }

}  // namespace

int main(int argc, char** argv) {
  dsc::cli::restart_with_fast_blas(argv);
  keep_freed_memory();
  return dsc::cli::run_program(run, argc, argv);
}
