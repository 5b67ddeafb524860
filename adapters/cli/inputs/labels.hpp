#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dsc::cli {

/// The names of a network's classes: one a line, the first of class 0. Throws `cannot_read`, and
/// `bad_option` where there are not as many as the network has `classes`.
std::vector<std::string> read_labels(std::string const& file, std::size_t classes);

}  // namespace dsc::cli
