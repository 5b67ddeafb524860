#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <dsc/oip/server.hpp>

#include "server/counters.hpp"
#include "server/infer_call.hpp"

namespace dsc::oip {

/// A request that has passed every check.
struct tail_job {
  std::shared_ptr<infer_call> call;
  std::size_t model = 0;  ///< its place in the deployment
  batch_size batch;
  std::vector<wire_tensor> tensors;
  std::string id;
  bytes size;  ///< of the whole request
  time_point arrival{};
};

/// Runs tails, some at once, in the order in which requests come; keeps only so many of them, and
/// none that nobody waits for.
class tail_queue final : public call_observer {
 public:
  /// What is referred to must outlive it.
  tail_queue(deployment const& served, tail_runner runner, server_options const& options, counters& counts);
  /// Ends it.
  ~tail_queue() override;
  tail_queue(tail_queue const&) = delete;
  tail_queue& operator=(tail_queue const&) = delete;

  /// Why no further request can be taken now; OK where one can.
  grpc::Status refusal(bytes size) const;
  /// Takes a request, or refuses it. It is answered in either case.
  void push(tail_job job);
  void on_gone(infer_call const& call) override;
  std::size_t length() const;

  /// Refuses all further requests.
  void close();
  bool is_closed() const;
  /// Waits until nothing is left to run, at most until a moment.
  void wait_until_idle(time_point until);
  /// Tells all whose answers are not there yet that there will be none, and runs nothing any more.
  void refuse_rest();
  /// The same, and returns when the layers that run now have ended.
  void end();

 private:
  grpc::Status refusal_locked(bytes size) const;
  void work();
  void run(tail_job const& job);
  void drop(tail_job const& job);
  void answer(tail_job const& job, std::vector<wire_tensor> const& tensors, seconds queue, seconds execution);
  void refuse(tail_job const& job, outcome what, grpc::Status const& status);

  deployment const& served_;
  tail_runner runner_;
  std::size_t longest_;
  bytes largest_;
  counters& counts_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<tail_job> waiting_;
  std::vector<tail_job const*> running_;
  bytes waiting_bytes_;
  bool closed_ = false, ending_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace dsc::oip
