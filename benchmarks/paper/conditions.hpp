#pragma once

#include <array>
#include <string>
#include <vector>

#include <dsc/plan/plan.hpp>

namespace dsc::paper {

/// A data rate per second, real or generated.
struct rate_series {
  std::string name;
  bool real = false;
  std::vector<data_rate> rates;

  /// Share of the seconds in which nothing gets through.
  double outage_share() const;
};

/// The traces that are asked for, sampled every second, and two generated ones. Throws what reading
/// throws.
std::vector<rate_series> rate_series_of(std::vector<std::string> const& files);

/// How the server's load changes.
enum class load_kind { idle, slowdown, queue, both };
inline constexpr std::array load_kinds{load_kind::idle, load_kind::slowdown, load_kind::queue, load_kind::both};
std::string_view name_of(load_kind kind);

/// The load of every second; `whole` is the server's time for one batch, in which queues are
/// counted.
std::vector<server_load> loads_of(load_kind kind, std::size_t seconds_long, seconds whole);

}  // namespace dsc::paper
