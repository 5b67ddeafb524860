#pragma once

#include <string>

namespace torch::jit {
struct Module;
}

namespace dsc::libtorch::detail {

/// By what two sides tell that they have the same weights: a fingerprint of a module's parameters,
/// buffers and other tensors, with their names, and of the constants in its code.
std::string weights_fingerprint(torch::jit::Module const& module);

}  // namespace dsc::libtorch::detail
