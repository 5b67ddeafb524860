#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <google/protobuf/message_lite.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <dsc/clock.hpp>
#include <dsc/oip/tls.hpp>

#include "client/socket.hpp"

namespace dsc::oip {

/// Whom to connect to, and how: read once, used for each connection.
struct endpoint {
  /// Throws `bad_address` where `address` is no "host:port", and `bad_certificate` where a file
  /// cannot be read or is no PEM.
  endpoint(std::string const& address, tls_files const& tls, std::string const& server_name);

  std::string address;
  std::string server_name;
  bool secure;
  bool shows_certificate;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

/// A call under way. Whoever holds it may cancel it, from any thread.
class call {
 public:
  using completion = std::function<void(grpc::Status const&, grpc::ByteBuffer const&)>;

  call(std::atomic<int>& calls, grpc::ByteBuffer message, completion done)
      : count_{calls}, request_{std::move(message)}, done_{std::move(done)} {}

  void cancel() { context_.TryCancel(); }

 private:
  friend class connection;

  struct counted {
    explicit counted(std::atomic<int>& calls) : count{calls} { ++count; }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;
    ~counted() { --count; }
    std::atomic<int>& count;
  };

  counted count_;  // first of all, as it must outlive the context
  grpc::ClientContext context_;
  grpc::ByteBuffer request_, response_;
  completion done_;
};

/// One TCP connection to a server for its whole life: once it has ended, no call on it ever reaches
/// a server again. It must outlive its calls, and not end on a thread of gRPC.
class connection {
 public:
  explicit connection(endpoint const& to);

  /// Begins a call of a method of the protocol, as "ModelInfer"; `done` is called by a thread of
  /// gRPC. Nothing after `until` counts.
  std::shared_ptr<call> start(char const* method, grpc::ByteBuffer message, time_point until, call::completion done);

  /// From now on this is the connection, and no other is made.
  void seal() { socket_->seal(); }
  /// Ends it: all calls fail soon. `abort` throws away what has not been sent.
  void close(bool abort) { socket_->close(abort); }
  /// Whether gRPC has let go of all its calls.
  bool idle() const { return calls_ == 0; }
  /// Whether anything has ever come from the server.
  bool heard() const {
    auto const progress = socket_->progress();
    return progress && progress->received > 0;
  }
  std::shared_ptr<connection_socket> const& socket() const { return socket_; }

 private:
  std::shared_ptr<connection_socket> socket_ = std::make_shared<connection_socket>();
  std::atomic<int> calls_ = 0;
  grpc::GenericStub stub_;
};

/// Messages of protobuf, as bytes and back.
grpc::ByteBuffer bytes_of(google::protobuf::MessageLite const& message);
bool parse(grpc::ByteBuffer const& from, google::protobuf::MessageLite& message);

}  // namespace dsc::oip
