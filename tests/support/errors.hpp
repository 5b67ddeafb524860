#pragma once

#include <optional>
#include <string>

#include <dsc/error.hpp>

namespace dsc::test {

/// The number of the `dsc::error` that `action` throws; nothing where it throws none.
template <class Action>
std::optional<error_code> code_of(Action&& action) {
  try {
    action();
  } catch (error const& e) {
    return e.code();
  }
  return std::nullopt;
}

/// What the `dsc::error` that `action` throws says; empty where it throws none.
template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (error const& e) {
    return e.what();
  }
  return {};
}

}  // namespace dsc::test
