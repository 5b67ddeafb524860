#include "client/socket.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <utility>

#include <grpc/support/sync.h>

// gRPC takes a "socket mutator" that sees each socket before it is connected, but installs no
// header of it. This is its layout since gRPC 1.35; libgrpc exports the functions.
struct grpc_socket_mutator_vtable {
  bool (*mutate_fd)(int file, grpc_socket_mutator* mutator);
  int (*compare)(grpc_socket_mutator* a, grpc_socket_mutator* b);
  void (*destroy)(grpc_socket_mutator* mutator);
  bool (*mutate_fd_2)(void const* info, grpc_socket_mutator* mutator);
};
struct grpc_socket_mutator {
  grpc_socket_mutator_vtable const* vtable;
  gpr_refcount refcount;
};
void grpc_socket_mutator_init(grpc_socket_mutator* mutator, grpc_socket_mutator_vtable const* vtable);

namespace dsc::oip {
namespace {

struct socket_watcher : grpc_socket_mutator {
  std::shared_ptr<connection_socket> socket;
};

constexpr grpc_socket_mutator_vtable watching{
    [](int file, grpc_socket_mutator* mutator) { return static_cast<socket_watcher*>(mutator)->socket->add(file); },
    [](grpc_socket_mutator* a, grpc_socket_mutator* b) { return std::less<>{}(a, b) ? -1
                                                                : a == b            ? 0
                                                                                    : 1; },
    [](grpc_socket_mutator* mutator) { delete static_cast<socket_watcher*>(mutator); }, nullptr};

}  // namespace

connection_socket::~connection_socket() { close(false); }

void connection_socket::watch(std::shared_ptr<connection_socket> const& self, grpc::ChannelArguments& arguments) {
  auto watcher = std::make_unique<socket_watcher>();
  watcher->socket = self;
  grpc_socket_mutator_init(watcher.get(), &watching);
  arguments.SetSocketMutator(watcher.release());  // which owns it from now on
}

bool connection_socket::add(int file) {
  if (sealed_) return false;
  std::lock_guard const lock{mutex_};
  if (file_ >= 0) ::close(file_);  // of an address that was tried before this one
  file_ = ::fcntl(file, F_DUPFD_CLOEXEC, 0);
  return true;
}

std::optional<tcp_progress> connection_socket::progress() const {
  std::lock_guard const lock{mutex_};
  if (file_ < 0) return std::nullopt;
  tcp_info info{};
  socklen_t size = sizeof info;
  int outstanding = 0;
  if (getsockopt(file_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || ioctl(file_, SIOCOUTQ, &outstanding) != 0)
    return std::nullopt;
  constexpr int established = 1;  // TCP_ESTABLISHED, which only the other header of TCP names
  return tcp_progress{info.tcpi_bytes_acked, static_cast<std::uint64_t>(outstanding), info.tcpi_bytes_received,
                      info.tcpi_state == established};
}

void connection_socket::close(bool abort) {
  sealed_ = true;
  std::lock_guard const lock{mutex_};
  if (file_ < 0) return;
  if (abort) {
    // Disconnecting drops the bytes that wait in the socket, which closing it would still send.
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    if (::connect(file_, &nowhere, sizeof nowhere) != 0) ::shutdown(file_, SHUT_RDWR);
  }
  ::close(std::exchange(file_, -1));
}

}  // namespace dsc::oip
