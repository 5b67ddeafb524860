#pragma once

#include <vector>

#include <dsc/detail/check.hpp>
#include <dsc/detail/elementary.hpp>
#include <dsc/detail/order.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// How fast a `calibration` believes what it sees.
struct calibration_options {
  double profile_weight = 1.0;  ///< how many observations the profile counts for
  double least_gain = 0.1;      ///< an observation's share of the correction, however many came before
  double surprise = 0.2;        ///< two errors in a row of more than this, the same way, are no noise
  double quick_gain = 0.5;      ///< an observation's share then
  double split_weight = 3.0;    ///< observations of one split before half of its own deviation is believed

  /// Throws `bad_quantity` for what means nothing.
  constexpr void check() const {
    detail::require_not_negative(profile_weight, "the profile's weight of a calibration");
    detail::require_positive(least_gain, "the least gain of a calibration");
    detail::require_positive(surprise, "the surprise of a calibration");
    detail::require_positive(quick_gain, "the quick gain of a calibration");
    detail::require_not_negative(split_weight, "the split's weight of a calibration");
    if (least_gain > 1.0 || quick_gain > 1.0)
      throw error{errc::bad_quantity, "the gains of a calibration are shares, at most 1"};
  }
};

/// Corrects one site's predicted times by what was observed: a factor for the site, and for every
/// split a factor of its own beside it, which is believed the more the oftener the split was seen.
/// Both are means of logarithms, so that twice and half as long weigh the same. With it a profile
/// of a quiet or of another machine, or a guess, becomes right within some 20 requests.
class calibration {
 public:
  /// Throws `bad_quantity` for options that mean nothing.
  constexpr explicit calibration(calibration_options const& options = {}) : options_{options} { options_.check(); }

  /// What the predicted time of a head or tail at this split is to be multiplied by.
  constexpr double factor(split_point split) const { return site_factor_ * own_factor(split); }
  /// The same for work that belongs to no split, as the end of a tail on the device.
  constexpr double factor() const { return site_factor_; }
  /// How many observations there were.
  constexpr std::size_t count() const { return count_; }

  /// Keeps the factor, and believes what comes next as if it was the first: what was observed until
  /// now was no good.
  constexpr void doubt() {
    count_ = 0;
    splits_.clear();
  }

  /// What was predicted without correction, and what it took. Times that are not above 0 say
  /// nothing.
  constexpr void observe(split_point split, seconds predicted, seconds observed) {
    if (!tells(predicted, observed)) return;
    if (split.layers >= splits_.size()) splits_.resize(split.layers + 1);
    double const seen = detail::logarithm(observed / predicted);
    move_site(seen - site_ - own(split));
    if (count_ <= settled_count) return;  // first what all splits have in common
    of_split& mine = splits_[split.layers];
    double const gain =
        detail::larger(options_.least_gain, 1.0 / (static_cast<double>(mine.count) + 1.0 + options_.split_weight));
    mine.deviation += gain * (seen - site_ - mine.deviation);
    ++mine.count;
    mine.factor = detail::exponential(own(split));
  }

  /// The same for work that belongs to no split.
  constexpr void observe(seconds predicted, seconds observed) {
    if (tells(predicted, observed)) move_site(detail::logarithm(observed / predicted) - site_);
  }

 private:
  static constexpr std::size_t settled_count = 5;

  struct of_split {
    double deviation = 0.0;
    std::size_t count = 0;
    double factor = 1.0;  // of what is believed of the deviation
  };

  static constexpr bool tells(seconds predicted, seconds observed) {
    return predicted > seconds{} && observed > seconds{} && predicted < never && observed < never;
  }

  constexpr double own_factor(split_point split) const {
    return split.layers < splits_.size() ? splits_[split.layers].factor : 1.0;
  }
  constexpr double own(split_point split) const {
    if (split.layers >= splits_.size()) return 0.0;
    of_split const& mine = splits_[split.layers];
    double const seen = static_cast<double>(mine.count);
    return seen > 0.0 ? mine.deviation * seen / (seen + options_.split_weight) : 0.0;
  }

  constexpr void move_site(double error) {
    bool const large = error > options_.surprise || error < -options_.surprise;
    bool const again = large && last_error_ != 0.0 && (last_error_ > 0.0) == (error > 0.0);
    double gain =
        detail::larger(options_.least_gain, 1.0 / (static_cast<double>(count_) + 1.0 + options_.profile_weight));
    if (again) gain = detail::larger(gain, options_.quick_gain);
    // One large error alone may be a disturbance: it counts as one that is just large.
    double const bound = options_.surprise + (last_error_ < 0.0 ? -last_error_ : last_error_);
    if (count_ > 2) error = error > bound ? bound : error < -bound ? -bound : error;
    last_error_ = large ? error : 0.0;
    site_ += gain * error;
    site_factor_ = detail::exponential(site_);
    ++count_;
  }

  calibration_options options_;
  double site_ = 0.0, site_factor_ = 1.0;
  double last_error_ = 0.0;
  std::size_t count_ = 0;
  std::vector<of_split> splits_;
};

}  // namespace dsc
