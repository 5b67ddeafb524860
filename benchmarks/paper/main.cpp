#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <dsc/plan/gain.hpp>
#include <dsc/views.hpp>

#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/program.hpp"
#include "console/progress.hpp"
#include "experiments.hpp"
#include "result_folder.hpp"

/// Reruns the experiments of "Dynamic Split Computing for Efficient Deep Edge Intelligence" (ICASSP
/// 2023) from profiles.
namespace dsc::paper {
namespace {

options parsed(int argc, char** argv) {
  options options;
  CLI::App app{
      "The experiments of the dynamic split computing paper, from measured profiles and from models of the paper's two "
      "processors.",
      "dsc_paper"};
  app.add_option("EXPERIMENT", options.experiments, "bottlenecks, splits, gains, varying; all of them without");
  app.add_option("--models", options.models, "As efficientnet_b0,efficientnet_b4; all of the zoo without");
  app.add_option("--sites", options.sites,
                 "Where costs come from: measured, modelled, gpu; -b1: layers cost what they do at batch 1")
      ->capture_default_str();
  app.add_option("--batches", options.batches, "Batch sizes, as 1,2,4 or 1:64")->capture_default_str();
  app.add_option("--varying-batches", options.varying_batches, "Those of the experiment over time")
      ->capture_default_str();
  app.add_option("--rates", options.rates, "Data rates in MB/s, as 5,10 or FROM:TO:STEP")->capture_default_str();
  app.add_option("--profiles", options.profiles, "Folder of the measured server: MODEL.json, dsc.profile/1");
  app.add_option("--gpu-profiles", options.gpu_profiles, "The same of a GPU, for --sites gpu");
  app.add_option("--gpu-device", options.gpu_device,
                 "The same of the device beside the GPU; without, the GPU made slower");
  app.add_option("--device-slowdown", options.device_slowdown,
                 "The device takes this many times as long as the measured server")
      ->capture_default_str();
  app.add_option("--trace", options.traces, "Real rate traces for the experiment over time, CSV")
      ->check(CLI::ExistingFile);
  app.add_option("-o,--out", options.output, "Folder of the results; a run that was stopped goes on there")->required();
  app.add_flag("--fresh", options.fresh, "Replace the results that are there");
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    cli::say(app.help());
    cli::finish_saying();
    std::exit(0);
  } catch (CLI::ParseError const& failure) {
    throw error{cli::cli_errc::bad_option, std::string{failure.what()} + "; 'dsc_paper --help' tells more"};
  }
  if (app.count("--models") > 0 && options.models.empty())
    throw error{cli::cli_errc::bad_option, "--models was given an empty value; give names, or leave it out"};
  return options;
}

// Writes the tables that are not there yet, and tells how many there were.
void write_missing(std::vector<experiment> const& experiments, std::vector<result_folder> const& folders) {
  cli::progress shown{"experiments"};
  std::size_t all = 0, done = 0, kept = 0;
  for (experiment const& each : experiments) all += each.steps.size();
  for (std::size_t i = 0; i < experiments.size(); ++i)
    for (step const& todo : experiments[i].steps) {
      bool const there = folders[i].has(todo.file);
      kept += there ? 1 : 0;
      if (!there) folders[i].write(todo.file, todo.text());
      shown.show(static_cast<double>(++done) / static_cast<double>(all), todo.file);
    }
  cli::say(fmt::format("{} tables, {} of them kept from a run before\n", all, kept));
}

// What a full reproduction costs beside reading and writing: every strategy in every state of the
// grid.
void say_speed(study const& all) {
  for (site_pair const& pair : all.pairs) {
    std::vector<any_planner> planners;
    for (zoo::efficientnet const& model : all.models) planners.push_back(planner_for(all, pair, model, choice::paper));
    auto const start = std::chrono::steady_clock::now();
    std::size_t states = 0;
    for (any_planner const& planner : planners)
      std::visit([&](auto const& sites) { states += gains(sites, views::state_grid(all.batches, all.rates)).states; },
                 planner);
    seconds const took = std::chrono::steady_clock::now() - start;
    cli::say(fmt::format("gains over {} states of {} models, {} sites, against every static split: {:.0f} ms\n", states,
                         all.models.size(), pair.name, took.count() * 1e3));
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  cli::say(fmt::format("largest memory: {:.0f} MB\n", static_cast<double>(used.ru_maxrss) / 1e3));
}

void run(int argc, char** argv) {
  options const options = parsed(argc, argv);
  study const all = study_of(options);
  std::vector<experiment> const experiments = experiments_of(options, all);
  std::vector<result_folder> folders;
  for (experiment const& each : experiments) {
    std::vector<std::string> files;
    for (step const& todo : each.steps) files.push_back(todo.file);
    folders.emplace_back(options.output, each.name, each.settings, files, options.fresh);
  }
  for (std::string const& warning : all.warnings) cli::note("warning: " + warning);
  if (!all.extrapolated.empty())
    cli::note(fmt::format("larger batches than measured are extrapolated: {}", fmt::join(all.extrapolated, ", ")));
  write_missing(experiments, folders);
  if (options.asks_for("gains")) say_speed(all);
  cli::finish_saying();
}

}  // namespace
}  // namespace dsc::paper

int main(int argc, char** argv) {
  dsc::cli::speak_as("dsc_paper");
  return dsc::cli::run_program(dsc::paper::run, argc, argv);
}
