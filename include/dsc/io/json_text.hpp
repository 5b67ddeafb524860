#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

/// JSON as dsc writes it.
namespace dsc {

/// An object of it keeps its members in the order in which they were added.
using ordered_json = nlohmann::ordered_json;

/// A number, or null where it is not finite: JSON has no infinity.
inline ordered_json finite_or_null(double x) { return x - x == 0.0 ? ordered_json(x) : ordered_json(nullptr); }

namespace detail {

// Everything on one line, with a blank behind commas and colons.
inline std::string json_line(ordered_json const& value) {
  if (!value.is_structured()) return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string inside;
  for (auto const& member : value.items()) {
    if (!inside.empty()) inside += ", ";
    if (value.is_object()) inside += json_line(member.key()) + ": ";
    inside += json_line(member.value());
  }
  return value.is_object() ? "{" + inside + "}" : "[" + inside + "]";
}

inline std::string json_lines(ordered_json const& value, std::size_t indent) {
  bool plain = value.is_array();
  for (auto const& element : value) plain = plain && element.is_primitive();
  std::string text = json_line(value);
  if (plain || !value.is_structured() || (indent > 0 && indent + text.size() <= 120)) return text;

  text = value.is_object() ? "{" : "[";
  char const* separator = "\n";
  for (auto const& member : value.items()) {
    text += separator + std::string(indent + 2, ' ');
    if (value.is_object()) text += json_line(member.key()) + ": ";
    text += json_lines(member.value(), indent + 2);
    separator = ",\n";
  }
  return text + "\n" + std::string(indent, ' ') + (value.is_object() ? "}" : "]");
}

}  // namespace detail

/// A document as a text that people can read too, with a line break at its end: what fits into 120
/// columns and every list of plain values stand on one line, the members of all else on lines of
/// their own, indented by 2. Bytes that are no UTF-8, as a file's name may have, are replaced.
inline std::string json_text(ordered_json const& document) { return detail::json_lines(document, 0) + "\n"; }

}  // namespace dsc
