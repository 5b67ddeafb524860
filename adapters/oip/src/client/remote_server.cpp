#include "client/remote_server.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/server_check.hpp"
#include "wire/messages.hpp"

namespace dsc::oip {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds busy_look{50}, idle_look{250};
constexpr milliseconds ping_age{100};           // of a request after which the server is asked whether it lives
constexpr milliseconds ping_pause{250};         // between two such questions
constexpr milliseconds shortest_gap{50};        // between the starts of two attempts to connect
constexpr milliseconds time_to_let_go{100};     // gRPC has for a call that was cancelled
constexpr std::uint64_t few_bytes = 64 * 1024;  // not worth a new connection

// Moves what fulfils a condition to the end of another list.
template <class T, class Condition>
void move_if(std::vector<T>& from, std::vector<T>& to, Condition const& condition) {
  std::vector<T> kept;
  for (T& x : from) (condition(x) ? to : kept).push_back(std::move(x));
  from = std::move(kept);
}

std::string seconds_text(seconds time) {
  std::string text = std::to_string(time.count());
  return text.substr(0, text.find('.') + 3) + " s";
}

}  // namespace

remote_server::remote_server(endpoint to, std::shared_ptr<deployment const> served, client_options const& options)
    : to_{std::move(to)}, served_{std::move(served)}, options_{options}, pause_{options.breaker_pause}, keeper_{[this] {
        keep_watch();
      }} {}

remote_server::~remote_server() {
  errands after;
  {
    std::lock_guard const lock{mutex_};
    stopping_ = true;
    fail_waiting({errc::transport_failed, "the client was closed"});
    drop(candidate_, "the client was closed", after);
    drop(current_, "the client was closed", after);
  }
  run(after);
  alarm_->ring();
  keeper_.join();
}

void remote_server::submit(std::shared_ptr<exchange> const& asked) {
  asked->keeper = alarm_;
  bool const is_probe = asked->tail == nullptr;
  bool is_sent = false, is_watched = true;
  std::optional<failure> refusal;
  errands after;
  {
    std::lock_guard const lock{mutex_};
    time_point const now = run_clock::now();
    look_at_exchanges(now, after);  // what nobody waits for any more must not keep the link
    if (now >= asked->deadline) {
      refusal = failure{errc::deadline_missed, "the request was submitted after its deadline"};
    } else if (fault_) {
      refusal = fault_;
    } else if (broken_ && !is_probe) {
      refusal = failure{errc::transport_failed, open_breaker_sentence()};
    } else if (current_) {
      is_sent = true;
      is_watched = next_look_ <= asked->deadline && next_look_ <= now + busy_look;
      asked->on = current_;
      under_way_.push_back(asked);
    } else {
      is_watched = false;
      waiting_.push_back(asked);
      if (is_probe)
        next_attempt_ =
            std::min(next_attempt_, std::max(now, deadline_after(attempt_started_, options_.breaker_pause)));
    }
  }
  run(after);
  if (refusal) {
    asked->message.Clear();
    return asked->promise.fail(refusal->code, refusal->sentence);
  }
  if (is_sent) start(asked);
  if (!is_watched) alarm_->ring();
}

std::string remote_server::open_breaker_sentence() const {
  return "the circuit breaker to the server " + to_.address + " is open, as it failed: " + last_failure_;
}

void remote_server::start(std::shared_ptr<exchange> const& asked) {
  std::shared_ptr<connection> on;
  grpc::ByteBuffer content;
  {
    std::lock_guard const lock{mutex_};
    if (asked->abandoned) {
      std::erase(under_way_, asked);
      asked->on.reset();
      return;
    }
    on = asked->on;
    content = asked->message;
    asked->message.Clear();
    asked->sent = run_clock::now();
    asked->cold = !std::exchange(warm_, true);
    bool const alone = under_way_.size() == 1;
    if (!alone)
      for (auto const& other : under_way_) other->share();
    asked->begin_confirming(on->socket(), alone);
  }
  auto const begun =
      on->start(asked->tail == nullptr ? "ModelReady" : "ModelInfer", std::move(content), asked->deadline,
                [this, asked](grpc::Status const& status, grpc::ByteBuffer const& message) {
                  completed(asked, status, message);
                });
  bool given_up = false;
  {
    std::lock_guard const lock{mutex_};
    given_up = asked->abandoned;
    if (std::find(under_way_.begin(), under_way_.end(), asked) != under_way_.end()) asked->under_way = begun;
  }
  if (given_up) begun->cancel();
}

