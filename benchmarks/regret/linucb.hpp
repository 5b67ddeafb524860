#pragma once

#include <array>
#include <cmath>
#include <vector>

#include <dsc/decide/decider.hpp>
#include <dsc/plan/planner.hpp>

namespace dsc::regret {

struct linucb_options {
  double alpha = 0.4;     ///< weight of the confidence bound, in units of the local time
  double discount = 0.9;  ///< of older observations, as the link changes
  int forced = 40;        ///< every so many requests the best split that sends something
  double ridge = 0.01;
};

/// A linear bandit over all split points, after Zhang, Chen, Zhou, "Autodidactic neurosurgeon:
/// collaborative deep inference for mobile edge intelligence via online learning" (The Web
/// Conference 2021): the time of a head is known, that of all the rest is linear in features of the
/// split point (1, time of the tail by the profile, bytes sent), learnt by LinUCB; running locally
/// shows nothing of it, so some requests are forced to send. Older observations are discounted.
template <class P>
class linucb {
 public:
  linucb(P const& planner, batch_size batch, linucb_options const& options = {})
      : options_{options}, rows_{planner.costs(batch)}, layers_{planner.layers()} {
    for (split_costs const& row : rows_)
      if (row.split.layers == layers_) local_ = row.head.count();
    for (std::size_t i = 0; i < 3; ++i) matrix_[i][i] = options_.ridge;
  }

  decision decide(batch_size) {
    bool const forced = ++requests_ % options_.forced == 0;
    vector const theta = solved(answers_);
    split_costs const* best = nullptr;
    double least = 0.0;
    for (split_costs const& row : rows_) {
      bool const local = row.split.layers == layers_;
      if (local && (forced || updates_ == 0)) continue;
      double const time = row.head.count() + (local ? 0.0 : rest(row, theta) - options_.alpha * local_ * doubt(row));
      if (best != nullptr && !(time < least)) continue;
      best = &row;
      least = time;
    }
    decision decided;
    decided.plan.split = best->split;
    latency_breakdown& predicted = decided.plan.latency;
    predicted = {.head = best->head};
    // How long the session waits; while little is known as long as for a split without a
    // prediction.
    if (best->split.layers != layers_ && updates_ > 3) {
      predicted.transfer = seconds{std::max(0.0, rest(*best, theta))};
      predicted.end_to_end = predicted.head + predicted.transfer;
    }
    return decided;
  }

  void observe(inference_record const& record) {
    if (record.decided.plan.split.layers == layers_) return;
    for (split_costs const& row : rows_)
      if (row.split == record.decided.plan.split) learn(row, (record.total - record.observed.head).count());
  }

 private:
  using vector = std::array<double, 3>;

  vector features(split_costs const& row) const {
    return {1.0, row.tail.count() / local_, static_cast<double>(row.payload.count) / 1e6};
  }

  double rest(split_costs const& row, vector const& theta) const {
    vector const x = features(row);
    return x[0] * theta[0] + x[1] * theta[1] + x[2] * theta[2];
  }

  double doubt(split_costs const& row) const {
    vector const x = features(row), y = solved(x);
    return std::sqrt(std::max(0.0, x[0] * y[0] + x[1] * y[1] + x[2] * y[2]));
  }

  void learn(split_costs const& row, double time) {
    vector const x = features(row);
    for (std::size_t i = 0; i < 3; ++i) {
      answers_[i] = options_.discount * answers_[i] + time * x[i];
      for (std::size_t j = 0; j < 3; ++j)
        matrix_[i][j] = options_.discount * matrix_[i][j] + x[i] * x[j] +
                        (i == j ? (1.0 - options_.discount) * options_.ridge : 0.0);
    }
    ++updates_;
  }

  // `matrix⁻¹ y` by Gauss, without exchanges: the matrix is positive definite.
  vector solved(vector y) const {
    auto a = matrix_;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t k = i + 1; k < 3; ++k) {
        double const share = a[k][i] / a[i][i];
        for (std::size_t j = i; j < 3; ++j) a[k][j] -= share * a[i][j];
        y[k] -= share * y[i];
      }
    for (std::size_t i = 3; i-- > 0;) {
      for (std::size_t j = i + 1; j < 3; ++j) y[i] -= a[i][j] * y[j];
      y[i] /= a[i][i];
    }
    return y;
  }

  linucb_options options_;
  std::vector<split_costs> rows_;
  std::size_t layers_;
  double local_ = 1.0;
  std::array<vector, 3> matrix_{};
  vector answers_{};
  int requests_ = 0, updates_ = 0;
};

}  // namespace dsc::regret
