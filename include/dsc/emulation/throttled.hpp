#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/detail/wait.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/wire.hpp>

namespace dsc {

/// A model that takes longer: after every run it really waits. Stands for a weaker device, in one
/// of two ways: `factor` times what the run was just measured to take, or the time that is known of
/// a device for these layers and this batch, as its profile has it.
template <ExecutableModel M>
class throttled {
 public:
  using tensor_type = tensor_type_t<M>;
  /// What a device takes for a span of layers and a batch.
  using time_of = std::function<seconds(layer_span, batch_size)>;

  /// `factor` times as long: it waits `(factor − 1)` times what was measured, never what was
  /// predicted. `synchronize` waits until a device with a queue has finished; empty for one
  /// without. Throws `bad_quantity` for a factor below 1.
  throttled(M model, double factor, std::function<void()> synchronize = {})
      : model_{std::move(model)},
        factor_{detail::require_not_negative(factor, "the slowdown")},
        synchronize_{std::move(synchronize)} {
    if (factor < 1.0)
      throw error{errc::bad_quantity, "the slowdown must be 1 or more, but is " + std::to_string(factor)};
  }

  /// As long as `time` says, which is asked after every run. A run that took longer by itself is
  /// not waited for: `time` cannot be faster than this machine.
  throttled(M model, time_of time, std::function<void()> synchronize = {})
      : model_{std::move(model)}, time_{std::move(time)}, synchronize_{std::move(synchronize)} {}

  M const& model() const { return model_; }
  /// 1 where it is told the times instead.
  double factor() const { return factor_; }

  bytes input_bytes() const { return model_traits<M>::input_bytes(model_); }
  decltype(auto) layers() const { return model_traits<M>::layers(model_); }

  tensor_spec output_spec(batch_size batch) const
    requires OutputDescribingModel<M>
  {
    return model_traits<M>::output_spec(model_, batch);
  }

  tensor_type forward(tensor_type x, layer_span span) const {
    using clock = std::chrono::steady_clock;
    // Of an empty span nothing is asked: nothing runs.
    bool const known = time_ && !span.empty();
    batch_size const batch =
        known ? samples_in(tensor_traits<tensor_type>::spec(x).size(), representation_bytes(model_, span.begin))
              : batch_size{};
    auto const start = clock::now();
    tensor_type y = model_traits<M>::forward(model_, std::move(x), span);
    if (synchronize_) synchronize_();
    seconds const measured = clock::now() - start;
    seconds const target = known ? time_(span, batch) : factor_ * measured;
    if (target > measured) detail::wait_precisely_until(start + std::chrono::duration_cast<clock::duration>(target));
    return y;
  }

 private:
  M model_;
  double factor_ = 1.0;
  time_of time_;
  std::function<void()> synchronize_;
};

}  // namespace dsc
