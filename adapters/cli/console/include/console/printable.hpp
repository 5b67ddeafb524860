#pragma once

#include <string>
#include <string_view>

namespace dsc::cli {

/// A text from outside as a terminal may be shown it: control characters, line breaks among them,
/// and bytes that are no UTF-8 are written as `\n`, `\x1b` and the like.
std::string printable(std::string_view text);

/// The same of whole lines: line breaks stay.
std::string printable_lines(std::string_view text);

}  // namespace dsc::cli
