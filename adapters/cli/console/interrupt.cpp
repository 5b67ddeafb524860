#include "console/interrupt.hpp"

#include <unistd.h>
#include <csignal>

#include <atomic>

namespace dsc::cli {
namespace {

std::atomic<bool> writing{false};
std::atomic<int> asked_to_end{0};  // by which signal

// Nothing but what a signal handler may call. A progress bar may stand on the terminal's current
// line.
[[noreturn]] void end_now(int signal) {
  if (isatty(STDERR_FILENO) != 0) [[maybe_unused]]
    auto const written = write(STDERR_FILENO, "\n", 1);
  _exit(128 + signal);  // as shells count
}

void on_signal(int signal) {
  asked_to_end = signal;
  if (!writing) end_now(signal);
}

}  // namespace

void end_on_interrupt() {
  for (int const signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, on_signal) == SIG_IGN) std::signal(signal, SIG_IGN);  // as under nohup
}

uninterrupted::uninterrupted() {
  writing = true;
  if (int const signal = asked_to_end) end_now(signal);
}

bool uninterrupted::is_over() const { return asked_to_end != 0; }

uninterrupted::~uninterrupted() {
  writing = false;
  if (int const signal = asked_to_end) end_now(signal);
}

}  // namespace dsc::cli