void remote_server::completed(std::shared_ptr<exchange> const& asked, grpc::Status const& status,
                              grpc::ByteBuffer const& message) {
  auto result = outcome(*asked, status, message);
  errands after;
  std::shared_ptr<call> done;
  {
    std::lock_guard const lock{mutex_};
    time_point const now = run_clock::now();
    std::erase(under_way_, asked);
    done = std::move(asked->under_way);
    asked->on.reset();
    if (asked->abandoned) return;
    asked->abandoned = true;
    asked->end_confirming(result.index() == 0);
    if (auto* const answer = std::get_if<reply>(&result)) {
      failures_ = 0;
      pause_ = options_.breaker_pause;
      suspect_ = false;
      answer->elapsed = now - asked->sent;
      answer->cold = asked->cold;
      add_load(*answer, asked->tail, now);
    } else {
      auto const& reason = std::get<failure>(result);
      if (!stopping_) note_failure(reason, now, after);
    }
  }
  if (auto* const answer = std::get_if<reply>(&result))
    asked->promise.fulfil(std::move(*answer));
  else
    asked->promise.fail(std::get<failure>(result).code, std::get<failure>(result).sentence);
  for (auto const& other : after.calls_to_cancel) other->cancel();
  if (std::holds_alternative<failure>(result)) alarm_->ring();
}

std::variant<reply, failure> remote_server::outcome(exchange const& asked, grpc::Status const& status,
                                                    grpc::ByteBuffer const& message) const {
  using grpc::StatusCode;
  if (asked.tail == nullptr && (status.ok() || status.error_code() == StatusCode::NOT_FOUND ||
                                status.error_code() == StatusCode::INVALID_ARGUMENT))
    return reply{};
  if (!status.ok()) return failure_of(status, to_);
  try {
    auto const received = response_in(message);
    reply answer;
    answer.tensors = tensors_in(received, asked.tail->outputs,
                                "the answer of the server " + to_.address + " to " + asked.tail->model);
    for (std::size_t i = 0; i < answer.tensors.size(); ++i) {
      tensor_spec const expected = batched(asked.tail->outputs[i].sample, asked.batch);
      if (answer.tensors[i].spec != expected)
        return failure{errc::transport_failed, "the server " + to_.address + " answered with " +
                                                   text_of(answer.tensors[i].spec) + " as " +
                                                   asked.tail->outputs[i].name + ", instead of " + text_of(expected)};
    }
    auto const figure = [&](char const* key) {
      auto const told = received.head.parameters().find(key);
      if (told == received.head.parameters().end()) return seconds{};
      return std::max(seconds{}, seconds{std::chrono::microseconds{told->second.int64_param()}});
    };
    answer.queue = figure("dsc_queue_us");
    answer.tail = figure("dsc_exec_us");
    return answer;
  } catch (error const& damaged) {
    return failure{errc::transport_failed,
                   "the server " + to_.address + " did not answer as it should: " + damaged.what()};
  }
}

void remote_server::add_load(reply& answer, served_tail const* tail, time_point now) {
  if (tail != nullptr && answer.tail == seconds{} && answer.queue == seconds{}) {
    model_without_times_ = tail->model;
    if (auto const load = statistics_.load_of(tail->model, now)) {
      answer.queue = load->queue;
      answer.tail = load->tail;
    }
  }
  // An average, or a server that does not tell the truth, may say more than this request took.
  answer.queue = std::min(answer.queue, answer.elapsed);
  answer.tail = std::min(answer.tail, answer.elapsed - answer.queue);
}

void remote_server::abandon(exchange& asked, errands& after) {
  asked.abandoned = true;
  asked.message.Clear();
  asked.end_confirming(false);
  suspect_ = true;
  if (asked.under_way) after.calls_to_cancel.push_back(asked.under_way);
}

void remote_server::note_failure(failure const& reason, time_point now, errands& after) {
  if (reason.code == oip_errc::refused) return;  // it lives, and has enough to do
  last_failure_ = reason.sentence;
  ++failures_;
  if (reason.needs_a_person()) {
    fault_ = reason;
    open_breaker(now, after);
    next_attempt_ = deadline_after(now, options_.longest_pause);
  } else if (failures_ >= options_.breaker_failures) {
    open_breaker(now, after);
  } else if (current_) {
    auto const progress = current_->socket()->progress();
    if (progress && !progress->open) drop(current_, reason.sentence, after);
  }
}

void remote_server::open_breaker(time_point now, errands& after) {
  drop(current_, last_failure_, after);
  if (broken_) return;
  broken_ = true;
  next_attempt_ = deadline_after(now, pause_);
  pause_ = std::min(2 * pause_, options_.longest_pause);
  fail_waiting({errc::transport_failed, open_breaker_sentence()});
}

