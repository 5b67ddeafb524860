#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace dsc::paper {

/// A table as CSV. Cells are numbers and plain words; doubles are written so that they read back to
/// the same number.
class csv {
 public:
  explicit csv(std::string_view header) : text_{header} { text_ += '\n'; }

  template <class First, class... Rest>
  void row(First const& first, Rest const&... rest) {
    add(first);
    ((text_ += ',', add(rest)), ...);
    text_ += '\n';
  }

  std::string const& text() const { return text_; }

 private:
  void add(bool flag) { text_ += flag ? '1' : '0'; }
  void add(std::string_view cell) {
    if (cell.find(',') == std::string_view::npos)
      text_ += cell;
    else
      text_.append("\"").append(cell).append("\"");
  }
  void add(std::string const& cell) { add(std::string_view{cell}); }
  void add(char const* cell) { add(std::string_view{cell}); }
  void add(auto const& cell) { fmt::format_to(std::back_inserter(text_), "{}", cell); }
  std::string text_;
};

}  // namespace dsc::paper
