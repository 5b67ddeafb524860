#include "console/warnings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dsc::cli {
namespace {

// All warnings of one kind in one sentence, by the largest of them; empty where there is none.
std::string sentence_about(cost_warning::kind kind, std::vector<cost_warning> const& all, profile const& network) {
  std::vector<std::size_t> batches;
  cost_warning const* largest = nullptr;
  for (cost_warning const& warning : all) {
    if (warning.what != kind) continue;
    batches.push_back(warning.batch.count);
    if (largest == nullptr || warning.share > largest->share) largest = &warning;
  }
  if (largest == nullptr) return {};
  std::string const where = fmt::format("at batch {}", fmt::join(batches, ", "));
  std::string const amount = fmt::format("by {:.1f} % of the server's whole time in sum, most at {}",
                                         100.0 * largest->share, split_name(network, largest->split));
  if (kind == cost_warning::kind::tail_grows)
    return fmt::format(
        "{} a deeper split of {} leaves the server more to do, {}: plans are right for these times, but they look like "
        "noise; "
        "measure again with more repeats",
        where, network.name(), amount);
  constexpr double noise = 0.1;
  return fmt::format(
      "{} the device is faster than the server on some layers of {}, {}: plans over all splits are right, those over "
      "compressive bottlenecks alone may lose; {}",
      where, network.name(), amount,
      largest->share < noise ? "where it should not be, measure again with more repeats"
                             : "are the two profiles swapped?");
}

}  // namespace

std::vector<std::string> sentences_about(std::vector<cost_warning> const& warnings, profile const& network) {
  std::vector<std::string> sentences;
  for (cost_warning::kind const kind : {cost_warning::kind::tail_grows, cost_warning::kind::device_faster})
    if (std::string const sentence = sentence_about(kind, warnings, network); !sentence.empty())
      sentences.push_back(sentence);
  return sentences;
}

std::string warning_about_extrapolation(profile const& measured) {
  auto const times = measured.measured();
  for (std::size_t const i : {std::size_t{1}, times.size() - 1})
    if (times.size() > 1 && times[i].prefix.back() <= times[i - 1].prefix.back())
      return fmt::format(
          "{} took no longer at batch {} than at batch {}, so times extrapolated from them mean nothing; measure more "
          "batch sizes",
          measured.name(), times[i].batch.count, times[i - 1].batch.count);
  return {};
}

std::vector<std::string> warnings_about(profile const& device, profile const& server, bool extrapolated) {
  planner const all{server, sites{device.extrapolated(), server}, candidates<>{.filter = every_split}};
  std::vector<cost_warning> warnings;
  batch_size const first = device.measured().front().batch, last = device.measured().back().batch;
  for (batch_times const& times : server.measured())
    if (extrapolated || (times.batch >= first && times.batch <= last))
      for (cost_warning const& warning : cost_warnings(all, times.batch)) warnings.push_back(warning);
  std::vector<std::string> sentences = sentences_about(warnings, server);
  for (profile const* const site : {&device, &server})
    if (std::string const warning = warning_about_extrapolation(*site); extrapolated && !warning.empty())
      sentences.push_back(warning);
  return sentences;
}

}  // namespace dsc::cli
