#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/io/detail/json.hpp>
#include <dsc/io/detail/json_parts.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/plan/gain.hpp>

/// Plans as JSON, schema `dsc.plan/1`: `model`, `layers` (how many), `link {latency,
/// return_latency, return_rate}`, `load {slowdown, queueing_delay}`, `policy[] {batch, pieces[]
/// {from_rate, to_rate, split}}`, `states[] {batch, rate, split, seconds, breakdown {head,
/// transfer, queue, tail, return_time}}` and, where there are gains, `gains {states, mean_seconds,
/// best_static, strategies[] {split, mean_seconds, gain_percent, share}}`. Rates are bytes per
/// second, times seconds; null is a rate without limit, or a mean time that never comes.
namespace dsc {

/// Between two rates this choice is the best one.
struct rate_piece : choice {
  data_rate from_rate;
  data_rate to_rate;  ///< `unlimited` for the last piece

  friend bool operator==(rate_piece const&, rate_piece const&) = default;
};

/// The best split at every rate, for one batch size.
struct batch_policy {
  batch_size batch;
  std::vector<rate_piece> pieces;  ///< from rate 0 on, without gaps

  batch_policy(batch_size of, std::vector<rate_piece> list) : batch{of}, pieces{std::move(list)} {}
  batch_policy(batch_size of, policy const& best) : batch{of} {
    for (policy_piece const& piece : best) pieces.push_back({{piece}, piece.from_rate, piece.to_rate});
  }
  friend bool operator==(batch_policy const&, batch_policy const&) = default;
};

/// The plan for one state; the load is that of the document.
struct planned_state {
  batch_size batch;
  data_rate rate;
  dsc::plan plan;

  friend bool operator==(planned_state const&, planned_state const&) = default;
};

/// Everything that a plan file tells.
struct plan_document {
  std::string model;
  std::size_t layers = 0;  ///< `L`
  link_parameters link{};
  server_load load{};
  std::vector<batch_policy> policies{};
  std::vector<planned_state> states{};
  std::optional<gain_report> gains{};
};

namespace detail {

inline char const* const plan_schema = "dsc.plan/1";

inline ordered_json policy_object(batch_policy const& policy) {
  ordered_json pieces = ordered_json::array();
  for (rate_piece const& piece : policy.pieces)
    pieces.push_back(ordered_json{{"from_rate", piece.from_rate.bytes_per_second},
                                  {"to_rate", finite_or_null(piece.to_rate.bytes_per_second)},
                                  {"split", piece.split.layers}});
  return {{"batch", policy.batch.count}, {"pieces", std::move(pieces)}};
}

inline ordered_json state_object(planned_state const& state) {
  return {{"batch", state.batch.count},
          {"rate", finite_or_null(state.rate.bytes_per_second)},
          {"split", state.plan.split.layers},
          {"seconds", state.plan.latency.total().count()},
          {"breakdown", breakdown_object(state.plan.latency)}};
}

inline ordered_json gains_object(gain_report const& report) {
  ordered_json strategies = ordered_json::array();
  for (static_strategy const& strategy : report.strategies)
    strategies.push_back(ordered_json{{"split", strategy.split.layers},
                                      {"mean_seconds", finite_or_null(strategy.mean_latency.count())},
                                      {"gain_percent", strategy.gain_percent},
                                      {"share", strategy.share}});
  return {{"states", report.states},
          {"mean_seconds", report.mean_latency.count()},
          {"best_static", report.best_static.layers},
          {"strategies", std::move(strategies)}};
}

inline split_point read_split(json_value const& value, std::size_t layers) {
  split_point const split{static_cast<std::size_t>(value.whole(0))};
  if (split.layers > layers) value.fail("must be one of 0 to " + std::to_string(layers) + ", the number of layers");
  return split;
}

inline batch_policy read_policy(json_value const& value, std::size_t layers) {
  batch_policy policy{batch_size{value.at("batch").whole(1)}, std::vector<rate_piece>{}};
  json_value const list = value.at("pieces");
  data_rate reached{0.0};
  list.each([&](json_value const& entry) {
    rate_piece const piece{{read_split(entry.at("split"), layers)},
                           data_rate{entry.at("from_rate").not_negative()},
                           read_rate(entry.at("to_rate"))};
    if (piece.from_rate != reached)
      entry.at("from_rate").fail("must be where the piece before it ends, the first one's 0");
    if (piece.to_rate <= piece.from_rate)
      entry.at("to_rate").fail("must be above from_rate, or null for a piece without upper end");
    if (!policy.pieces.empty() && policy.pieces.back().split == piece.split)
      entry.at("split").fail("must differ from that of the piece before it");
    reached = piece.to_rate;
    policy.pieces.push_back(piece);
    return piece;
  });
  if (reached != unlimited) list.fail("must end with a piece whose to_rate is null");
  return policy;
}

inline planned_state read_state(json_value const& value, std::size_t layers) {
  latency_breakdown const latency = read_breakdown(value.at("breakdown"), read_time);
  double const total = latency.total().count(), written = value.at("seconds").not_negative();
  if (std::abs(written - total) > 1e-9 * total) value.at("seconds").fail("must be the sum of the breakdown's parts");
  return {batch_size{value.at("batch").whole(1)},
          read_rate(value.at("rate")),
          {{read_split(value.at("split"), layers)}, latency}};
}

inline gain_report read_gains(json_value const& value, std::size_t layers) {
  gain_report report;
  report.states = static_cast<std::size_t>(value.at("states").whole(1));
  report.mean_latency = read_time(value.at("mean_seconds"));
  report.best_static = read_split(value.at("best_static"), layers);
  json_value const list = value.at("strategies");
  report.strategies = list.each([&](json_value const& entry) {
    json_value const mean = entry.at("mean_seconds"), share = entry.at("share");
    static_strategy const read{read_split(entry.at("split"), layers), mean.is_null() ? never : read_time(mean),
                               entry.at("gain_percent").number(), share.not_negative()};
    if (read.share > 1.0) share.fail("must be a share of the states, 0 to 1");
    return read;
  });
  if (report.strategies.size() != layers + 1) list.fail("must hold every split point, 0 to " + std::to_string(layers));
  for (std::size_t l = 0; l <= layers; ++l)
    if (report.strategies[l].split.layers != l) list.fail("must hold the split points in order");
  return report;
}

}  // namespace detail

/// A plan document as text that `parse_plan` reads back to the same numbers.
inline std::string plan_json(plan_document const& plans) {
  ordered_json document{{"schema", detail::plan_schema},
                        {"model", plans.model},
                        {"layers", plans.layers},
                        {"link", detail::link_object(plans.link)},
                        {"load", detail::load_object(plans.load)},
                        {"policy", ordered_json::array()},
                        {"states", ordered_json::array()}};
  for (batch_policy const& policy : plans.policies) document["policy"].push_back(detail::policy_object(policy));
  for (planned_state const& state : plans.states) document["states"].push_back(detail::state_object(state));
  if (plans.gains) document["gains"] = detail::gains_object(*plans.gains);
  return json_text(document);
}

/// A plan document from the text of a file; `name` is what errors call it. Throws `bad_file`,
/// naming the file and the key. What may be left out: `link`, `load`, `states` and `gains`.
inline plan_document parse_plan(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, detail::plan_schema, errc::bad_file};
  detail::json_value const root = document.root();
  plan_document plans{.model = root.at("model").text(), .layers = static_cast<std::size_t>(root.at("layers").whole(1))};
  if (auto const link = root.find("link")) plans.link = detail::read_link(*link);
  if (auto const load = root.find("load")) plans.load = detail::read_load(*load);
  plans.policies =
      root.at("policy").each([&](detail::json_value const& entry) { return detail::read_policy(entry, plans.layers); });
  if (auto const states = root.find("states"))
    plans.states =
        states->each([&](detail::json_value const& entry) { return detail::read_state(entry, plans.layers); });
  if (auto const object = root.find("gains")) plans.gains = detail::read_gains(*object, plans.layers);
  return plans;
}

