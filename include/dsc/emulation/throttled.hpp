#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/detail/wait.hpp>
#include <dsc/model/layers.hpp>

namespace dsc {

/// A model that takes `factor` times as long: after every run it really waits `(factor − 1)` times
/// what that run was just measured to take, never what it was predicted to take. Stands for a
/// weaker device.
template <ExecutableModel M>
class throttled {
 public:
  using tensor_type = tensor_type_t<M>;

  /// `synchronize` waits until a device with a queue has finished; empty for one without. Throws
  /// `bad_quantity` for a factor below 1.
  throttled(M model, double factor, std::function<void()> synchronize = {})
      : model_{std::move(model)},
        factor_{detail::require_not_negative(factor, "the slow-down")},
        synchronize_{std::move(synchronize)} {
    if (factor < 1.0)
      throw error{errc::bad_quantity, "the slow-down must be 1 or more, but is " + std::to_string(factor)};
  }

  M const& model() const { return model_; }
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
    auto const start = clock::now();
    tensor_type y = model_traits<M>::forward(model_, std::move(x), span);
    if (synchronize_) synchronize_();
    seconds const measured = clock::now() - start;
    if (factor_ > 1.0)
      detail::wait_precisely_until(start + std::chrono::duration_cast<clock::duration>(factor_ * measured));
    return y;
  }

 private:
  M model_;
  double factor_;
  std::function<void()> synchronize_;
};

}  // namespace dsc
