#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace dsc::oip::test {

/// A link to a server on loopback, as slow as is wished; it may stop, and it knows when the client
/// has thrown away a connection.
class tcp_relay {
 public:
  explicit tcp_relay(int to_port) : to_port_{to_port} {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const small = 16 * 1024;  // also of the sockets that it accepts
    ::setsockopt(listening_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in place = loopback(0);
    socklen_t size = sizeof place;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(listening_, 8) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&place), &size) != 0)
      throw std::runtime_error{"the relay cannot listen"};
    port_ = ntohs(place.sin_port);
    accepting_ = std::thread{[this] { accept_all(); }};
  }
  ~tcp_relay() {
    ending_ = true;
    accepting_.join();
    for (std::thread& thread : links_) thread.join();
    ::close(listening_);
  }
  tcp_relay(tcp_relay const&) = delete;
  tcp_relay& operator=(tcp_relay const&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  std::atomic<bool> stopped = false;            // nothing passes
  std::atomic<double> bytes_per_second = 1e12;  // upwards
  std::atomic<int> connections = 0, ended = 0;
  std::atomic<std::size_t> carried = 0;  // upwards

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return place;
  }

  void accept_all() {
    while (!ending_) {
      pollfd waiting{listening_, POLLIN, 0};
      if (::poll(&waiting, 1, 10) <= 0 || stopped) continue;
      int const client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      ++connections;
      links_.emplace_back([this, client] { carry(client); });
    }
  }

  void carry(int client) {
    int const server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in const place = loopback(to_port_);
    bool open = ::connect(server, reinterpret_cast<sockaddr const*>(&place), sizeof place) == 0;
    while (open && !ending_) {
      if (stopped) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        pollfd gone{client, 0, 0};
        if (::poll(&gone, 1, 0) > 0 && (gone.revents & (POLLHUP | POLLERR)) != 0) break;
        continue;
      }
      pollfd both[2]{{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(both, 2, 10) <= 0) continue;
      if (both[0].revents != 0) open = pass(client, server, true);
      if (open && both[1].revents != 0) open = pass(server, client, false);
    }
    ++ended;
    ::close(client);
    ::close(server);
  }

  bool pass(int from, int to, bool upwards) {
    char piece[8 * 1024];
    ssize_t const size = ::recv(from, piece, sizeof piece, 0);
    if (size <= 0) return false;
    if (upwards) {
      carried += static_cast<std::size_t>(size);
      std::this_thread::sleep_for(std::chrono::duration<double>{static_cast<double>(size) / bytes_per_second});
    }
    return ::send(to, piece, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
  }

  int to_port_, port_ = 0, listening_ = -1;
  std::atomic<bool> ending_ = false;
  std::thread accepting_;
  std::vector<std::thread> links_;  // of the accepting thread alone, until it has ended
};

}  // namespace dsc::oip::test
