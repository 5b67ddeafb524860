#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dsc/plan/gain.hpp>
#include <dsc/views.hpp>

#include "console.hpp"
#include "experiments.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "result_folder.hpp"

/// Reruns the experiments of "Dynamic Split Computing for Efficient Deep Edge Intelligence" (ICASSP 2023) from profiles.
namespace dsc::paper {
namespace {

constexpr int exit_code_of_bad_input = 2;

options parsed(int argc, char** argv) {
  options wanted;
  CLI::App app{"The experiments of the dynamic split computing paper, from measured profiles and from models of the paper's two processors.", "dsc_paper"};
  app.add_option("EXPERIMENT", wanted.experiments, "bottlenecks, splits, gains, varying; all of them without");
  app.add_option("--models", wanted.models, "As efficientnet_b0,efficientnet_b4; all of the zoo without");
  app.add_option("--sites", wanted.sites, "Where costs come from: measured, modelled, gpu; -b1: layers cost what they do at batch 1")->capture_default_str();
  app.add_option("--batches", wanted.batches, "Batch sizes, as 1,2,4 or 1:64")->capture_default_str();
  app.add_option("--varying-batches", wanted.varying_batches, "Those of the experiment over time")->capture_default_str();
  app.add_option("--rates", wanted.rates, "Data rates in MB/s, as 5,10 or FROM:TO:STEP")->capture_default_str();
  app.add_option("--profiles", wanted.profiles, "Folder of the measured server: MODEL.json, dsc.profile/1");
  app.add_option("--gpu-profiles", wanted.gpu_profiles, "The same of a GPU, for --sites gpu");
  app.add_option("--gpu-device", wanted.gpu_device, "The same of the device beside the GPU; without, the GPU made slower");
  app.add_option("--device-slowdown", wanted.device_slow_down, "The device takes this many times as long as the measured server")->capture_default_str();
  app.add_option("--trace", wanted.traces, "Real rate traces for the experiment over time, CSV")->check(CLI::ExistingFile);
  app.add_option("-o,--out", wanted.output, "Folder of the results; a run that was stopped goes on there")->required();
  app.add_flag("--fresh", wanted.fresh, "Replace the results that are there");
  app.add_flag("--no-figures", wanted.no_figures, "Tables alone");
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    cli::say(app.help());
    cli::finish_saying();
    std::exit(0);
  } catch (CLI::ParseError const& failure) {
    throw error{errc::bad_option, std::string{failure.what()} + "; 'dsc_paper --help' tells more"};
  }
  return wanted;
}

bool asked_for(options const& wanted, std::string_view experiment) {
  return wanted.experiments.empty() || std::ranges::find(wanted.experiments, experiment) != wanted.experiments.end();
}

std::vector<step> steps_of(options const& wanted, study const& all) {
  std::vector<step> steps;
  auto const add = [&](std::vector<step> more) { std::ranges::move(more, std::back_inserter(steps)); };
  if (asked_for(wanted, "bottlenecks")) add(bottleneck_steps(all));
  if (asked_for(wanted, "splits")) add(best_split_steps(all));
  if (asked_for(wanted, "gains")) add(gain_steps(all));
  if (asked_for(wanted, "varying")) add(varying_steps(all, wanted.traces));
  return steps;
}

void check_experiments(options const& wanted) {
  for (std::string const& name : wanted.experiments)
    if (name != "bottlenecks" && name != "splits" && name != "gains" && name != "varying")
      throw error{errc::bad_option, "there is no experiment '" + name + "'; there are bottlenecks, splits, gains and varying"};
}

void write_missing(std::vector<step> const& steps, result_folder const& results) {
  cli::progress shown{"experiments"};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    bool const there = results.has(steps[i].file);
    kept += there ? 1 : 0;
    if (!there) results.write(steps[i].file, steps[i].text());
    shown.show(static_cast<double>(i + 1) / static_cast<double>(steps.size()), steps[i].file);
  }
  cli::say(fmt::format("{} tables in {}, {} of them kept from a run before\n", steps.size(), results.path().string(), kept));
}

// What a full reproduction costs beside reading and writing: every strategy in every state of the grid.
void say_speed(study const& all) {
  for (site_pair const& pair : all.pairs) {
    std::vector<any_planner> planners;
    for (zoo::efficientnet const& model : all.models) planners.push_back(planner_for(all, pair, model, choice::paper));
    auto const start = std::chrono::steady_clock::now();
    std::size_t states = 0;
    for (any_planner const& planner : planners)
      std::visit([&](auto const& one) { states += gains(one, views::state_grid(all.batches, all.rates)).states; }, planner);
    seconds const took = std::chrono::steady_clock::now() - start;
    cli::say(fmt::format("gains over {} states of {} models, {} sites, against every static split: {:.0f} ms\n", states, all.models.size(), pair.name,
                         took.count() * 1e3));
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  cli::say(fmt::format("largest memory: {:.0f} MB\n", static_cast<double>(used.ru_maxrss) / 1e3));
}

void draw(result_folder const& results) {
  std::string folder = results.path().string();
  pid_t const child = fork();
  if (child == 0) {
    execl(DSC_FIGURES_PYTHON, DSC_FIGURES_PYTHON, DSC_PAPER_FIGURES, folder.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw error{errc::backend_failed, "the tables are complete, but the figures could not be drawn; install python3-matplotlib, or take --no-figures"};
}

void run(int argc, char** argv) {
  options const wanted = parsed(argc, argv);
  check_experiments(wanted);
  study all = study_of(wanted);
  std::vector<step> const steps = steps_of(wanted, all);
  result_folder const results{wanted.output, settings_of(all, wanted.traces), wanted.fresh};
  for (std::string const& warning : all.warnings) cli::note("warning: " + warning);
  if (!all.extrapolated.empty()) cli::note(fmt::format("larger batches than measured are extrapolated: {}", fmt::join(all.extrapolated, ", ")));
  write_missing(steps, results);
  if (asked_for(wanted, "gains")) say_speed(all);
  cli::finish_saying();
  if (!wanted.no_figures) draw(results);
}

}  // namespace
}  // namespace dsc::paper

int main(int argc, char** argv) {
  dsc::cli::speak_as("dsc_paper");
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  dsc::cli::end_on_interrupt();
  try {
    dsc::paper::run(argc, argv);
    return 0;
  } catch (dsc::cli::reader_gone) {
    return 0;
  } catch (dsc::error const& failure) {
    dsc::cli::complain(dsc::cli::sentence_of(failure));
  } catch (std::exception const& failure) {
    dsc::cli::complain(failure.what());
  }
  return dsc::paper::exit_code_of_bad_input;
}
