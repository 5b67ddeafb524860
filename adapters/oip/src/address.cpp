#include "address.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <dsc/oip/error.hpp>
#include <dsc/oip/server.hpp>

namespace dsc::oip {
namespace {

[[noreturn]] void refuse(std::string const& address, std::string const& why) {
  throw error{oip_errc::bad_address, "'" + address + "' " + why};
}

bool is_port(std::string_view text) {
  auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit) &&
         std::stoi(std::string{text}) <= 65535;
}

using resolved = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

resolved resolve(host_and_port const& at) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int const failure = getaddrinfo(at.host.c_str(), at.port.c_str(), &hints, &list); failure != 0)
    refuse(at.text(), "is no address of this network: " + std::string{gai_strerror(failure)});
  return {list, &freeaddrinfo};
}

bool is_loopback(sockaddr const* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in ip{};
    std::memcpy(&ip, address, sizeof ip);
    return (ntohl(ip.sin_addr.s_addr) >> 24U) == 127;
  }
  sockaddr_in6 ip{};
  if (address->sa_family != AF_INET6) return false;
  std::memcpy(&ip, address, sizeof ip);
  return IN6_IS_ADDR_LOOPBACK(&ip.sin6_addr) != 0;
}

// Why nobody can listen there; 0 where one can.
int failure_to_bind(addrinfo const& where) {
  int const socket_number = socket(where.ai_family, where.ai_socktype | SOCK_CLOEXEC, where.ai_protocol);
  if (socket_number < 0) return errno;
  int const yes = 1;
  setsockopt(socket_number, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int const failure = bind(socket_number, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  close(socket_number);
  return failure;
}

}  // namespace

std::string host_and_port::text() const {
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

host_and_port host_and_port_in(std::string const& address) {
  std::size_t const colon = address.rfind(':');
  std::string const advice = "is no address; give HOST:PORT, as 127.0.0.1:8001 or [::1]:8001";
  if (colon == std::string::npos || !is_port(std::string_view{address}.substr(colon + 1))) refuse(address, advice);
  std::string host = address.substr(0, colon);
  bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  bool const is_plain = host.find_first_of("[]/ ,") == std::string::npos;
  if (host.empty() || !is_plain || bracketed != (host.find(':') != std::string::npos)) refuse(address, advice);
  return {std::move(host), address.substr(colon + 1)};
}

void check_can_listen(host_and_port const& at) {
  resolved const list = resolve(at);
  int failure = 0;
  for (addrinfo const* each = list.get(); each != nullptr; each = each->ai_next) {
    failure = failure_to_bind(*each);
    if (failure == 0) return;
  }
  std::string const why = failure == EADDRINUSE      ? "somebody listens there already; take another port, or 0 for any"
                          : failure == EADDRNOTAVAIL ? "no network card of this machine has this address"
                          : failure == EACCES        ? "this port needs root; take one from 1024 on"
                                                     : std::strerror(failure);
  refuse(at.text(), "cannot be listened on: " + why);
}

bool is_loopback(std::string const& address) {
  resolved const list = resolve(host_and_port_in(address));
  for (addrinfo const* each = list.get(); each != nullptr; each = each->ai_next)
    if (!is_loopback(each->ai_addr)) return false;
  return true;
}

}  // namespace dsc::oip
