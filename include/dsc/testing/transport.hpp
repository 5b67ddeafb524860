#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <dsc/run/transport.hpp>

#include <dsc/testing/tensor.hpp>

namespace dsc::laws {

/// What the laws of Transport need: a transport with another side that can be told to keep its
/// answers back.
template <class F>
concept TransportFixture = requires(F& fixture, std::size_t number, request const& asked) {
  { fixture.transport() };  // always the same one, until `close`
  requires Transport<std::remove_reference_t<decltype(fixture.transport())>>;
  { fixture.ask(number) } -> std::same_as<request>;                   // other bytes for other numbers
  { fixture.answer(asked) } -> std::same_as<std::vector<std::byte>>;  // the first tensor of what must come back
  fixture.hold();                                                     // from now on the other side answers nothing
  fixture.release();                                                  // it answers again, what was held too
  fixture.close();                                                    // ends the transport
};

/// A fixture with requests that the other side cannot answer: without tensors, with too many bytes,
/// of layers that there are not.
template <class F>
concept FixtureOfNonsense = TransportFixture<F> && requires(F& fixture) {
  { fixture.nonsense() } -> std::same_as<std::vector<request>>;
};

/// Times that the laws go by. Generous, as machines that run tests have other things to do.
struct transport_times {
  seconds at_once{0.5};    ///< what does not wait takes no longer than this
  seconds patience{20.0};  ///< what comes at all, comes within this
};

namespace detail {

using dsc::detail::is_finite;

template <TransportFixture F>
class transport_trial {
 public:
  transport_trial(F& fixture, transport_times const& times) : fixture_{&fixture}, times_{times} {}

  violations run() {
    answers_one_by_one();
    answers_many_at_once();
    submit_waits_for_nothing();
    cancel_waits_for_nothing();
    deadlines_pass();
    bytes_are_let_go_of();
    threads_share_it();
    if constexpr (FixtureOfNonsense<F>) nonsense_does_no_harm();
    if constexpr (ProbedTransport<transport_type>) probes();
    end_is_told();
    return std::move(broken_);
  }

 private:
  using transport_type = std::remove_reference_t<decltype(std::declval<F&>().transport())>;
  using pending_type = decltype(std::declval<transport_type&>().submit(std::declval<request>(), time_point{}));

  void require(bool holds, std::string const& sentence) {
    if (!holds) broken_.push_back("transport: " + sentence);
  }
  time_point later(seconds time) const { return deadline_after(run_clock::now(), time); }
  time_point in_the_end() const { return later(times_.patience); }

  seconds time_of(auto const& step) const {
    time_point const start = run_clock::now();
    step();
    return run_clock::now() - start;
  }

  pending_type send(std::size_t number, time_point deadline) {
    return fixture_->transport().submit(fixture_->ask(number), deadline);
  }
  pending_type send(std::size_t number) { return send(number, later(3.0 * times_.patience)); }

  // Whether what came back is the answer to a request, to the bit.
  bool is_answer(reply const& got, std::size_t number) {
    std::vector<std::byte> const due = fixture_->answer(fixture_->ask(number));
    return got.tensors.size() == 1 && std::ranges::equal(got.tensors.front().data.view(), due);
  }

  void check_answer(pending_type& pending, std::size_t number, std::string const& when) {
    try {
      require(pending.wait_until(in_the_end()), "no answer " + when);
      if (!pending.ready()) return require(false, "wait_until tells of an answer, and ready of none, " + when);
      require(is_answer(pending.get(), number), "another answer than the other side gave, " + when);
    } catch (std::exception const& failure) {
      require(false, "a request failed " + when + ": " + dsc::detail::reason_of(failure));
    }
  }

  // That `get` throws dsc::error, and soon.
  void check_failure(pending_type& pending, std::string const& when) {
    bool threw = false;
    seconds const taken = time_of([&] {
      try {
        pending.get();
      } catch (error const&) {
        threw = true;
      } catch (...) {
        require(false, "get throws something else than dsc::error " + when);
        threw = true;
      }
    });
    require(threw, "get gives an answer " + when);
    require(taken <= times_.at_once, "get takes " + std::to_string(taken.count()) + " s to throw " + when);
  }