void remote_server::drop(std::shared_ptr<connection>& ended, std::string const& reason, errands& after) {
  if (!ended) return;
  for (auto const& asked : under_way_) {
    if (asked->on != ended || asked->abandoned) continue;
    abandon(*asked, after);
    asked->promise.fail(errc::transport_failed, "the connection to the server " + to_.address + " was lost: " + reason);
  }
  ended->close(!ended->idle());
  if (ended == candidate_) {
    for (auto& asked : check_calls_) after.calls_to_cancel.push_back(std::move(asked));
    check_calls_.clear();
  }
  retired_.push_back(std::move(ended));
  ended.reset();
  if (ping_) after.calls_to_cancel.push_back(ping_);
  ping_.reset();
  suspect_ = false;
}

void remote_server::fail_waiting(failure const& reason) {
  for (auto const& asked : waiting_) {
    asked->message.Clear();
    asked->promise.fail(reason.code, reason.sentence);
  }
  waiting_.clear();
}

void remote_server::wait_until_checked(time_point until) {
  std::unique_lock lock{mutex_};
  checked_.wait_until(lock, until, [this] { return current_ || fault_; });
}

std::optional<failure> remote_server::fault() const {
  std::lock_guard const lock{mutex_};
  return fault_;
}

server_state remote_server::state() const {
  std::lock_guard const lock{mutex_};
  return {to_.address, current_ != nullptr, broken_, failures_, last_failure_};
}

void remote_server::attempt(time_point now) {
  attempt_started_ = now;
  candidate_ = std::make_shared<connection>(to_);
  check_calls_ = begin_check(
      *candidate_, to_, served_, options_.check_weights, deadline_after(now, options_.connect_within),
      [this, through = candidate_.get()](std::optional<failure> const& misfit) { attempted(through, misfit); });
}

void remote_server::attempted(connection const* through, std::optional<failure> const& misfit) {
  errands after;
  {
    std::lock_guard const lock{mutex_};
    if (candidate_.get() != through || stopping_) return;  // its time was over
    time_point const now = run_clock::now();
    if (misfit) {
      attempt_failed(failure_to_begin(*misfit, to_, candidate_->heard()), now, after);
    } else {
      after.calls_to_cancel = std::exchange(check_calls_, {});  // which are over
      candidate_->seal();
      current_ = std::move(candidate_);
      candidate_.reset();
      warm_ = false;
      fault_.reset();
      // After an outage one failure opens it again, until a request has succeeded.
      if (std::exchange(broken_, false))
        failures_ = options_.breaker_failures - std::min<std::size_t>(1, options_.breaker_failures);
      alive_ = moved_ = now;
      acknowledged_ = received_ = 0;
    }
    checked_.notify_all();
  }
  alarm_->ring();  // the keeper sends what waits
}

void remote_server::attempt_failed(failure const& reason, time_point now, errands& after) {
  drop(candidate_, reason.sentence, after);
  last_failure_ = reason.sentence;
  ++failures_;
  broken_ = true;
  bool const person = reason.needs_a_person();
  if (person)
    fault_ = reason;
  else
    fault_.reset();
  next_attempt_ = std::max(now, deadline_after(attempt_started_, person ? options_.longest_pause : pause_));
  pause_ = std::min(2 * pause_, options_.longest_pause);
  fail_waiting(reason);
}

void remote_server::keep_watch() {
  for (;;) {
    errands after;
    time_point wake;
    bool over = false;
    {
      std::lock_guard const lock{mutex_};
      time_point const now = run_clock::now();
      wake = next_look_ = look(now, after);
      over = stopping_ && retired_.empty();
    }
    run(after);
    if (over) return;
    alarm_->wait_until(wake);
  }
}

void remote_server::run(errands& after) {
  for (auto const& cancelled : after.calls_to_cancel) cancelled->cancel();
  after.calls_to_cancel.clear();
  for (auto const& asked : after.to_start) start(asked);
  after.to_release.clear();
}

time_point remote_server::look(time_point now, errands& after) {
  look_at_exchanges(now, after);
  if (!stopping_) look_at_connection(now, after);
  move_if(retired_, after.to_release,
          [](std::shared_ptr<connection> const& old) { return old.use_count() == 1 && old->idle(); });
  return next_look(now);
}

