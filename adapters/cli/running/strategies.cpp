#include "running/strategies.hpp"

#include <string>

#include <fmt/format.h>

#include <dsc/model/bottlenecks.hpp>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

strategy fixed_split(split_point split) { return {.name = fmt::format("static:{}", split.layers), .split = split}; }

// An own policy, in the form in which `dsc plan --json` writes the planner's.
strategy from_plan(std::string const& file, model_description const& model, candidate_options const& limits) {
  std::string const name = "policy:" + file;
  auto const plans = std::make_shared<plan_document const>(read_plan(file));
  if (plans->model != model.name())
    throw error{errc::bad_file,
                fmt::format("--strategy '{}' is a plan of '{}', not of '{}'; 'dsc plan --json' makes one "
                            "of the profiles of this model",
                            name, plans->model, model.name())};
  if (plans->layers != layer_count(model))
    throw error{errc::bad_file, fmt::format("--strategy '{}' is a plan of '{}' with {} layers, but '{}' has {}", name,
                                            plans->model, plans->layers, model.name(), layer_count(model))};
  for (batch_policy const& policy : plans->policies)
    for (rate_piece const& piece : policy.pieces)
      if (!limits.allow(piece.split))
        throw error{cli_errc::bad_option,
                    fmt::format("--strategy '{}' splits at {}, which --private, --min-split or --max-split forbid",
                                name, piece.split.layers)};
  return {.name = name, .policy = plans};
}

strategy strategy_of(strategy_choice const& choice, model_description const& model, candidate_options const& limits) {
  std::size_t const layers = layer_count(model);
  switch (choice.kind) {
    case strategy_kind::dynamic:
      return {.name = "dynamic"};
    case strategy_kind::local:
      return {.name = "local", .split = split_point{layers}};
    case strategy_kind::offload:
      return {.name = "offload", .split = split_point{0}};
    case strategy_kind::policy:
      return from_plan(choice.policy_file, model, limits);
    case strategy_kind::fixed:
      break;
  }
  check_split(choice.split, layers);
  return fixed_split(choice.split);
}

std::vector<strategy> all_of(model_description const& model, candidate_options const& limits) {
  std::vector<strategy> list{{.name = "dynamic"}};
  for (strategy_kind const kind : {strategy_kind::local, strategy_kind::offload}) {
    strategy const end = strategy_of({.kind = kind}, model, limits);
    if (limits.allow(*end.split)) list.push_back(end);
  }
  for (split_point const split : compressive_bottlenecks(model, zoo::blocks))
    if (limits.allow(split) && split.layers < layer_count(model)) list.push_back(fixed_split(split));
  return list;
}

}  // namespace

std::vector<strategy> strategies_of(std::span<strategy_choice const> choices, model_description const& model,
                                    candidate_options const& limits) {
  if (choices.empty()) return all_of(model, limits);
  std::vector<strategy> list;
  for (strategy_choice const& choice : choices) {
    strategy const candidate = strategy_of(choice, model, limits);
    if (candidate.split && !limits.allow(*candidate.split))
      throw error{cli_errc::bad_option,
                  fmt::format("--strategy '{}' splits at {}, which --private, --min-split or --max-split forbid",
                              candidate.name, candidate.split->layers)};
    list.push_back(candidate);
  }
  return list;
}

}  // namespace dsc::cli