  void answers_one_by_one() {
    for (std::size_t number = 0; number < 4; ++number) {
      time_point const start = run_clock::now();
      pending_type pending = send(number);
      try {
        require(pending.wait_until(in_the_end()), "no answer to a request");
        reply const got = pending.get();
        seconds const away = run_clock::now() - start;
        require(is_answer(got, number), "another answer than the other side gave");
        for (seconds const time : {got.queue, got.tail, got.return_time, got.elapsed})
          require(is_finite(time.count()) && time >= seconds{}, "a time of the reply is negative or no number");
        require(got.elapsed <= away, "elapsed is more than what passed");
        require(got.queue + got.tail + got.return_time <= away,
                "queue, tail and return time are more than what passed");
        check_confirmed(pending, fixture_->ask(number).size());
      } catch (std::exception const& failure) {
        require(false, "a request failed: " + dsc::detail::reason_of(failure));
      }
    }
  }

  void check_confirmed(pending_type const& pending, bytes sent) {
    if constexpr (ConfirmingReply<pending_type>)
      require(pending.confirmed() == sent, "confirmed is not all of the bytes of a request that was answered");
  }

  void answers_many_at_once() {
    std::vector<pending_type> pending;
    for (std::size_t number = 0; number < 8; ++number) pending.push_back(send(number));
    for (std::size_t number = pending.size(); number-- > 0;)
      check_answer(pending[number], number, "with eight under way");
  }

  void submit_waits_for_nothing() {
    fixture_->hold();
    std::vector<pending_type> pending;
    seconds const taken = time_of([&] { pending.push_back(send(1)); });
    require(taken <= times_.at_once, "submit takes " + std::to_string(taken.count()) + " s, as if it waited");
    require(!pending[0].ready(), "ready while the other side keeps the answer back");
    constexpr seconds moment{0.05};
    time_point const until = later(moment);
    require(!pending[0].wait_until(until), "wait_until tells of an answer that is kept back");
    require(run_clock::now() >= until, "wait_until comes back before its time without an answer");
    fixture_->release();
    check_answer(pending[0], 1, "that was kept back");
  }

  void cancel_waits_for_nothing() {
    fixture_->hold();
    pending_type dropped = send(2);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});  // some of it is with the other side
    seconds const taken = time_of([&] { dropped.cancel(); });
    require(taken <= times_.at_once, "cancel takes " + std::to_string(taken.count()) + " s, as if it waited");
    check_failure(dropped, "after cancel");
    fixture_->release();
    pending_type next = send(3);
    check_answer(next, 3, "after another one was cancelled");
    pending_type answered = send(4);
    answered.wait_until(in_the_end());
    answered.cancel();
    check_failure(answered, "after the cancel of one that was answered");
  }

  void deadlines_pass() {
    fixture_->hold();
    constexpr seconds soon{0.1};
    pending_type late = send(5, later(soon));
    late.wait_until(later(soon + times_.at_once));
    check_failure(late, "after its deadline");
    pending_type never_begun = send(6, run_clock::now() - std::chrono::seconds{1});
    check_failure(never_begun, "with a deadline that had passed");
    fixture_->release();
    pending_type next = send(7);
    check_answer(next, 7, "after another one missed its deadline");
  }

  // Requests whose bytes nobody else holds; they are spoilt before they go, so that whoever reads
  // them too late gives another answer.
  request watched(std::size_t number, std::vector<std::weak_ptr<void const>>& alive) {
    request asked = fixture_->ask(number);
    for (wire_tensor& tensor : asked.tensors) {
      std::span<std::byte const> const from = tensor.data.view();
      std::shared_ptr<std::vector<std::byte>> const copy{new std::vector<std::byte>(from.begin(), from.end()),
                                                         [](std::vector<std::byte>* held) {
                                                           std::ranges::fill(*held, std::byte{0xDD});
                                                           delete held;
                                                         }};
      alive.push_back(copy);
      tensor.data = {copy, {copy->data(), copy->size()}};
    }
    return asked;
  }

