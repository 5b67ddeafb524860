#pragma once

#include <exception>
#include <string>

#include <dsc/error.hpp>

#include "torchscript/graph/jit.hpp"

namespace dsc::libtorch::detail {

/// Runs `action`; what LibTorch throws in it becomes an error of this number whose sentence begins
/// with `beginning`.
template <class Action>
auto by_libtorch(error_code code, std::string const& beginning, Action const& action) {
  try {
    return action();
  } catch (error const&) {
    throw;
  } catch (std::exception const& failure) {
    throw error{code, beginning + ": " + sentence_of(failure)};
  }
}

}  // namespace dsc::libtorch::detail
