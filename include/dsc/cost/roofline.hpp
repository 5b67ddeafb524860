#pragma once

#include <vector>

#include <dsc/detail/check.hpp>
#include <dsc/detail/order.hpp>
#include <dsc/model/layers.hpp>

namespace dsc {

/// A processor as the roofline model sees it.
struct processor {
  double peak_flops = 0.0;  ///< floating-point operations per second; a multiply-accumulate is two
  data_rate memory_bandwidth = unlimited;
  seconds launch{};         ///< what each layer costs before it computes
  double efficiency = 1.0;  ///< share of the peak that is reached, in (0, 1]
};

/// The time of a layer as the larger of its arithmetic and its memory traffic, plus its launch:
/// `launch + max(2 B macs / (efficiency peak), (B (|in| + |out|) + parameters) / bandwidth)`.
/// Source: Williams, Waterman, Patterson, "Roofline" (CACM 2009).
class roofline {
 public:
  /// Throws `bad_quantity` for a processor whose numbers mean nothing.
  template <CountedModel M>
  constexpr roofline(M const& model, processor const& site) : site_{site} {
    detail::require_positive(site.peak_flops, "the peak of a processor in FLOP/s");
    if (!(site.memory_bandwidth > data_rate{0.0}))
      throw error{errc::bad_quantity, "the memory bandwidth of a processor must be above 0 bytes per second"};
    detail::require_not_negative(site.launch, "the launch time of a processor");
    if (detail::require_positive(site.efficiency, "the efficiency of a processor") > 1.0)
      throw error{errc::bad_quantity, "the efficiency of a processor is a share of its peak, at most 1"};
    for (std::size_t i = 0; i < dsc::layer_count(model); ++i) {
      auto const& layer = layer_at(model, i);
      using traits = layer_traits<layer_type_t<M>>;
      double const moved =
          number(representation_bytes(model, split_point{i})) + number(representation_bytes(model, split_point{i + 1}));
      work_.push_back({2.0 * static_cast<double>(traits::macs(layer)), moved, number(traits::parameter_bytes(layer))});
    }
  }

  /// How many layers it knows.
  constexpr std::size_t layer_count() const { return work_.size(); }

  /// Time of layer `index` (from 0), which must exist.
  constexpr seconds layer_time(std::size_t index, batch_size batch) const {
    auto const& [operations, moved, parameters] = work_[index];
    auto const samples = static_cast<double>(batch.count);
    seconds const arithmetic{samples * operations / (site_.efficiency * site_.peak_flops)};
    seconds const traffic{(samples * moved + parameters) / site_.memory_bandwidth.bytes_per_second};
    return site_.launch + detail::larger(arithmetic, traffic);
  }

  /// The sum over the span's layers. Throws `bad_split` for a span outside the model.
  constexpr seconds time(layer_span span, batch_size batch) const {
    check_span(span, work_.size());
    seconds sum{};
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) sum += layer_time(i, batch);
    return sum;
  }

 private:
  // In floating point, where no batch is too large: bytes as integers would end at 2^64.
  struct layer_work {
    double operations;  // per sample
    double moved;       // bytes per sample
    double parameters;  // bytes
  };

  static constexpr double number(bytes amount) { return static_cast<double>(amount.count); }

  processor site_;
  std::vector<layer_work> work_;
};

}  // namespace dsc
