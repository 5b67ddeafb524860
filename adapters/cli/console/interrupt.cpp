#include "console/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include <dsc/error.hpp>

namespace dsc::cli {
namespace {

std::atomic<bool> writing{false};
std::atomic<int> awaiting{-1};     // where the first interrupt is told; -1: nobody waits
std::atomic<int> asked_to_end{0};  // by which signal

// Nothing but what a signal handler may call. A progress bar may stand on the terminal's current
// line.
[[noreturn]] void end_now(int signal) {
  if (isatty(STDERR_FILENO) != 0) [[maybe_unused]]
    auto const written = write(STDERR_FILENO, "\n", 1);
  _exit(128 + signal);  // as shells count
}

void on_signal(int signal) {
  bool const is_first = asked_to_end.exchange(signal) == 0;
  if (int const told = awaiting; is_first && told >= 0) {
    [[maybe_unused]] auto const written = write(told, "", 1);
    return;
  }
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

awaited_interrupt::awaited_interrupt() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw error{errc::cannot_read, std::string{"no pipe can be made to wait for signals: "} + std::strerror(errno)};
  told_ = ends[0];
  awaiting = ends[1];
}

awaited_interrupt::~awaited_interrupt() {
  close(awaiting.exchange(-1));
  close(told_);
}

void awaited_interrupt::wait() {
  char byte = 0;
  while (read(told_, &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace dsc::cli
