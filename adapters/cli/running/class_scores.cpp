#include "running/class_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace dsc::cli {
namespace {

bool are_probabilities(std::span<float const> scores) {
  double const sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  return std::ranges::all_of(scores, [](float score) { return score >= 0.0F; }) && std::abs(sum - 1.0) < 1e-3;
}

}  // namespace

std::vector<class_score> best_classes(std::span<float const> scores, std::size_t most) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return std::tuple{std::isnan(scores[i]), std::isnan(scores[i]) ? 0.0F : -scores[i], i};
  });
  if (order.empty()) return {};
  bool const done = are_probabilities(scores);
  double const largest = scores[order.front()];
  double sum = 0.0;
  for (float const score : scores) sum += std::exp(static_cast<double>(score) - largest);
  order.resize(std::min(order.size(), most));
  std::vector<class_score> best;
  for (std::size_t const i : order)
    best.push_back(
        {i, done ? static_cast<double>(scores[i]) : std::exp(static_cast<double>(scores[i]) - largest) / sum});
  return best;
}

}  // namespace dsc::cli
