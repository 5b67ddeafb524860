// How much the adaptive controller loses against an oracle, and against others, over rate traces:
// in simulated time, on a measured profile.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/emulation/synthetic_trace.hpp>
#include <dsc/io/profile_json.hpp>
#include <dsc/io/trace_file.hpp>

#include "contest.hpp"

namespace {

using namespace dsc;
using namespace dsc::regret;

constexpr char const* usage =
    "usage: dsc_regret [--traces FOLDER] [--profile FILE] [--period SECONDS] [--latency SECONDS] [--batch N]\n"
    "                  [--seed N] [--no-probes] [--no-reports] [--no-confirmation] [--wrong-server FACTOR]\n"
    "                  [--alpha X] [--discount X] [--forced N] [--check]\n"
    "Without --traces it makes up traces. --no-… takes from transport or server what it can tell; --wrong-server\n"
    "gives the learners a profile of the server that is wrong by this factor. --alpha, --discount and --forced are\n"
    "LinUCB's. --check fails where an aim is missed by more than its margin.\n";

struct options {
  std::filesystem::path traces;
  std::filesystem::path profile = DSC_REGRET_PROFILE;
  conditions rules;
  bool check = false;
};

options parsed(std::vector<std::string_view> const& words) {
  options all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view const word = words[i];
    auto const value = [&] {
      if (i + 1 >= words.size()) throw error{errc::bad_quantity, std::string{word} + " needs a value; " + usage};
      return std::string{words[++i]};
    };
    if (word == "--traces")
      all.traces = value();
    else if (word == "--profile")
      all.profile = value();
    else if (word == "--period")
      all.rules.period = seconds{std::stod(value())};
    else if (word == "--latency")
      all.rules.latency = seconds{std::stod(value())};
    else if (word == "--batch")
      all.rules.batch = batch_size{std::stoull(value())};
    else if (word == "--seed")
      all.rules.seed = std::stoull(value());
    else if (word == "--alpha")
      all.rules.linucb.alpha = std::stod(value());
    else if (word == "--discount")
      all.rules.linucb.discount = std::stod(value());
    else if (word == "--forced")
      all.rules.linucb.forced = std::stoi(value());
    else if (word == "--no-probes")
      all.rules.probes = false;
    else if (word == "--no-reports")
      all.rules.reports = false;
    else if (word == "--no-confirmation")
      all.rules.confirms = false;
    else if (word == "--wrong-server")
      all.rules.wrong_server = std::stod(value());
    else if (word == "--check")
      all.check = true;
    else
      throw error{errc::bad_quantity, "unknown option '" + std::string{word} + "'; " + usage};
  }
  return all;
}

std::vector<named_trace> made_up() {
  trace_sampling const two_minutes{.samples = 120, .seed = 5};
  std::vector<rate_sample> steps;
  for (double const rate : {40.0, 2.0, 20.0, 0.0, 30.0})
    steps.push_back({seconds{12.0 * static_cast<double>(steps.size())}, megabytes_per_second(rate)});
  return {
      {"steady 1 MB/s",
       rate_trace{{{seconds{}, megabytes_per_second(1.0)}, {seconds{60.0}, megabytes_per_second(1.0)}}}},
      {"steady 8 MB/s",
       rate_trace{{{seconds{}, megabytes_per_second(8.0)}, {seconds{60.0}, megabytes_per_second(8.0)}}}},
      {"steady 32 MB/s",
       rate_trace{{{seconds{}, megabytes_per_second(32.0)}, {seconds{60.0}, megabytes_per_second(32.0)}}}},
      {"wandering, 12 MB/s",
       random_walk({.mean = megabytes_per_second(12.0), .spread = 0.8, .correlation = seconds{15.0}}, two_minutes)},
      {"wandering, 30 MB/s",
       random_walk({.mean = megabytes_per_second(30.0), .spread = 0.5, .correlation = seconds{10.0}}, two_minutes)},
      {"dips to 1 MB/s", gilbert_elliott({.good = megabytes_per_second(20.0),
                                          .bad = megabytes_per_second(1.0),
                                          .odds = {.going_bad = 0.05, .recovering = 0.25}},
                                         two_minutes)},
      {"outages",
       gilbert_elliott({.good = megabytes_per_second(12.0), .bad = {}, .odds = {.going_bad = 0.05, .recovering = 0.25}},
                       two_minutes)},
      {"mostly dead",
       gilbert_elliott({.good = megabytes_per_second(12.0), .bad = {}, .odds = {.going_bad = 0.3, .recovering = 0.05}},
                       two_minutes)},
      {"40 2 20 0 30 MB/s", rate_trace{std::move(steps)}}};
}

