#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <dsc/units.hpp>

/// What is typed as a list: entries between commas.
namespace dsc::paper {

/// Names. Throws `bad_option` for an empty one and for one that comes twice.
std::vector<std::string> names_in(std::string_view list, std::string_view option);

/// Whole numbers and ranges of them, as in 1,2,8:16: ascending and without repetition. Throws
/// `bad_option`.
std::vector<batch_size> batches_in(std::string_view list, std::string_view option);

/// Numbers of MB/s and ranges of them, both ends included, as in 5,10:20,1:127:9: ascending and
/// without repetition. Throws `bad_option`.
std::vector<data_rate> rates_in(std::string_view list, std::string_view option);

}  // namespace dsc::paper
