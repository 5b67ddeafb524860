#pragma once

#include <string>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

/// Quantities as the cells of a table, in the units of the command's options; the column's title names the unit.
namespace dsc::cli {

std::string in_ms(seconds time);           ///< `12.3`, `never`
std::string in_MBps(data_rate rate);       ///< `11.3`, `unlimited`
std::string in_percent(double percent);    ///< `12.3 %`
std::string grouped(std::uint64_t count);  ///< `1,234,567`
std::string extents(shape const& of);      ///< `16x112x112`

/// A time of `milliseconds`; throws `bad_option`, naming the option, for one that is negative or not finite.
seconds ms_of(double milliseconds, std::string const& option);

}  // namespace dsc::cli
