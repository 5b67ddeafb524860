#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

/// Lists and ranges as people type them: `1,2,4`, `1:8`, `1:100:5`, and any mix of them. Both ends
/// of a range belong to it: `1:10:4` is 1, 5, 9, 10. All throw `bad_option`, naming the option.
namespace dsc::cli {

/// Whole numbers of at least 1, in the order typed; a range steps by 1 where no step is given.
std::vector<batch_size> batches_in(std::string_view text, std::string_view option);

/// The same, ascending and without repetition.
std::vector<batch_size> sorted_batches_in(std::string_view text, std::string_view option);

/// Rates as `rate_of` takes them, typed in MB/s; a range steps by 1 MB/s where no step is given.
std::vector<data_rate> rates_in(std::string_view text, std::string_view option);

/// A shape of whole numbers of at least 1, as in `3x224x224`: one sample's, so of at most seven
/// extents.
shape shape_in(std::string_view text, std::string_view option);

/// A rate of `megabytes` per second: from one byte per second, as `--rate 0.000001` says it, to
/// 10^15.
data_rate rate_of(double megabytes, std::string_view option);

/// One such rate, typed in MB/s.
data_rate rate_in(std::string_view text, std::string_view option);

}  // namespace dsc::cli
