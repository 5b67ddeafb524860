#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/support/byte_buffer.h>

#include <dsc/run/deployment.hpp>
#include <dsc/run/pending.hpp>

#include "client/connection.hpp"

namespace dsc::oip {

/// What wakes the thread that keeps watch over a server.
class alarm {
 public:
  void ring() {
    std::lock_guard const lock{mutex_};
    rung_ = true;
    changed_.notify_one();
  }

  /// Waits until it rings, or until a moment.
  void wait_until(time_point until) {
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, until, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

/// A request or probe on its way, shared by who waits for it and the server's keeper. The public
/// members are guarded by the keeper's mutex.
class exchange {
 public:
  exchange(grpc::ByteBuffer content, bytes amount, time_point until)
      : message{std::move(content)}, size{amount}, deadline{until} {}

  reply_promise promise;
  grpc::ByteBuffer message;           // until it is sent
  served_tail const* tail = nullptr;  // null: a probe
  batch_size batch;
  bytes size;
  time_point deadline;
  std::shared_ptr<alarm> keeper;

  std::shared_ptr<call> under_way;
  std::shared_ptr<connection> on;
  time_point sent{};
  bool cold = false;
  bool abandoned = false;  // its outcome is settled, gRPC has not let go of it

  /// It is written from the socket's present place on. `alone`: nothing else is.
  void begin_confirming(std::shared_ptr<connection_socket> const& socket, bool alone) {
    std::lock_guard const lock{mutex_};
    socket_ = alone ? socket : nullptr;
    if (auto const now = alone ? socket->progress() : std::nullopt)
      start_ = now->acknowledged + now->outstanding;
    else
      socket_ = nullptr;
  }
  /// Another one shares the connection: nobody knows any more whose bytes were confirmed.
  void share() {
    std::lock_guard const lock{mutex_};
    if (!answered_) socket_ = nullptr, confirmed_ = bytes{};
  }
  /// What is confirmed stays as it is.
  void end_confirming(bool answered) {
    std::lock_guard const lock{mutex_};
    if (answered_) return;
    answered_ = answered;
    confirmed_ = answered ? size : measured();
    socket_ = nullptr;
  }
  bytes confirmed() const {
    std::lock_guard const lock{mutex_};
    return measured();
  }

 private:
  bytes measured() const {
    auto const now = socket_ ? socket_->progress() : std::nullopt;
    if (!now || now->acknowledged < start_) return confirmed_;
    std::uint64_t const passed = now->acknowledged - start_;
    return bytes{passed < size.count ? passed : size.count};
  }

  mutable std::mutex mutex_;
  std::shared_ptr<connection_socket> socket_;
  std::uint64_t start_ = 0;
  bytes confirmed_;
  bool answered_ = false;
};

}  // namespace dsc::oip
