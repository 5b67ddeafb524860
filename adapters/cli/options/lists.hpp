#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

#include "options/options.hpp"

/// Values of several parts as people type them: `3x224x224`, `dynamic,static:5`, `1,2,4`, and with
/// ranges `1:8`, `1:100:5`, and any mix of them. Both ends of a range belong to it: `1:10:4` is 1,
/// 5, 9, 10. All throw `bad_option`, naming the option and the text.
namespace dsc::cli {

/// Whole numbers of at least 1, in the order typed; a range steps by 1 where no step is given.
std::vector<batch_size> batches_in(std::string_view text, std::string_view option);

/// The same, ascending and without repetition.
std::vector<batch_size> sorted_batches_in(std::string_view text, std::string_view option);

/// Rates as `rate_in` takes them; a range steps by 1 where no step is given, in the unit of its end
/// or MB/s: `10:100:10Mbit`, `1:127`. A unit at the end of a range counts for what has none in it.
std::vector<data_rate> rates_in(std::string_view text, std::string_view option);

/// The same, with 0 for an outage among them.
std::vector<data_rate> rates_or_outages_in(std::string_view text, std::string_view option);

/// A shape of whole numbers of at least 1, as in `3x224x224`: one sample's, so of at most seven
/// extents.
shape shape_in(std::string_view text, std::string_view option);

/// One rate, with its unit (`40Mbit`, `5MB/s`, `300kB/s`) or in MB/s: from one byte per second to
/// 10^15.
data_rate rate_in(std::string_view text, std::string_view option);

/// The unit of a rate, as in `kbit/s`.
data_rate rate_unit_in(std::string_view text, std::string_view option);

/// Three numbers of red, green and blue, as in `0.485,0.456,0.406`; one counts for all three.
std::array<double, 3> channel_values_in(std::string_view text, std::string_view option);

/// Ways to choose the split, as in `dynamic,static:5`; none for `all` of them.
std::vector<strategy_choice> strategies_in(std::string_view text, std::string_view option);

/// Which tails are served: the name of a filter, or split points as in `0,3,5` or `3:7`, ascending
/// and without repetition.
std::variant<split_filter, std::vector<split_point>> splits_in(std::string_view text, std::string_view option);

/// Addresses of servers, as in `10.0.0.2:8001,10.0.0.3:8001`; none where the text is the name of a
/// file.
std::vector<std::string> addresses_in(std::string_view text);

/// How many layers the head has, or the name of its last one: a number is never taken for a name.
std::variant<split_point, std::string> split_in(std::string_view text, std::string_view option);

}  // namespace dsc::cli
