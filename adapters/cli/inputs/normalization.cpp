#include "inputs/normalization.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

#include <dsc/error.hpp>

#include "console/errors.hpp"

namespace dsc::cli {

normalization normalization_named(std::string_view name) {
  if (name == "imagenet") return imagenet;
  if (name == "0..1") return {};
  if (name == "-1..1") return {255.0, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  if (name == "none") return {1.0, {}, {1.0, 1.0, 1.0}};
  throw error{cli_errc::bad_option,
              "--normalize '" + std::string{name} + "' is none of imagenet, 0..1, -1..1 and none"};
}

std::array<double, 3> channel_values(std::string_view text, std::string_view option) {
  std::array<double, 3> values{};
  std::size_t count = 0;
  for (std::string_view rest = text;; ++count) {
    std::string_view const number = rest.substr(0, rest.find(','));
    double value = 0.0;
    auto const [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (count == values.size() || failure != std::errc{} || end != number.data() + number.size() ||
        !std::isfinite(value))
      throw error{cli_errc::bad_option, std::string{option} + " '" + std::string{text} +
                                            "' is not a number for red, green and blue each, as in 0.485,0.456,0.406"};
    values.at(count) = value;
    if (number.size() == rest.size()) break;
    rest.remove_prefix(number.size() + 1);
  }
  if (count == 0) values.fill(values[0]);
  if (count == 1) throw error{cli_errc::bad_option, std::string{option} + " takes one number or three, not two"};
  return values;
}

}  // namespace dsc::cli
