#include "running/strategies.hpp"

#include <charconv>

#include <fmt/format.h>

#include <dsc/model/bottlenecks.hpp>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

bool allowed(split_point split, candidate_options const& limits) {
  return split >= smallest_split(limits) && split.layers <= limits.max_split;
}

strategy fixed_split(split_point split) { return {.name = fmt::format("static:{}", split.layers), .split = split}; }

split_point split_in(std::string_view digits, std::size_t layers) {
  split_point split;
  auto const [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), split.layers);
  if (status != std::errc{} || end != digits.data() + digits.size())
    throw error{cli_errc::bad_option,
                fmt::format("--strategy 'static:{}' needs a split point, as in static:5", digits)};
  check_split(split, layers);
  return split;
}

// An own policy, in the form in which `dsc plan --json` writes the planner's.
strategy from_plan(std::string_view word, std::string_view file, model_description const& model,
                   candidate_options const& limits) {
  auto const plans = std::make_shared<plan_document const>(read_plan(std::string{file}));
  if (plans->model != model.name() || plans->layers != layer_count(model))
    throw error{errc::bad_file, fmt::format("--strategy '{}' is a plan of '{}' with {} layers, but '{}' has {}", word,
                                            plans->model, plans->layers, model.name(), layer_count(model))};
  for (batch_policy const& policy : plans->policies)
    for (rate_piece const& piece : policy.pieces)
      if (!allowed(piece.split, limits))
        throw error{cli_errc::bad_option,
                    fmt::format("--strategy '{}' splits at {}, which --private, --min-split or --max-split forbid",
                                word, piece.split.layers)};
  return {.name = std::string{word}, .policy = plans};
}

strategy strategy_named(std::string_view word, model_description const& model, candidate_options const& limits) {
  constexpr std::string_view fixed = "static:", of_plan = "policy:";
  std::size_t const layers = layer_count(model);
  if (word == "dynamic") return {.name = "dynamic"};
  if (word == "local") return {.name = "local", .split = split_point{layers}};
  if (word == "offload") return {.name = "offload", .split = split_point{0}};
  if (word.starts_with(of_plan)) return from_plan(word, word.substr(of_plan.size()), model, limits);
  if (word.starts_with(fixed)) return fixed_split(split_in(word.substr(fixed.size()), layers));
  throw error{cli_errc::bad_option,
              fmt::format("--strategy '{}' is none of dynamic, local, offload, static:L, policy:FILE and all", word)};
}

std::vector<strategy> all_of(model_description const& model, candidate_options const& limits) {
  std::vector<strategy> list{{.name = "dynamic"}};
  for (std::string_view const word : {"local", "offload"}) {
    strategy const candidate = strategy_named(word, model, limits);
    if (allowed(*candidate.split, limits)) list.push_back(candidate);
  }
  for (split_point const split : compressive_bottlenecks(model, zoo::blocks))
    if (allowed(split, limits) && split.layers < layer_count(model)) list.push_back(fixed_split(split));
  return list;
}

}  // namespace

std::vector<strategy> strategies_named(std::string_view text, model_description const& model,
                                       candidate_options const& limits) {
  if (text == "all") return all_of(model, limits);
  std::vector<strategy> list;
  for (;;) {
    std::size_t const end = text.find(',');
    strategy const candidate = strategy_named(text.substr(0, end), model, limits);
    if (candidate.split && !allowed(*candidate.split, limits))
      throw error{cli_errc::bad_option,
                  fmt::format("--strategy '{}' splits at {}, which --private, --min-split or --max-split forbid",
                              candidate.name, candidate.split->layers)};
    list.push_back(candidate);
    if (end == std::string_view::npos) return list;
    text.remove_prefix(end + 1);
  }
}

}  // namespace dsc::cli
