#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <dsc/oip/client.hpp>

#include "client/connection.hpp"
#include "client/exchange.hpp"
#include "client/failure.hpp"
#include "client/load_statistics.hpp"

namespace dsc::oip {

/// One server of a client: its connection, its circuit breaker, and the thread that keeps watch
/// over both. That thread alone lets go of connections, as gRPC's own threads must not.
class remote_server {
 public:
  remote_server(endpoint to, std::shared_ptr<deployment const> served, client_options const& options);
  remote_server(remote_server const&) = delete;
  remote_server& operator=(remote_server const&) = delete;
  ~remote_server();

  void submit(std::shared_ptr<exchange> const& asked);

  /// Waits until the server has been checked, fits or not; the outcome is in `state` and `fault`.
  void wait_until_checked(time_point until);
  std::optional<failure> fault() const;
  server_state state() const;

 private:
  /// What has to be done without the mutex.
  struct errands {
    std::vector<std::shared_ptr<call>> calls_to_cancel;
    std::vector<std::shared_ptr<exchange>> to_start;
    std::vector<std::shared_ptr<connection>> to_release;
  };

  void keep_watch();
  time_point look(time_point now, errands& after);
  void look_at_exchanges(time_point now, errands& after);
  void look_at_connection(time_point now, errands& after);
  bool is_dead(tcp_progress const& progress, time_point now);
  void ping_if_due(time_point now);
  void ask_for_statistics(time_point now);
  time_point next_look(time_point now) const;

  void attempt(time_point now);
  void attempted(connection const* through, std::optional<failure> const& misfit);
  void attempt_failed(failure const& reason, time_point now, errands& after);

  void start(std::shared_ptr<exchange> const& asked);
  void completed(std::shared_ptr<exchange> const& asked, grpc::Status const& status, grpc::ByteBuffer const& message);
  std::variant<reply, failure> outcome(exchange const& asked, grpc::Status const& status,
                                       grpc::ByteBuffer const& message) const;
  void add_load(reply& answer, served_tail const* tail, time_point now);
  void abandon(exchange& asked, errands& after);

  void note_failure(failure const& reason, time_point now, errands& after);
  void open_breaker(time_point now, errands& after);
  void drop(std::shared_ptr<connection>& ended, std::string const& reason, errands& after);
  void fail_waiting(failure const& reason);
  std::string open_breaker_sentence() const;
  void run(errands& after);

  endpoint const to_;
  std::shared_ptr<deployment const> const served_;
  client_options const options_;
  std::shared_ptr<alarm> const alarm_ = std::make_shared<alarm>();

  mutable std::mutex mutex_;
  std::condition_variable checked_;
  bool stopping_ = false;
  std::shared_ptr<connection> candidate_, current_;  // being checked; in use
  std::vector<std::shared_ptr<call>> check_calls_;
  std::vector<std::shared_ptr<connection>> retired_;  // until gRPC has let go of their calls
  std::vector<std::shared_ptr<exchange>> waiting_, under_way_;
  bool warm_ = false;  // the connection has carried a request

  bool broken_ = false;
  std::size_t failures_ = 0;
  std::string last_failure_;
  std::optional<failure> fault_;  // for which requests fail until a check succeeds
  seconds pause_;
  time_point attempt_started_{}, next_attempt_{};

  std::shared_ptr<call> ping_;
  bool suspect_ = false;  // a request was given up since the last sign of life
  time_point ping_started_{}, alive_{}, moved_{};
  std::uint64_t acknowledged_ = 0, received_ = 0;
  time_point next_look_{};

  load_statistics statistics_;
  std::string model_without_times_;  // that was answered last without telling its load

  std::thread keeper_;
};

}  // namespace dsc::oip
