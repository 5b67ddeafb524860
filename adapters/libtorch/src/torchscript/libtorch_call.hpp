#pragma once

#include <exception>
#include <string>

#include <dsc/error.hpp>

#include "torchscript/graph/jit.hpp"

namespace dsc::libtorch::detail {

/// What to do about a sentence of LibTorch's; empty where that is not known.
inline std::string advice_on(std::string const& sentence) {
  bool const is_half = sentence.find("not implemented for 'Half'") != std::string::npos;
  return is_half ? "; take float32 or bfloat16, or a GPU, as this LibTorch does not compute that in float16 on a CPU"
                 : "";
}

/// Runs `action`; what LibTorch throws in it becomes an error of this number whose sentence begins
/// with `beginning`.
template <class Action>
auto by_libtorch(error_code code, std::string const& beginning, Action const& action) {
  try {
    return action();
  } catch (error const&) {
    throw;
  } catch (std::exception const& failure) {
    std::string const sentence = sentence_of(failure);
    throw error{code, beginning + ": " + sentence + advice_on(sentence)};
  }
}

}  // namespace dsc::libtorch::detail
