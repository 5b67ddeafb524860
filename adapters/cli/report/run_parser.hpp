#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/plan/plan.hpp>

namespace dsc::cli {

/// One strategy of a run that is over, as its file tells it.
struct parsed_strategy {
  std::string name;
  std::optional<split_point> split;  ///< nothing where it was chosen again for every request
  seconds mean{};
  seconds median{};
  std::optional<double> gain_percent;
  std::optional<double> prediction_error;
  std::uint64_t fallbacks = 0;
  bool identical_answers = true;
};

/// One request of one strategy.
struct parsed_request {
  std::uint64_t number = 0;
  std::size_t strategy = 0;  ///< its place in `parsed_run::strategies`
  seconds time{};
  batch_size batch;
  data_rate rate;
  split_point split;
  seconds predicted{};  ///< `never` where it would not have ended
  seconds observed{};
  std::string fallback;  ///< why the device finished by itself; empty where it did not
};

/// What a report shows of a run that is over.
struct parsed_run {
  std::string model;
  std::string input_type{};                 ///< empty where the file does not tell it
  std::optional<double> device_slowdown{};  ///< of an emulated device; nothing where it was none
  link_parameters link{};
  server_load load{};
  std::optional<double> prediction_error{};
  std::vector<parsed_strategy> strategies{};
  std::vector<parsed_request> requests{};
};

/// A run from the text of a `dsc.run/1` file; `name` is what errors call it. Throws `bad_file`,
/// naming the file and the key.
parsed_run parse_run(std::string_view text, std::string_view name);

}  // namespace dsc::cli
