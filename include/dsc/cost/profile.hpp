#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/detail/check.hpp>
#include <dsc/model/layers.hpp>

namespace dsc {

/// What a profile knows of a layer.
class profiled_layer {
 public:
  constexpr profiled_layer(std::string name, bytes output) : name_{std::move(name)}, output_{output} {}
  constexpr std::string_view name() const { return name_; }
  constexpr bytes output_bytes() const { return output_; }

 private:
  std::string name_;
  bytes output_;
};

/// What was measured at one batch size.
struct batch_times {
  batch_size batch;
  std::vector<seconds> prefix;  ///< L+1 entries: time of the layers [0, l), the first 0
  std::vector<seconds>
      suffix;  ///< time of the layers [l, L), the last 0; or empty: the prefixes' differences stand for it
};

/// Times measured at one site: a cost model and, as it knows names and sizes, a model too. Between
/// the measured batch sizes times are linear in the batch; outside them they are an error unless
/// extrapolation is asked for.
class profile {
 public:
  /// Throws `bad_profile` for no layers, no batches, batch sizes that do not increase, lists of the
  /// wrong length, and times that are negative, not finite, or not 0 where nothing runs.
  constexpr profile(std::string model, bytes input, std::vector<profiled_layer> layers, std::vector<batch_times> times)
      : model_{std::move(model)}, input_{input}, layers_{std::move(layers)}, times_{std::move(times)} {
    check();
  }

  constexpr std::string_view name() const { return model_; }
  constexpr bytes input_bytes() const { return input_; }
  constexpr std::span<profiled_layer const> layers() const { return layers_; }
  constexpr std::span<batch_times const> measured() const { return times_; }

  /// How many layers were measured.
  constexpr std::size_t layer_count() const { return layers_.size(); }

  /// Whether these are a model's layers, by their names and sizes. The input is not compared: the
  /// same network may be given images in another element type.
  template <Model M>
  constexpr bool describes(M const& model) const {
    if (dsc::layer_count(model) != layers_.size()) return false;
    for (std::size_t i = 0; i < layers_.size(); ++i)
      if (layer_name(model, i) != layers_[i].name() ||
          representation_bytes(model, split_point{i + 1}) != layers_[i].output_bytes())
        return false;
    return true;
  }

  /// The same profile, answering beyond its batch sizes too: linearly from the two nearest ones (in
  /// proportion to the batch where there is one only), never below 0.
  constexpr profile extrapolated() const {
    profile open = *this;
    open.open_ended_ = true;
    return open;
  }

  /// Time of a span: the prefix where it begins at 0, else the measured suffix where it ends at L
  /// and there is one, else the difference of two prefixes, not below 0. Throws
  /// `batch_not_profiled` and `bad_split`.
  constexpr seconds time(layer_span span, batch_size batch) const {
    check_span(span, layers_.size());
    if (span.empty()) return seconds{};
    return between_batches(batch, [&](batch_times const& at) {
      if (span.begin.layers == 0) return at.prefix[span.end.layers];
      if (span.end.layers == layers_.size() && !at.suffix.empty()) return at.suffix[span.begin.layers];
      return detail::not_below_zero(at.prefix[span.end.layers] - at.prefix[span.begin.layers]);
    });
  }

  /// Time of the tail [l, L): the measured suffix where there is one, at `l = 0` too, else what
  /// `time` says. Throws as `time` does.
  constexpr seconds tail_time(split_point split, batch_size batch) const {
    check_split(split, layers_.size());
    return between_batches(batch, [&](batch_times const& at) {
      return at.suffix.empty() ? detail::not_below_zero(at.prefix.back() - at.prefix[split.layers])
                               : at.suffix[split.layers];
    });
  }

 private:
  struct between {
    batch_times const* low;  // null: a batch of nothing, which takes no time
    batch_times const* high;
    double weight;
  };

  constexpr seconds between_batches(batch_size batch, auto const& measured_time) const {
    auto const [low, high, weight] = bracket(batch);
    seconds const below = low == nullptr ? seconds{} : measured_time(*low);
    return weight == 0.0 ? below : detail::not_below_zero(below + weight * (measured_time(*high) - below));
  }

  constexpr between bracket(batch_size batch) const {
    detail::require_not_empty(batch);
    std::size_t from = 0;
    while (from < times_.size() && times_[from].batch < batch) ++from;
    if (from < times_.size() && times_[from].batch == batch) return {&times_[from], &times_[from], 0.0};
    if ((from == 0 || from == times_.size()) && !open_ended_) outside(batch);
    auto const count = [](batch_times const& at) { return static_cast<double>(at.batch.count); };
    double const asked = static_cast<double>(batch.count);
    if (times_.size() == 1) return {nullptr, &times_[0], asked / count(times_[0])};
    std::size_t const high = from == 0 ? 1 : from == times_.size() ? from - 1 : from;
    batch_times const& low = times_[high - 1];
    return {&low, &times_[high], (asked - count(low)) / (count(times_[high]) - count(low))};
  }

  [[noreturn]] void outside(batch_size batch) const {
    throw error{errc::batch_not_profiled,
                "batch size " + std::to_string(batch.count) + " is outside the measured ones (" +
                    std::to_string(times_.front().batch.count) + " to " + std::to_string(times_.back().batch.count) +
                    ") of the profile of '" + model_ +
                    "'; profile it, or ask for extrapolation, as profile.extrapolated() and --extrapolate do"};
  }

  constexpr void check() {
    if (layers_.empty()) throw error{errc::bad_profile, "the profile of '" + model_ + "' has no layers"};
    if (input_ == bytes{}) throw error{errc::bad_profile, "the profile of '" + model_ + "' has an input of 0 bytes"};
    if (times_.empty()) throw error{errc::bad_profile, "the profile of '" + model_ + "' has no batch sizes"};
    for (std::size_t i = 0; i < times_.size(); ++i) {
      auto const& [batch, prefix, suffix] = times_[i];
      if (batch.count == 0 || (i > 0 && batch <= times_[i - 1].batch))
        throw error{errc::bad_profile,
                    "the batch sizes of the profile of '" + model_ + "' must begin at 1 or more and increase"};
      check_times(batch, prefix, "prefix", 0);
      if (!suffix.empty()) check_times(batch, suffix, "suffix", layers_.size());
    }
  }

  constexpr void check_times(batch_size batch, std::vector<seconds> const& list, char const* which,
                             std::size_t zero_at) const {
    if (list.size() != layers_.size() + 1)
      fail(batch, which,
           "are " + std::to_string(list.size()) + " entries; " + std::to_string(layers_.size()) +
               " layers need one more than that");
    for (seconds const t : list)
      if (!detail::is_finite(t.count()) || t < seconds{})
        fail(batch, which, "hold a time that is negative or not finite");
    if (list[zero_at] != seconds{})
      fail(batch, which, "must be 0 at entry " + std::to_string(zero_at) + ", where no layer runs");
  }

  [[noreturn]] void fail(batch_size batch, char const* which, std::string const& why) const {
    throw error{errc::bad_profile, "the " + std::string{which} + " times at batch " + std::to_string(batch.count) +
                                       " of the profile of '" + model_ + "' " + why};
  }

  std::string model_;
  bytes input_;
  std::vector<profiled_layer> layers_;
  std::vector<batch_times> times_;
  bool open_ended_ = false;
};

}  // namespace dsc
