#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "options/numbers.hpp"

/// Options whose text becomes a value as soon as CLI11 has it, so that nothing behind the command
/// line ever reads text; what is refused is refused in the command's own sentences.
namespace dsc::cli {

/// `read(text, option)` makes the value; `option` is the first of the names.
template <class Value, class Read>
CLI::Option* add_typed(CLI::App& app, std::string const& names, Value& value, Read read, std::string const& help) {
  std::string const option = names.substr(0, names.find(','));
  return app.add_option_function<std::string>(
      names,
      [&value, read, option](std::string const& text) {
        if (text.empty()) refuse_empty(option);
        value = read(text, option);
      },
      help);
}

/// A whole number of at least `least`.
template <class Value, class Number = Value>
CLI::Option* add_count(CLI::App& app, std::string const& names, Value& value, Number least, std::string const& help) {
  auto const read = [least](std::string_view text, std::string_view option) {
    return static_cast<Number>(whole_number_in(text, option, static_cast<std::uint64_t>(least),
                                               static_cast<std::uint64_t>(std::numeric_limits<Number>::max())));
  };
  return add_typed(app, names, value, read, help)->type_name("COUNT");
}

/// The values that an option may have, by their names.
template <class Value>
using named_values = std::vector<std::pair<std::string_view, Value>>;

/// Throws `bad_option` for a word that names none.
template <class Value>
Value value_named(std::string_view word, std::string_view option, named_values<Value> const& values) {
  std::string names;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].first == word) return values[i].second;
    names.append(i == 0 ? "" : i + 1 == values.size() ? " and " : ", ").append(values[i].first);
  }
  refuse(option, word, "is none of " + names);
}

/// One of several values by its name.
template <class Value, class Named>
CLI::Option* add_named(CLI::App& app, std::string const& names, Value& value, named_values<Named> const& values,
                       std::string const& help) {
  std::string words;
  for (auto const& [name, ignored] : values) words.append(words.empty() ? "" : "|").append(name);
  auto const read = [values](std::string_view text, std::string_view option) {
    return value_named(text, option, values);
  };
  return add_typed(app, names, value, read, help)->type_name(words);
}

}  // namespace dsc::cli
