#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dsc::cli {

/// A class, and the share of the softmax over all scores that is its own.
struct class_score {
  std::size_t index = 0;
  double probability = 0.0;
};

/// The classes with the highest scores, best first, at most so many. Scores that are probabilities
/// already, none below 0 and 1 in sum, stay what they are; those that are no numbers, as of odd
/// weights, come last.
std::vector<class_score> best_classes(std::span<float const> scores, std::size_t most);

}  // namespace dsc::cli
