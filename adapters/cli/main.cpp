#include <malloc.h>

#include <csignal>
#include <exception>
#include <string>
#include <string_view>

#include <dsc/error.hpp>

#include "blas_kernels.hpp"
#include "command_line.hpp"
#include "console.hpp"
#include "interrupt.hpp"

namespace {

constexpr int exit_code_of_bad_input = 2;

// What a foreign library threw may go on for pages; its first line says what happened.
std::string first_line_of(std::exception const& failure) {
  std::string_view const what = failure.what();
  return std::string{what.substr(0, what.find('\n'))};
}

// Page faults of freshly mapped memory are most of the noise in the time of a layer; the freed memory is kept instead.
void keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

}  // namespace

int main(int argc, char** argv) {
  dsc::cli::restart_with_fast_blas(argv);
  keep_freed_memory();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file too large is an error like a full disk
  dsc::cli::end_on_interrupt();
  try {
    dsc::cli::run_command_line(argc, argv);
    dsc::cli::finish_saying();
    return 0;
  } catch (dsc::cli::reader_gone) {
    return 0;
  } catch (dsc::error const& failure) {
    dsc::cli::complain(dsc::cli::sentence_of(failure));
  } catch (std::exception const& failure) {
    dsc::cli::complain(first_line_of(failure));
  }
  return exit_code_of_bad_input;
}
