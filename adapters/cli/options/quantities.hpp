#pragma once

#include <string>
#include <string_view>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

/// Quantities as the cells of a table, in the units of the command's options; the column's title
/// names the unit.
namespace dsc::cli {

std::string in_ms(seconds time);           ///< `12.3`, `never`
std::string in_MBps(data_rate rate);       ///< `11.3`, `unlimited`
std::string in_percent(double percent);    ///< `12.3 %`
std::string grouped(std::uint64_t count);  ///< `1,234,567`
std::string extents(shape const& of);      ///< `16x112x112`

/// What nobody means to type but by a slip, and what would end in infinities.
inline constexpr double largest_ms = 1e9, largest_factor = 1e6;

/// A time of `milliseconds`; throws `bad_option`, naming the option, for one that is negative or
/// absurdly long.
seconds ms_of(double milliseconds, std::string const& option);

/// Throws `bad_option` for a factor outside `least` to `largest_factor`; `why` ends the sentence.
void check_factor(double factor, double least, std::string_view option, std::string_view why);

}  // namespace dsc::cli
