#include "device/aten.hpp"

#include "torchscript/first_reading.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include <ATen/Parallel.h>

#include <dsc/error.hpp>

namespace dsc::libtorch::detail {
namespace {

using clock = std::chrono::steady_clock;

/// How long a child that computes nothing, and so uses up no processor time, is waited for.
constexpr double most_waiting = 4.0;  // times its processor time

class file_end {
 public:
  explicit file_end(int number) : number_{number} {}
  file_end(file_end const&) = delete;
  file_end& operator=(file_end const&) = delete;
  ~file_end() { close(number_); }
  int number() const { return number_; }

 private:
  int number_;
};

// Address space that this process has now, in bytes.
std::uint64_t memory_now() {
  std::uint64_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void limit(decltype(RLIMIT_AS) resource, std::uint64_t most) {
  rlimit now{};
  getrlimit(resource, &now);
  now.rlim_cur = std::min<rlim_t>(most, now.rlim_max);
  setrlimit(resource, &now);
}

void be_a_child(reading_limits const& limits, std::uint64_t memory_before) {
  for (int const number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGHUP, SIGXCPU})
    std::signal(number, SIG_DFL);  // the parent's handlers are not for here
  int const nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int const shown : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, shown);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.time.count())));
  if (memory_before > 0) limit(RLIMIT_AS, memory_before + limits.memory.count);
  at::set_num_threads(1);  // the parent's threads are not here
}

// What the child says of itself: nothing where all is well, else the error's number and sentence.
std::string words_of(std::function<void()> const& action) {
  try {
    action();
    return "0 ";
  } catch (error const& refusal) {
    std::string const sentence = refusal.what();
    return std::to_string(refusal.code().number()) + " " + sentence.substr(sentence.find(": ") + 2);
  } catch (std::bad_alloc const&) {
    return "m ";
  } catch (...) {
    return "c ";
  }
}

[[noreturn]] void run_child(int to, reading_limits const& limits, std::uint64_t memory_before,
                            std::function<void()> const& action) {
  be_a_child(limits, memory_before);
  std::string const words = words_of(action);
  for (std::size_t sent = 0; sent < words.size();) {
    ssize_t const count = write(to, words.data() + sent, words.size() - sent);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  _exit(0);
}

// Everything that comes until the child ends or the time is over; whether it ended.
std::pair<std::string, bool> heard(int from, clock::time_point until) {
  std::string words;
  for (;;) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd place{.fd = from, .events = POLLIN, .revents = 0};
    int const ready = poll(&place, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return {words, false};
    char buffer[4096];
    ssize_t const count = read(from, buffer, sizeof buffer);
    if (count <= 0) return {words, true};
    words.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string spelt(double x) {
  std::string text = std::to_string(x);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

void in_child(std::filesystem::path const& file, reading_limits const& limits, std::function<void()> const& action) {
  auto const refuse = [&](std::string const& reason) {
    throw error{errc::bad_file, "cannot take '" + file.string() + "': its first reading, in a process of its own, " +
                                    reason + "; where you trust it, take it without limits, as --trust does"};
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw error{errc::backend_failed, std::string{"cannot start a process: "} + std::strerror(errno)};
  file_end const from{ends[0]};
  std::uint64_t const memory_before = memory_now();
  pid_t child = -1;
  {
    file_end const to{ends[1]};
    child = fork();
    if (child == 0) run_child(to.number(), limits, memory_before, action);
  }
  if (child < 0) throw error{errc::backend_failed, std::string{"cannot start a process: "} + std::strerror(errno)};
  auto const until = clock::now() + std::chrono::duration_cast<clock::duration>(
                                        std::chrono::duration<double>{1.0 + most_waiting * limits.time.count()});
  auto const [words, ended] = heard(from.number(), until);
  if (!ended) kill(child, SIGKILL);
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  bool const is_late = !ended || (WIFSIGNALED(state) && WTERMSIG(state) == SIGXCPU);
  if (is_late) refuse("took more than " + spelt(limits.time.count()) + " s");
  if (words.starts_with('m'))
    refuse("wanted more than " + spelt(static_cast<double>(limits.memory.count) / 1e9) + " GB of memory");
  if (WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL) refuse("was killed, as where the machine is out of memory");
  if (WIFSIGNALED(state)) refuse(std::string{"crashed ("} + strsignal(WTERMSIG(state)) + ")");
  if (words.empty() || words.starts_with('c')) refuse("failed");
  if (int const code = std::stoi(words); code != 0) throw error{error_code{code}, words.substr(words.find(' ') + 1)};
}

}  // namespace dsc::libtorch::detail
