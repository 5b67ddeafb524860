#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

#include <dsc/run/transport.hpp>

namespace dsc::cli {

/// A request under way, of whatever type the transport has: a `dsc::ConfirmingReply`.
class sent_request {
 public:
  template <class P>
    requires(!std::same_as<P, sent_request> && ConfirmingReply<P>)
  explicit sent_request(P pending) : held_{std::make_unique<holder<P>>(std::move(pending))} {}

  bool ready() const { return held_->ready(); }
  bool wait_until(time_point until) { return held_->wait_until(until); }
  reply get() { return held_->get(); }
  void cancel() { held_->cancel(); }
  bytes confirmed() const { return held_->confirmed(); }

 private:
  struct base {
    base() = default;
    base(base const&) = delete;
    base& operator=(base const&) = delete;
    virtual ~base() = default;
    virtual bool ready() const = 0;
    virtual bool wait_until(time_point until) = 0;
    virtual reply get() = 0;
    virtual void cancel() = 0;
    virtual bytes confirmed() const = 0;
  };
  template <class P>
  struct holder final : base {
    explicit holder(P held) : pending{std::move(held)} {}
    bool ready() const override { return pending.ready(); }
    bool wait_until(time_point until) override { return pending.wait_until(until); }
    reply get() override { return pending.get(); }
    void cancel() override { pending.cancel(); }
    bytes confirmed() const override { return pending.confirmed(); }
    P pending;
  };

  std::unique_ptr<base> held_;
};

/// Servers that run tails, as a `dsc::Transport` that an engine can use without knowing what it is.
class connection {
 public:
  connection() = default;
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  virtual ~connection() = default;

  virtual sent_request submit(request asked, time_point deadline) = 0;
  virtual std::size_t route_count() const = 0;
  virtual sent_request send_probe(probe const& asked, time_point deadline) = 0;
};

static_assert(RoutedTransport<connection> && ProbedTransport<connection>);

}  // namespace dsc::cli
