#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <dsc/units.hpp>

/// Single numbers as people type them. All throw `bad_option`, naming the option and the text.
namespace dsc::cli {

/// Throws `bad_option` with the sentence `OPTION 'TEXT' PREDICATE`, of a long text its beginning.
[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view predicate);

/// The same of a value of no characters, as an unset shell variable has.
[[noreturn]] void refuse_empty(std::string_view option);

/// A finite number; nothing for any other text.
std::optional<double> parse_number(std::string_view text);

/// What nobody means to type but by a slip, and what would end in infinities.
inline constexpr double largest_ms = 1e9, largest_factor = 1e6, largest_percent = 1e6;

/// Digits alone, from `least` to `most`.
std::uint64_t whole_number_in(std::string_view text, std::string_view option, std::uint64_t least, std::uint64_t most);

/// A time in milliseconds.
seconds ms_in(std::string_view text, std::string_view option);

/// A time in seconds, of at most `most`.
seconds seconds_in(std::string_view text, std::string_view option, seconds most);

/// A percentage, as the share that it is.
double percent_in(std::string_view text, std::string_view option);

/// A factor from `least` to `largest_factor`; `hint` ends the sentence about another one.
double factor_in(std::string_view text, std::string_view option, double least, std::string_view hint);

}  // namespace dsc::cli