void remote_server::look_at_exchanges(time_point now, errands& after) {
  std::vector<std::shared_ptr<exchange>> over;
  move_if(waiting_, over, [&](auto const& asked) { return asked->promise.cancelled() || now >= asked->deadline; });
  for (auto const& asked : over) {
    asked->message.Clear();
    asked->promise.fail(errc::deadline_missed, "the server " + to_.address + " was not reached in time");
  }
  bool const shared =
      std::any_of(under_way_.begin(), under_way_.end(), [](auto const& asked) { return !asked->abandoned; });
  bool stuck = false;
  for (auto const& asked : under_way_) {
    if (asked->abandoned) {
      // What gRPC does not let go of waits for the link.
      stuck |= !shared && asked->on == current_ && now > deadline_after(asked->deadline, time_to_let_go);
      continue;
    }
    bool const late = now >= asked->deadline;
    if (!late && !asked->promise.cancelled()) continue;
    abandon(*asked, after);
    auto const left = asked->size.count - asked->confirmed().count;
    stuck |= asked->on == current_ && under_way_.size() == 1 && left > few_bytes;
    asked->deadline = now;
    asked->promise.fail(errc::deadline_missed, "the server " + to_.address + " did not answer in time");
    if (late) {
      ++failures_;
      last_failure_ = "it did not answer in time";
    }
  }
  if (stuck) drop(current_, "an upload that nobody waited for any more was ended", after);
  if (failures_ >= options_.breaker_failures && !broken_ && options_.breaker_failures > 0) open_breaker(now, after);
  if (current_)
    for (auto& asked : std::exchange(waiting_, {})) {
      asked->on = current_;
      under_way_.push_back(asked);
      after.to_start.push_back(std::move(asked));
    }
}

void remote_server::look_at_connection(time_point now, errands& after) {
  if (current_) {
    if (auto const progress = current_->socket()->progress()) {
      if (!progress->open) {
        last_failure_ = "the connection was closed";
        drop(current_, "it was closed", after);
      } else if (is_dead(*progress, now)) {
        last_failure_ = "it gave no sign of life for " + seconds_text(options_.dead_after);
        ++failures_;
        open_breaker(now, after);
      }
    }
  }
  if (current_) {
    ping_if_due(now);
    ask_for_statistics(now);
  }
  if (candidate_ && now >= deadline_after(attempt_started_, options_.connect_within))
    attempt_failed({errc::transport_failed, "the server " + to_.address + " could not be reached and checked within " +
                                                seconds_text(options_.connect_within)},
                   now, after);
  if (!candidate_ && !current_ && now >= next_attempt_ && now >= attempt_started_ + shortest_gap) attempt(now);
}

// Whether nothing comes from a server that has been asked, or nothing goes to it that waits.
bool remote_server::is_dead(tcp_progress const& progress, time_point now) {
  bool const asked = !under_way_.empty() || ping_ != nullptr;
  if (!asked || progress.received != received_) alive_ = now, suspect_ = suspect_ && !asked;
  if (!asked || progress.outstanding == 0 || progress.acknowledged != acknowledged_) moved_ = now;
  // A question behind an upload is not heard yet.
  if (progress.outstanding > few_bytes / 4) alive_ = now;
  received_ = progress.received;
  acknowledged_ = progress.acknowledged;
  if (now - moved_ > options_.dead_after) return true;
  return ping_ && now - ping_started_ > options_.dead_after / 2 && now - alive_ > options_.dead_after;
}

void remote_server::ping_if_due(time_point now) {
  if (ping_ || now < ping_started_ + ping_pause) return;
  bool const old = std::any_of(under_way_.begin(), under_way_.end(), [&](auto const& asked) {
    return asked->on == current_ && asked->sent != time_point{} && now > asked->sent + ping_age;
  });
  if (!old && !suspect_) return;
  ping_started_ = now;
  suspect_ = false;
  ping_ = current_->start("ServerLive", bytes_of(inference::ServerLiveRequest{}), time_point::max(),
                          [this, on = current_.get()](grpc::Status const&, grpc::ByteBuffer const&) {
                            std::shared_ptr<call> done;
                            std::lock_guard const lock{mutex_};
                            if (current_.get() == on) done = std::exchange(ping_, nullptr);
                          });
}

void remote_server::ask_for_statistics(time_point now) {
  if (model_without_times_.empty() || !statistics_.due(now)) return;
  inference::ModelStatisticsRequest asked;
  asked.set_name(std::exchange(model_without_times_, {}));
  current_->start("ModelStatistics", bytes_of(asked), deadline_after(now, seconds{1.0}),
                  [this](grpc::Status const& status, grpc::ByteBuffer const& message) {
                    inference::ModelStatisticsResponse told;
                    bool const read = status.ok() && parse(message, told);
                    std::lock_guard const lock{mutex_};
                    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) statistics_.give_up();
                    if (!read) return;
                    for (auto const& model : told.model_stats()) statistics_.learn(model, run_clock::now());
                  });
}

time_point remote_server::next_look(time_point now) const {
  bool const busy = !under_way_.empty() || ping_ || candidate_ || suspect_;
  time_point next = now + (busy ? busy_look : idle_look);
  if (!retired_.empty()) next = now + milliseconds{stopping_ ? 1 : 10};
  if (!candidate_ && !current_) next = std::min(next, std::max(next_attempt_, attempt_started_ + shortest_gap));
  for (auto const& asked : under_way_)
    if (!asked->abandoned) next = std::min(next, asked->deadline);
  for (auto const& asked : waiting_) next = std::min(next, asked->deadline);
  return next;
}

}  // namespace dsc::oip
