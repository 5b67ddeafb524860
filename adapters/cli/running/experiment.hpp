#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/io/plan_json.hpp>
#include <dsc/run/controller.hpp>
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

struct experiment {
  model_description model;
  execution_options execution;
  double device_slowdown = 1.0;
  rate_trace trace;
  server_load load;
  profile_planner planner;
  hysteresis rules;
  std::vector<strategy> strategies;
  std::vector<batch_size> batches;  ///< of request 0, 1, ...; starts over at its end
  std::size_t requests = 0;
  std::function<batch_input(std::size_t)> input;  ///< of request 0, 1, ...
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

/// Really runs it: heads on an emulated device, bytes over an emulated link, tails at an emulated
/// server, all in this process. Request by request, every strategy in turn, each with a link of its
/// own whose trace begins at the request's time: all of them meet the same conditions. `tell` hears
/// of every outcome as soon as it is there.
void execute(experiment const& what, std::function<void(outcome)> const& tell);

}  // namespace dsc::cli
