#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

namespace dsc::oip {

class infer_call;

/// Hears of calls whose client has gone.
class call_observer {
 public:
  virtual ~call_observer() = default;
  virtual void on_gone(infer_call const& call) = 0;
};

/// A call of ModelInfer under way, from gRPC's hands to its answer, which is given once. It lives
/// until gRPC is done with it and nobody else holds it.
class infer_call final : public grpc::ServerUnaryReactor {
 public:
  /// The observer and what is referred to live until the answer has been given.
  static std::shared_ptr<infer_call> begin(grpc::CallbackServerContext& context, grpc::ByteBuffer& answer,
                                           call_observer& observer);

  /// Whether nobody waits for the answer any more: its client has gone or its deadline has passed.
  bool is_gone() const { return gone_; }
  bool is_late() const { return std::chrono::system_clock::now() >= deadline_; }

  /// Whoever gets `true`, one of all that ask, must `finish`.
  bool claim() { return !claimed_.exchange(true); }
  void finish(grpc::Status const& status) { Finish(status); }
  void finish(grpc::ByteBuffer answer);

 private:
  infer_call(grpc::CallbackServerContext const& context, grpc::ByteBuffer& answer, call_observer& observer);
  void OnCancel() override;
  void OnDone() override;

  std::chrono::system_clock::time_point deadline_;
  grpc::ByteBuffer* answer_;
  call_observer* observer_;
  std::atomic<bool> gone_{false}, claimed_{false};
  std::shared_ptr<infer_call> self_;
};

}  // namespace dsc::oip