/// A plan document from a file. Throws `cannot_read` and `bad_file`.
inline plan_document read_plan(std::filesystem::path const& path) { return parse_plan(read_file(path), path.string()); }

/// The split that a plan's policy takes for a batch at a rate; at a switching rate itself, where
/// two tie, the smaller one, as `policy::at`. Throws `no_plan` for a batch size without a policy,
/// `bad_quantity` for a rate that is negative or not a number.
inline split_point split_at(plan_document const& plans, batch_size batch, data_rate rate) {
  if (!(rate.bytes_per_second >= 0.0))
    throw error{errc::bad_quantity, "the rate to decide by is " + std::to_string(rate.bytes_per_second) +
                                        " B/s; a rate is a number of 0 or more"};
  std::string known;
  for (batch_policy const& policy : plans.policies) {
    known += (known.empty() ? "" : ", ") + std::to_string(policy.batch.count);
    if (policy.batch != batch || policy.pieces.empty()) continue;
    auto const behind = std::ranges::upper_bound(policy.pieces, rate, {}, &rate_piece::from_rate);
    rate_piece const& piece = *(behind == policy.pieces.begin() ? behind : behind - 1);
    bool const ties = piece.from_rate == rate && behind - policy.pieces.begin() > 1;
    return ties && (behind - 2)->split < piece.split ? (behind - 2)->split : piece.split;
  }
  throw error{errc::no_plan, "the plan of '" + plans.model + "' has no policy for batch " +
                                 std::to_string(batch.count) + ", only for " + (known.empty() ? "none" : known) +
                                 "; plan for it with 'dsc plan --batches'"};
}

/// Makes or replaces a plan's file, all or nothing. Throws `cannot_write`.
inline void write_plan(std::filesystem::path const& path, plan_document const& plans) {
  write_file(path, plan_json(plans));
}

}  // namespace dsc
