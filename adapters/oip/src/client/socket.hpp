#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include <grpcpp/support/channel_arguments.h>

namespace dsc::oip {

/// How far TCP is with a connection's bytes.
struct tcp_progress {
  std::uint64_t acknowledged = 0;  ///< of all that were written, as far as the other side has said
  std::uint64_t outstanding = 0;   ///< written and not acknowledged
  std::uint64_t received = 0;
  bool open = false;  ///< neither side has closed it
};

/// The socket under a gRPC channel, which gRPC keeps to itself: looked at, and closed at once where
/// gRPC would wait for its bytes to be written. Threads may share it.
class connection_socket {
 public:
  connection_socket() = default;
  connection_socket(connection_socket const&) = delete;
  connection_socket& operator=(connection_socket const&) = delete;
  ~connection_socket();

  /// Lets a channel made with these arguments tell its sockets to `self`.
  static void watch(std::shared_ptr<connection_socket> const& self, grpc::ChannelArguments& arguments);

  /// A socket that gRPC is about to connect. False, and gRPC gives it up, where the connection is
  /// there already or has ended: a channel has one connection in its life.
  bool add(int file);
  void seal() { sealed_ = true; }

  /// Nothing where there is no socket, as before connecting.
  std::optional<tcp_progress> progress() const;

  /// Lets go of the socket. `abort` throws away what it has not sent, so that the link is free.
  void close(bool abort);

 private:
  mutable std::mutex mutex_;
  int file_ = -1;  // a duplicate of gRPC's
  std::atomic<bool> sealed_ = false;
};

}  // namespace dsc::oip
