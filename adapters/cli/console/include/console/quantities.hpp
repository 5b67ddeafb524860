#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

/// Quantities as text, most of them as the cells of a table in the units of the command's options;
/// the column's title names the unit.
namespace dsc::cli {

std::string in_ms(seconds time);           ///< `12.3`, `never`
std::string in_MBps(data_rate rate);       ///< `11.3`, `unlimited`
std::string in_percent(double percent);    ///< `12.3 %`
std::string grouped(std::uint64_t count);  ///< `1,234,567`
std::string extents(shape const& of);      ///< `16x112x112`

/// `1, 2, 4`; of many, the first few and how many more there are.
std::string batch_list(std::span<batch_size const> batches);

}  // namespace dsc::cli
