#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

extern char** environ;

namespace dsc::oip::test {

/// The program peer.cpp, running.
class peer_process {
 public:
  explicit peer_process(int port = 0, std::string weights = "abcd") {
    int to[2], from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    std::string program = DSC_OIP_PEER, place = std::to_string(port);
    char* arguments[]{program.data(), place.data(), weights.data(), nullptr};
    int const failed = posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    if (failed != 0) throw std::runtime_error{"the peer cannot be started"};
    std::FILE* const output = ::fdopen(from[0], "r");
    if (std::fscanf(output, "%d", &port_) != 1 || port_ == 0) throw std::runtime_error{"the peer does not serve"};
    std::fclose(output);
  }
  ~peer_process() { end(); }
  peer_process(peer_process const&) = delete;
  peer_process& operator=(peer_process const&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void stop() const {
    ::kill(process_, SIGSTOP);
    ::waitpid(process_, nullptr, WUNTRACED);  // its threads go on for a moment
  }
  void go_on() const { ::kill(process_, SIGCONT); }
  void end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(std::exchange(process_, -1), nullptr, 0);
    ::close(input_);
  }

 private:
  pid_t process_ = -1;
  int input_ = -1, port_ = 0;
};

}  // namespace dsc::oip::test
