#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/decide/controller.hpp>
#include <dsc/io/plan_json.hpp>
#include <dsc/run/session.hpp>

#include "engines/model_description.hpp"
#include "options/options.hpp"
#include "planning/planning.hpp"

/// What `run` does on whatever runs layers: strategies side by side, on the same requests, under
/// the same conditions.
namespace dsc::cli {

/// A way to choose the split.
struct strategy {
  std::string name;
  std::optional<split_point> split{};             ///< always this one; nothing: chosen again for every request
  std::shared_ptr<plan_document const> policy{};  ///< chooses where there is one; else dynamic split computing does

  bool is_dynamic() const { return !split && !policy; }
};

/// One batch of input, and when it comes in the time of the link's trace.
struct batch_input {
  seconds time{};
  tensor_spec spec;  ///< with the batch as its first extent
  std::vector<std::byte> data;
};

/// How a weaker device is stood for: it takes its profile's times or, without one, so many times as
/// long as this machine.
struct device_emulation {
  double slowdown = 1.0;         ///< beside a profile: how many times as long as the server's it takes
  std::optional<profile> times;  ///< of the device
};

class connection;

/// Servers on a real network that run the tails.
struct remote_servers {
  std::vector<std::string> addresses;
  std::shared_ptr<connection> link;
  std::vector<profile_planner> planners;  ///< of each strategy: with the splits that it may choose
  seconds interval{};                     ///< between the beginnings of two requests; 0: one after the other
};

struct experiment {
  model_description model;
  execution_options execution;
  device_emulation device;
  rate_trace trace;
  server_load load;
  profile_planner planner;
  hysteresis rules;
  std::vector<strategy> strategies;
  std::vector<batch_size> batches;  ///< of request 0, 1, ...; starts over at its end
  std::size_t requests = 0;
  std::function<batch_input(std::size_t)> input;  ///< of request 0, 1, ...
  std::vector<std::string> images;                ///< files that the samples are of, in turn; none: made-up samples
  std::vector<std::string> labels;                ///< of the classes; none: they are numbers
  std::optional<remote_servers> remote{};         ///< instead of the emulated link and server
};

/// What one strategy did with one request.
struct outcome {
  std::size_t request = 0;
  std::size_t strategy = 0;
  seconds time{};
  inference_record record;
  tensor_spec answer_spec;  ///< with the batch as its first extent
  std::vector<std::byte> answer;
};

}  // namespace dsc::cli
