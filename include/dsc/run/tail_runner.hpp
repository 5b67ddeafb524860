#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/run/wire.hpp>

namespace dsc {

/// What runs tails for others: the layers of a span on the tensors that cross its first cut. May be
/// called by several threads at once; throws `dsc::error`.
using tail_runner = std::function<std::vector<wire_tensor>(layer_span, std::vector<wire_tensor> const&)>;

/// The runner of any executable model, which it keeps.
template <ExecutableModel M>
tail_runner runner_of(M model) {
  return [model = std::move(model)](layer_span span, std::vector<wire_tensor> const& tensors) {
    using tensor = tensor_type_t<M>;
    auto const answer = std::make_shared<tensor const>(
        model_traits<M>::forward(model, from_wire<tensor>(only_tensor(tensors, "a request to a tail")), span));
    return std::vector<wire_tensor>{to_wire<tensor>(answer)};
  };
}

}  // namespace dsc
