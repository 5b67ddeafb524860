#pragma once

#include <span>
#include <vector>

#include <dsc/io/plan_json.hpp>

/// The rates that a plan or a map is made for.
namespace dsc::cli {

/// A hundred rates, evenly spaced on a logarithmic scale, from a tenth of the lowest rate at which
/// one of these policies changes its split to ten times the highest, both rounded outwards to one
/// digit; from 1 to 127 MB/s, the paper's, where none ever does.
std::vector<data_rate> rates_around(std::span<batch_policy const> policies);

}  // namespace dsc::cli
