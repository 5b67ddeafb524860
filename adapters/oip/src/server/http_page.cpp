#include "server/http_page.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <dsc/oip/error.hpp>

namespace dsc::oip {
namespace {

int listening_at(host_and_port const& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  int listener = -1;
  if (getaddrinfo(at.host.c_str(), at.port.c_str(), &hints, &list) == 0) {
    for (addrinfo const* each = list; each != nullptr && listener < 0; each = each->ai_next) {
      listener = socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
      int const yes = 1;
      setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      bool const listens =
          listener >= 0 && bind(listener, each->ai_addr, each->ai_addrlen) == 0 && listen(listener, 16) == 0;
      if (!listens && listener >= 0) close(std::exchange(listener, -1));
    }
    freeaddrinfo(list);
  }
  if (listener < 0)
    throw error{oip_errc::bad_address,
                "metrics cannot be exported at '" + at.text() + "': " + std::string{std::strerror(errno)}};
  return listener;
}

std::string port_of(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  char port[NI_MAXSERV] = "";
  getnameinfo(reinterpret_cast<sockaddr const*>(&address), size, nullptr, 0, port, sizeof port, NI_NUMERICSERV);
  return port;
}

// The request's first lines, as far as they come within a second.
std::string request_from(int connection) {
  constexpr std::size_t longest = 8192;
  std::string text;
  char buffer[1024];
  while (text.size() < longest && text.find("\r\n\r\n") == std::string::npos) {
    ssize_t const count = recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    ssize_t const count = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

http_page::http_page(host_and_port const& at, std::string path, std::function<std::string()> text)
    : at_{at}, path_{std::move(path)}, text_{std::move(text)}, listener_{listening_at(at)} {
  at_.port = port_of(listener_);
  thread_ = std::thread{[this] { serve(); }};
}

http_page::~http_page() {
  ending_ = true;
  thread_.join();
  close(listener_);
}

void http_page::serve() {
  constexpr int look_every_ms = 50;
  while (!ending_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, look_every_ms) <= 0) continue;
    int const connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    close(connection);
  }
}

void http_page::answer(int connection) const {
  timeval const second{1, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  std::string const request = request_from(connection);
  bool const is_known = request.starts_with("GET " + path_ + " ") || request.starts_with("GET " + path_ + "?");
  std::string const text = is_known ? text_() : "not here; read " + path_ + "\n";
  send_all(connection, std::string{is_known ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found"} +
                           "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: " +
                           std::to_string(text.size()) + "\r\nConnection: close\r\n\r\n" + text);
}

}  // namespace dsc::oip
