#include "running/strategies.hpp"

#include <charconv>

#include <fmt/format.h>

#include <dsc/model/bottlenecks.hpp>

namespace dsc::cli {
namespace {

bool allowed(split_point split, candidate_options const& limits) {
  return split >= smallest_split(limits) && split.layers <= limits.max_split;
}

strategy fixed_split(split_point split) { return {fmt::format("static:{}", split.layers), split}; }

split_point split_in(std::string_view digits, std::size_t layers) {
  split_point split;
  auto const [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), split.layers);
  if (status != std::errc{} || end != digits.data() + digits.size())
    throw error{errc::bad_option, fmt::format("--strategy 'static:{}' needs a split point, as in static:5", digits)};
  check_split(split, layers);
  return split;
}

strategy one_named(std::string_view word, std::size_t layers) {
  constexpr std::string_view fixed = "static:";
  if (word == "dynamic") return {"dynamic", {}};
  if (word == "local") return {"local", split_point{layers}};
  if (word == "offload") return {"offload", split_point{0}};
  if (word.starts_with(fixed)) return fixed_split(split_in(word.substr(fixed.size()), layers));
  throw error{errc::bad_option,
              fmt::format("--strategy '{}' is none of dynamic, local, offload, static:L and all", word)};
}

std::vector<strategy> all_of(model_description const& model, candidate_options const& limits) {
  std::vector<strategy> list{{"dynamic", {}}};
  for (std::string_view const word : {"local", "offload"}) {
    strategy const one = one_named(word, layer_count(model));
    if (allowed(*one.split, limits)) list.push_back(one);
  }
  for (split_point const split : compressive_bottlenecks(model, zoo::blocks))
    if (allowed(split, limits) && split.layers < layer_count(model)) list.push_back(fixed_split(split));
  return list;
}

}  // namespace

std::vector<strategy> strategies_named(std::string_view text, model_description const& model,
                                       candidate_options const& limits) {
  if (text == "all") return all_of(model, limits);
  std::vector<strategy> list;
  for (;;) {
    std::size_t const end = text.find(',');
    strategy const one = one_named(text.substr(0, end), layer_count(model));
    if (one.split && !allowed(*one.split, limits))
      throw error{errc::bad_option,
                  fmt::format("--strategy '{}' splits at {}, which --private, --min-split or --max-split forbid",
                              one.name, one.split->layers)};
    list.push_back(one);
    if (end == std::string_view::npos) return list;
    text.remove_prefix(end + 1);
  }
}

}  // namespace dsc::cli