std::vector<named_trace> read_folder(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator{folder})
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  std::ranges::sort(files);
  if (files.empty()) throw error{errc::cannot_read, "the folder '" + folder.string() + "' holds no .csv traces"};
  std::vector<named_trace> traces;
  for (auto const& file : files) traces.push_back({file.stem().string(), read_any_trace(file)});
  return traces;
}

// The share of requests n at which the mean of the first n is below the other's, and the worst
// ratio.
struct race {
  double ahead = 0.0, worst = 0.0;
};
race cumulated(latencies const& mine, latencies const& other) {
  race result;
  double a = 0.0, b = 0.0;
  for (std::size_t n = 0; n < mine.size(); ++n) {
    a += mine[n];
    b += other[n];
    if (a <= b * (1.0 + 1e-12)) result.ahead += 100.0 / static_cast<double>(mine.size());
    result.worst = std::max(result.worst, a / b);
  }
  return result;
}

// Of all traces together, request by request as far as all go.
latencies together(std::vector<outcome> const& outcomes, latencies outcome::* which) {
  std::size_t shortest = outcomes.front().adaptive.size();
  for (outcome const& one : outcomes) shortest = std::min(shortest, one.adaptive.size());
  latencies sum(shortest, 0.0);
  for (outcome const& one : outcomes)
    for (std::size_t n = 0; n < shortest; ++n) sum[n] += (one.*which)[n] / static_cast<double>(outcomes.size());
  return sum;
}

void print(std::vector<outcome> const& outcomes) {
  std::printf("%-26s %9s %8s %8s %8s %8s %8s %12s %8s %8s\n", "mean latency, ms", "adaptive", "oracle", "DSC", "LinUCB",
              "local", "offload", "static", "/oracle", "/LinUCB");
  auto const row = [](std::string const& name, auto const& of, std::string const& split) {
    double const mine = of(&outcome::adaptive);
    std::printf("%-26s %9.1f %8.1f %8.1f %8.1f %8.1f %8.1f %7.1f %4s %8.3f %8.3f\n", name.c_str(), 1e3 * mine,
                1e3 * of(&outcome::oracle), 1e3 * of(&outcome::perfect_rate), 1e3 * of(&outcome::linucb),
                1e3 * of(&outcome::local), 1e3 * of(&outcome::offload), 1e3 * of(&outcome::best_static), split.c_str(),
                mine / of(&outcome::oracle), mine / of(&outcome::linucb));
  };
  for (outcome const& one : outcomes)
    row(
        one.trace + (one.outages ? " *" : ""), [&](latencies outcome::* which) { return mean(one.*which); },
        "l=" + std::to_string(one.static_split.layers));
  auto const all = [&](latencies outcome::* which) {
    double sum = 0.0;
    for (outcome const& one : outcomes) sum += mean(one.*which);
    return sum / static_cast<double>(outcomes.size());
  };
  row("all traces", all, "");
  std::printf("* has outages. DSC: the paper's candidates with the true rate of the moment.\n");
  race const overall = cumulated(together(outcomes, &outcome::adaptive), together(outcomes, &outcome::linucb));
  std::printf("cumulated mean over all traces against LinUCB: ahead at %.1f %% of the requests, worst ratio %.3f\n",
              overall.ahead, overall.worst);
}

// The aims, each with a margin for noise.
int missed(std::vector<outcome> const& outcomes) {
  int count = 0;
  auto const expect = [&](bool holds, std::string const& sentence) {
    if (holds) return;
    ++count;
    std::printf("missed: %s\n", sentence.c_str());
  };
  double adaptive = 0.0, oracle = 0.0;
  for (outcome const& one : outcomes) {
    double const mine = mean(one.adaptive);
    expect(mine <= 1.05 * mean(one.local), one.trace + ": more than 5 % slower than local");
    expect(mine <= 1.02 * mean(one.linucb), one.trace + ": slower than LinUCB");
    if (one.outages) continue;
    adaptive += mine;
    oracle += mean(one.oracle);
  }
  expect(adaptive <= 1.07 * oracle, "traces without outages: more than 7 % slower than the oracle");
  race const overall = cumulated(together(outcomes, &outcome::adaptive), together(outcomes, &outcome::linucb));
  expect(overall.worst <= 1.02, "the cumulated mean over all traces is above LinUCB's");
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    options const asked = parsed({argv + 1, argv + argc});
    contest const rules{read_profile(asked.profile), asked.rules};
    std::vector<outcome> outcomes;
    for (named_trace const& trace : asked.traces.empty() ? made_up() : read_folder(asked.traces))
      outcomes.push_back(rules.on(trace));
    print(outcomes);
    return asked.check && missed(outcomes) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "dsc_regret: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
