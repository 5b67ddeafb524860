#include <dsc/error.hpp>

#include <string>
#include <type_traits>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;

// Numbers that programs may have written down: they stay what they are.
static_assert(static_cast<int>(errc::bad_quantity) == 101 && static_cast<int>(errc::bad_split) == 102 &&
              static_cast<int>(errc::bad_model) == 103);
static_assert(static_cast<int>(errc::bad_batch) == 104 && static_cast<int>(errc::bad_tensor) == 105 &&
              static_cast<int>(errc::bad_trace) == 201);
static_assert(static_cast<int>(errc::trace_ended) == 202 && static_cast<int>(errc::bad_profile) == 301);
static_assert(static_cast<int>(errc::batch_not_profiled) == 302 && static_cast<int>(errc::noisy_profile) == 303);
static_assert(static_cast<int>(errc::no_plan) == 401 && static_cast<int>(errc::transport_failed) == 501);
static_assert(static_cast<int>(errc::deadline_missed) == 502 && static_cast<int>(errc::cancelled) == 503);
static_assert(static_cast<int>(errc::cannot_read) == 601 && static_cast<int>(errc::bad_file) == 602 &&
              static_cast<int>(errc::cannot_write) == 603);
// An adapter's own enum joins; numbers that mean anything do not.
enum class adapter_errc : int { too_warm = 951 };
enum class other_type : unsigned { number = 101 };
static_assert(std::is_convertible_v<adapter_errc, error_code> && error_code{adapter_errc::too_warm}.number() == 951);
static_assert(!std::is_convertible_v<int, error_code> && !std::is_convertible_v<other_type, error_code>);
static_assert(error_code{errc::bad_split} == errc::bad_split && error_code{errc::bad_split} != adapter_errc::too_warm);
static_assert(std::is_base_of_v<std::runtime_error, error> && std::is_nothrow_copy_constructible_v<error>);

TEST_CASE("an error has a stable number and a sentence") {
  error const wrong{errc::bad_trace, "the trace is empty; give at least one line"};
  REQUIRE(wrong.code() == errc::bad_trace);
  REQUIRE(std::string{wrong.what()} == "dsc-201: the trace is empty; give at least one line");
}

TEST_CASE("an adapter's error has the adapter's number") {
  error const wrong{adapter_errc::too_warm, "the device is at 95 degrees; let it cool down"};
  REQUIRE(wrong.code() == adapter_errc::too_warm);
  REQUIRE(std::string{wrong.what()} == "dsc-951: the device is at 95 degrees; let it cool down");
}

TEST_CASE("an error is caught as the standard's own") {
  REQUIRE_THROWS_AS(throw error(errc::no_plan, "no split is allowed"), std::runtime_error);
  REQUIRE(test::code_of([] { throw error{errc::no_plan, "no split is allowed"}; }) == errc::no_plan);
  REQUIRE_FALSE(test::code_of([] {}).has_value());
}

}  // namespace
