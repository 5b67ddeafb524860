#include "inputs/labels.hpp"

#include <string_view>

#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "console/errors.hpp"

namespace dsc::cli {

std::vector<std::string> read_labels(std::string const& file, std::size_t classes) {
  std::string const text = read_file(file);
  std::string_view rest = text;
  while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
  std::vector<std::string> labels;
  while (!rest.empty()) {
    std::size_t const end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    labels.emplace_back(line);
  }
  if (labels.size() != classes)
    throw error{cli_errc::bad_option,
                fmt::format("--labels '{}' has {} lines, but the model has {} classes; give one name "
                            "a line, that of class 0 first",
                            file, labels.size(), classes)};
  return labels;
}

}  // namespace dsc::cli