  void bytes_are_let_go_of() {
    std::vector<std::weak_ptr<void const>> alive;
    {
      pending_type pending = fixture_->transport().submit(watched(8, alive), later(3.0 * times_.patience));
      check_answer(pending, 8, "whose bytes are held by the transport alone");
      fixture_->hold();
      pending_type dropped = fixture_->transport().submit(watched(9, alive), later(3.0 * times_.patience));
      dropped.cancel();
      fixture_->release();
    }
    auto const any = [&] { return std::ranges::any_of(alive, [](auto const& held) { return !held.expired(); }); };
    for (time_point const until = in_the_end(); any() && run_clock::now() < until;)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    require(!any(), "the bytes of requests that are over are still held");
  }

  void threads_share_it() {
    constexpr std::size_t threads = 4, each = 8;
    std::vector<violations> seen(threads);
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t)
      running.emplace_back([this, t, &seen] {
        transport_trial mine{*fixture_, times_};
        for (std::size_t i = 0; i < each; ++i) {
          pending_type pending = mine.send(t * each + i);
          if (i % 4 == 3)
            pending.cancel();
          else
            mine.check_answer(pending, t * each + i, "with four threads");
        }
        seen[t] = std::move(mine.broken_);
      });
    for (std::thread& thread : running) thread.join();
    for (violations const& more : seen) broken_.insert(broken_.end(), more.begin(), more.end());
  }

  void nonsense_does_no_harm() {
    std::size_t place = 0;
    for (request& asked : fixture_->nonsense()) {
      std::string const name = "nonsense " + std::to_string(place++);
      try {
        auto pending = fixture_->transport().submit(std::move(asked), later(3.0 * times_.patience));
        if (pending.wait_until(in_the_end()))
          pending.get();
        else
          require(false, name + " is neither answered nor refused");
      } catch (error const& refusal) {
        static_cast<void>(refusal);  // that is how it should be
      } catch (...) {
        require(false, name + " makes something else be thrown than dsc::error");
      }
      pending_type next = send(1);
      check_answer(next, 1, "after " + name);
    }
  }

  void probes() {
    for (bytes const size : {bytes{1}, bytes{50'000}}) {
      try {
        time_point const start = run_clock::now();
        auto pending = fixture_->transport().send_probe(probe{0, size}, in_the_end());
        require(pending.wait_until(in_the_end()), "no answer to a probe");
        reply const got = pending.get();
        seconds const away = run_clock::now() - start;
        require(got.tensors.empty(), "the reply to a probe has tensors");
        require(got.elapsed > seconds{} && got.elapsed <= away, "a probe does not tell how long it was away");
      } catch (std::exception const& failure) {
        require(false, "a probe failed: " + dsc::detail::reason_of(failure));
      }
    }
    auto dropped = fixture_->transport().send_probe(probe{0, bytes{50'000}}, in_the_end());
    seconds const taken = time_of([&] { dropped.cancel(); });
    require(taken <= times_.at_once, "the cancel of a probe waits");
    pending_type next = send(2);
    check_answer(next, 2, "after a probe was cancelled");
  }

  void end_is_told() {
    fixture_->hold();
    std::vector<pending_type> pending;
    for (std::size_t number = 0; number < 3; ++number) pending.push_back(send(number));
    fixture_->close();
    for (pending_type& left : pending) check_failure(left, "after the transport's end");
    fixture_->release();
  }

  F* fixture_;
  transport_times times_;
  violations broken_;
};

}  // namespace detail

/// Every law of Transport, of ConfirmingReply and ProbedTransport where they are modelled: `submit`
/// and `cancel` wait for nothing; answers are those of the other side to the bit, in whatever order
/// they are taken, by however many threads; `get` throws `dsc::error` at once after `cancel`, after
/// the deadline and after the transport's end; bytes are held until they were read, and let go of;
/// what cannot be answered harms no other request. Ends the fixture's transport. Takes some
/// seconds.
struct check_transport_fn {
  violations operator()(TransportFixture auto& fixture, transport_times const& times = {}) const {
    return detail::transport_trial{fixture, times}.run();
  }
};
inline constexpr check_transport_fn check_transport{};

}  // namespace dsc::laws
