#pragma once

#include <optional>

#include <dsc/error.hpp>
#include <dsc/shape.hpp>
#include <dsc/units.hpp>

namespace dsc::detail {

inline void require_output(bool agrees, tensor_spec const& spec, tensor_spec const& expected) {
  if (!agrees)
    throw error{errc::transport_failed, "the answer is " + text_of(spec) + " instead of " + text_of(expected)};
}

/// The last output that this side made itself, for models that cannot tell theirs: what comes from
/// the other side must be like it.
class last_output {
 public:
  void learn(tensor_spec const& spec, batch_size batch) { known_ = output{batch, spec}; }

  /// Of another batch size the type and the number of extents are compared: which of them follows
  /// the batch is not known. Throws `transport_failed`.
  void require_same_kind(tensor_spec const& spec, batch_size batch) const {
    if (!known_) return;
    tensor_spec const& last = known_->spec;
    bool const same_kind = spec.element == last.element && spec.shape.rank == last.shape.rank;
    require_output(known_->batch == batch ? spec == last : same_kind, spec, last);
  }

 private:
  struct output {
    batch_size batch;
    tensor_spec spec;
  };
  std::optional<output> known_;
};

}  // namespace dsc::detail
