#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <dsc/decide/controller.hpp>
#include <dsc/emulation/emulated_link.hpp>

#include "running/experiment.hpp"

/// What every session of a run looks at, and how it chooses.
namespace dsc::cli {

/// The conditions under which a request is made; every session looks at the same ones, and sends
/// over their link.
struct request_conditions {
  seconds time{};  ///< in the trace
  data_rate rate;
  server_load load;
  emulated_link* link = nullptr;

  delayed_reply submit(request message, time_point deadline) { return link->submit(std::move(message), deadline); }
};

/// The decider of one strategy: a controller whose clock is the trace's, so that requests may be
/// run one strategy after the other; one that follows a plan; or one that never changes its mind.
class chooser {
 public:
  /// `now` lives as long as the chooser.
  chooser(experiment const& setup, strategy const& strategy, request_conditions const& now);

  decision decide(batch_size batch);

 private:
  struct rate_now {
    request_conditions const* now;
    std::optional<data_rate> operator()() const { return now->rate; }
  };
  struct load_now {
    request_conditions const* now;
    server_load operator()() const { return now->load; }
  };

  controller<profile_planner, rate_now, load_now> dynamic_;
  std::optional<split_point> split_;
  std::shared_ptr<plan_document const> policy_;
  link_parameters parameters_;
  request_conditions const* now_;
};

}  // namespace dsc::cli
