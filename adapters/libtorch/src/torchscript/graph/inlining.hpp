#pragma once

#include "torchscript/graph/jit.hpp"

namespace dsc::libtorch::detail {

/// Inlines all calls in `forward` of a module whose graphs are the caller's own. The call stacks of
/// its nodes then name modules by their whole path, `layers.0` where LibTorch's own inlining, which
/// looks at the last step alone, has `0`.
void inline_with_paths(torch::jit::Module const& module);

}  // namespace dsc::libtorch::detail
