#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dsc::cli {

/// A table for people: columns as wide as they need to be, two spaces between them.
class table {
 public:
  enum class align { left, right };
  struct column {
    std::string title;
    align side = align::right;
  };

  explicit table(std::vector<column> columns);

  /// One cell per column.
  void add(std::vector<std::string> cells);

  /// All lines, each ended by a line break; `indent` spaces before each.
  std::string text(std::size_t indent = 0) const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace dsc::cli
