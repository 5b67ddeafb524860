#include "console/interrupt.hpp"

#include <unistd.h>
#include <csignal>

#include <atomic>

namespace dsc::cli {
namespace {

constexpr int exit_code_of_interrupt = 130;

std::atomic<bool> writing{false};
std::atomic<bool> asked_to_end{false};

// Nothing but what a signal handler may call. A progress bar may stand on the terminal's current
// line.
[[noreturn]] void end_now() {
  if (isatty(STDERR_FILENO) != 0) [[maybe_unused]]
    auto const written = write(STDERR_FILENO, "\n", 1);
  _exit(exit_code_of_interrupt);
}

void on_interrupt(int) {
  asked_to_end = true;
  if (!writing) end_now();
}

}  // namespace

void end_on_interrupt() { std::signal(SIGINT, on_interrupt); }

uninterrupted::uninterrupted() {
  writing = true;
  if (asked_to_end) end_now();
}

uninterrupted::~uninterrupted() {
  writing = false;
  if (asked_to_end) end_now();
}

}  // namespace dsc::cli
