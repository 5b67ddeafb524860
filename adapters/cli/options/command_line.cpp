#include "options/command_line.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <dsc/decide/controller.hpp>
#include <dsc/error.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "options/lists.hpp"
#include "options/spelling.hpp"

namespace dsc::cli {
namespace {

[[noreturn]] void refuse_empty(std::string_view option) {
  throw error{cli_errc::bad_option,
              fmt::format("{} was given an empty value; give one, or leave the option out", option)};
}

// What CLI11 would take without a word: an empty value, as of an unset shell variable, and a number
// that wraps around.
void check_values(CLI::App const& given) {
  for (CLI::Option const* const option : given.get_options()) {
    bool const counts = option->get_type_name() == "UINT";
    for (std::string const& value : option->results()) {
      if (value.empty()) refuse_empty(option->get_name());
      bool const whole = value.size() <= 18 && value.find_first_not_of("0123456789") == std::string::npos;
      if (counts && !whole)
        throw error{cli_errc::bad_option,
                    option->get_name() + " takes a whole number of 0 or more, but got '" + value.substr(0, 40) + "'"};
    }
  }
}

// CLI11 would take the argument that follows `--option=` for its value.
void check_empty_values(int argc, char const* const* argv) {
  for (std::string_view const argument : std::span{argv, static_cast<std::size_t>(argc)}.subspan(argc > 0 ? 1 : 0)) {
    if (argument == "--") return;
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      refuse_empty(argument.substr(0, argument.size() - 1));
  }
}

// A subcommand whose callback fills nothing but its options and then runs.
template <class Options>
CLI::App* command(CLI::App& app, std::string const& name, std::string const& help, Options& wanted,
                  void (*body)(Options const&)) {
  CLI::App* const made = app.add_subcommand(name, help);
  made->final_callback([&wanted, body, made] {
    check_values(*made);
    body(wanted);
  });
  return made;
}

// An option whose value is read at once, by `read(text, option)`, into a quantity.
template <class Value, class Read>
CLI::Option* add_typed(CLI::App& to, std::string const& name, Value& value, Read read, std::string const& help) {
  return to.add_option_function<std::string>(
      name,
      [&value, read, name](std::string const& text) {
        if (text.empty()) refuse_empty(name);
        value = read(text, name);
      },
      help);
}

// A former name of an option, which help does not show.
template <class Value>
void add_former_name(CLI::App& to, std::string const& name, Value& value) {
  to.add_option(name, value)->group("");
}

void add_json(CLI::App& to, bool& json, std::string const& schema) {
  to.add_flag("--json", json, "Write " + schema + " as JSON to stdout");
}

void add_models(CLI::App& app, models_options& wanted) {
  CLI::App& to = *command(app, "models", "List the models of the zoo", wanted, models);
  add_json(to, wanted.json, "the names");
}

// How a model is read.
void add_reading(CLI::App& to, execution_options& wanted) {
  to.add_option("--input", wanted.input,
                "Of a file: the shape of one sample, as 3x224x224; what the file says without");
  to.add_option("--input-type", wanted.input_type, "float32 or uint8; float32 without, or what the file says");
  to.add_option("--cuts", wanted.cuts,
                "Of a file: where it may be cut: between blocks, or at all places where one tensor is alive")
      ->capture_default_str();
  to.add_option("--output-name", wanted.output_name,
                "Of a file with several outputs: the key or the index of the one that is meant");
  to.add_flag("--trust", wanted.trust,
              "Of a file: leave out the first reading in a process of its own, with limits of time and memory");
}

void add_element(CLI::App& to, execution_options& wanted) {
  to.add_option("--element", wanted.element, "What layers compute in, and what travels: float32, float16 or bfloat16")
      ->capture_default_str();
}

void add_inspect(CLI::App& app, inspect_options& wanted) {
  CLI::App& to = *command(app, "inspect", "Show a model's layers and bottlenecks", wanted, inspect);
  to.add_option("MODEL", wanted.models, "One model of the zoo, or TorchScript file, or several")->required();
  to.add_option("--granularity", wanted.granularity,
                "What is judged: blocks or layers; of a file, all layers are blocks")
      ->capture_default_str();
  add_reading(to, wanted.execution);
  add_element(to, wanted.execution);
  add_json(to, wanted.json, "dsc.inspect/1");
}

void add_execution(CLI::App& to, execution_options& wanted) {
  add_reading(to, wanted);
  add_element(to, wanted);
  to.add_option("--weights", wanted.weights,
                "Of a model of the zoo: a state_dict (torch.save) or safetensors file; random weights without");
  to.add_option("--torch-device", wanted.torch_device, "Where layers run: cpu, cuda:0, ...")->capture_default_str();
  to.add_option("--threads", wanted.threads, "Threads that one layer may use")->capture_default_str();
  to.add_flag("--fast", wanted.fast,
              "Fold batch normalisation, keep channels last: often faster, and off PyTorch's answers by rounding");
  to.add_option("--seed", wanted.seed, "Of random weights and inputs")->capture_default_str();
}

void add_profile(CLI::App& app, profile_options& wanted) {
  CLI::App& to = *command(app, "profile", "Measure a model's layers on this machine", wanted, profile_site);
  to.add_option("MODEL", wanted.model, "A model of the zoo, or a TorchScript file")->required();
  to.add_option("--batches", wanted.batches, "Batch sizes to measure, as 1,2,4 or 1:8")->capture_default_str();
  to.add_option("--slowdown", wanted.slowdown, "Act as a machine that takes this many times as long")
      ->capture_default_str();
  to.add_option("--warm-ups", wanted.warm_ups, "Passes per batch size that come first and are not counted")
      ->capture_default_str();
  to.add_option("--repeats", wanted.repeats, "Timed passes per batch size")->capture_default_str();
  add_execution(to, wanted.execution);
  to.add_option("-o,--output", wanted.output, "The profile, as JSON (dsc.profile/1)")->required();
}

void add_candidates(CLI::App& to, candidate_options& wanted) {
  to.add_option("--candidates", wanted.filter, "Splits to weigh: undominated, compressive, natural or all")
      ->capture_default_str();
  CLI::Option* const is_private =
      to.add_flag("--private", wanted.is_private, "Never send the raw input: the same as --min-split 1");
  to.add_option("--min-split", wanted.min_split, "The smallest split l allowed")
      ->capture_default_str()
      ->excludes(is_private);
  to.add_option("--max-split", wanted.max_split,
                "The largest split l allowed; below L the device never finishes alone");
}

void add_conditions(CLI::App& to, conditions_options& wanted) {
  to.add_option("--latency", wanted.latency_ms, "Of the link, in ms")->capture_default_str();
  to.add_option("--return-latency", wanted.return_latency_ms, "Of the answer's way back, in ms")->capture_default_str();
  to.add_option("--return-rate", wanted.return_rate,
                "Of the answer's way back, in MB/s; without, its bytes take no time");
  to.add_option("--load", wanted.load, "The server takes this many times as long")->capture_default_str();
  to.add_option("--queue", wanted.queue_ms, "What a request waits at the server, in ms")->capture_default_str();
}

void add_device_slowdown(CLI::App& to, std::optional<double>& factor) {
  to.add_option(
      "--device-slowdown", factor,
      fmt::format("With one profile, the device takes this many times as long; {} without", usual_device_slowdown));
}

void add_plan(CLI::App& app, plan_options& wanted) {
  CLI::App& to = *command(app, "plan", "Find the best splits from two profiles", wanted, plan_splits);
  to.add_option("FILES", wanted.files, "Profiles: the device's first; one alone is the server's");
  to.add_option("--device", wanted.device, "The device's profile");
  to.add_option("--server", wanted.server, "The server's profile");
  add_device_slowdown(to, wanted.device_slowdown);
  to.add_option("--batches", wanted.batches, "Batch sizes, as 1,2,4 or 1:8; those of both profiles without");
  to.add_option("--rate,--rates", wanted.rates,
                "Data rates in MB/s to plan for, as 20 or 5,10 or FROM:TO:STEP; 0 is an outage, auto those around the "
                "switching rates");
  add_conditions(to, wanted.conditions);
  add_candidates(to, wanted.candidates);
  to.add_option("--granularity", wanted.candidates.granularity, "Cut after layers, or after blocks only")
      ->capture_default_str();
  to.add_flag("--extrapolate", wanted.extrapolate, "Allow batch sizes outside the measured ones");
  add_json(to, wanted.json, "dsc.plan/1");
}

void add_images(CLI::App& to, image_options& images) {
  CLI::Option* const image =
      to.add_option("--image", images.files, "Images to run on, one after the other; random input without");
  auto const means = [&images](auto&& change) {
    return [&images, change](std::string const& text) {
      change(text);
      images.normalize_given = true;
    };
  };
  CLI::Option* const by_name = to.add_option_function<std::string>(
      "--normalize", means([&images](std::string const& text) { images.normalize = normalization_named(text); }),
      "What images become in float32: imagenet (mean and deviation, the default), 0..1, -1..1 or none (0..255)");
  CLI::Option* const mean = to.add_option_function<std::string>(
      "--mean", means([&images](std::string const& text) { images.normalize.mean = channel_values(text, "--mean"); }),
      "or what is subtracted from 0..1, red, green and blue, as 0.485,0.456,0.406");
  CLI::Option* const deviation = to.add_option_function<std::string>(
      "--deviation",
      means([&images](std::string const& text) { images.normalize.deviation = channel_values(text, "--deviation"); }),
      "and what it is then divided by, as 0.229,0.224,0.225");
  by_name->needs(image);
  mean->needs(image)->needs(deviation)->excludes(by_name);
  deviation->needs(image)->needs(mean)->excludes(by_name);
  to.add_flag("--stretch", images.stretch, "Squeeze whole images into the input, instead of cutting their middle out")
      ->needs(image);
  to.add_option("--labels", images.labels, "The names of the classes, a file of one a line")->needs(image);
}

void add_run(CLI::App& app, run_options& wanted) {
  CLI::App& to = *command(app, "run", "Really run a model, split between an emulated device and a server", wanted, run);
  to.add_option("MODEL", wanted.model, "A model of the zoo, or a TorchScript file")->required();
  to.add_option(
      "--device-slowdown", wanted.device_slowdown,
      fmt::format("The device takes this many times as long as this machine; what the profile of --device says, "
                  "layer by layer, or {} without",
                  usual_run_slowdown));
  to.add_option("--batch,--batches", wanted.batches, "Samples per request; of a list, request by request the next one")
      ->capture_default_str();
  to.add_option("--requests", wanted.requests,
                fmt::format("How many requests; {} without, or as many as the images need", usual_requests));
  CLI::Option* const rate = add_typed(to, "--rate", wanted.rate, rate_in,
                                      "A steady data rate, as 40Mbit, 5MB/s or 300kB/s; a number alone is in MB/s");
  CLI::Option* const trace =
      to.add_option("--trace", wanted.trace,
                    "A rate trace that starts over at its end: CSV of seconds,megabytes_per_second or with a header "
                    "that says the unit, of Mahimahi, or iperf3's JSON")
          ->excludes(rate);
  to.add_option("--trace-column", wanted.trace_column, "Of a CSV trace: the column of rates")->needs(trace);
  to.add_option("--time-column", wanted.time_column, "Of a CSV trace: the column of times")->needs(trace);
  add_typed(to, "--trace-unit", wanted.trace_unit, rate_unit_in,
            "Of a CSV trace: what its rates count, as Mbit/s or kB/s")
      ->needs(trace);
  to.add_option("--interval", wanted.interval,
                "Seconds of the trace between requests; without, they spread over all of it");
  to.add_option("--strategy", wanted.strategy,
                "dynamic, local, offload, static:L, policy:FILE (of a dsc.plan/1), a list of them, or all side by side")
      ->capture_default_str();
  add_images(to, wanted.images);
  CLI::Option* const device = to.add_option("--device", wanted.device, "The device's profile; measured first without");
  CLI::Option* const server = to.add_option("--server", wanted.server, "The server's profile; measured first without");
  device->needs(server);
  server->needs(device);
  constexpr hysteresis usual;
  to.add_option("--min-gain", wanted.min_gain_percent,
                fmt::format("Change the split for a predicted gain of at least this many percent, 0 for always; {} "
                            "without",
                            100.0 * usual.min_gain));
  to.add_option("--min-dwell", wanted.min_dwell_ms,
                fmt::format("and not before it has been in use for this many ms, 0 for at once; {} without",
                            1e3 * usual.min_dwell.count()));
  add_former_name(to, "--margin", wanted.min_gain_percent);
  add_former_name(to, "--dwell", wanted.min_dwell_ms);
  to.add_option("--repeats", wanted.repeats, "Timed passes of the measurement that comes first")->capture_default_str();
  add_conditions(to, wanted.conditions);
  add_candidates(to, wanted.candidates);
  to.add_option("--granularity", wanted.candidates.granularity, "Cut after layers, or after blocks only")
      ->capture_default_str();
  add_execution(to, wanted.execution);
  add_json(to, wanted.json, "dsc.run/1");
  to.add_option("-o,--output", wanted.output, "Write dsc.run/1 to a file too, as 'dsc report' reads it");
}

void add_export(CLI::App& app, export_options& wanted) {
  CLI::App& to = *command(app, "export", "Write head and tail as TorchScript files of their own", wanted, export_parts);
  to.add_option("MODEL", wanted.model, "A TorchScript file")->required();
  to.add_option("--split", wanted.split, "How many layers the head has, or the name of its last one")->required();
  add_reading(to, wanted.execution);
  add_json(to, wanted.json, "dsc.export/1");
  to.add_option("-o,--output", wanted.output,
                "What both files' names begin with, before .head.pt and .tail.pt; the model's name without");
}

// The first of these options that was given; empty where none was.
std::string first_given(CLI::App const& of, std::initializer_list<char const*> options) {
  auto const given = std::ranges::find_if(options, [&](char const* one) { return of.count(one) > 0; });
  return given == options.end() ? "" : *given;
}

void add_report(CLI::App& app, report_options& wanted) {
  CLI::App& to =
      *command(app, "report", "Show profiles, a plan and runs on one page, to open in a browser", wanted, report);
  to.parse_complete_callback([&to, &wanted] {
    std::string const condition =
        first_given(to, {"--latency", "--return-latency", "--return-rate", "--load", "--queue"});
    wanted.conditions_given = !condition.empty();
    wanted.needs_profiles = wanted.conditions_given
                                ? condition
                                : first_given(to, {"--batches", "--rates", "--candidates", "--private", "--min-split",
                                                   "--max-split", "--extrapolate"});
  });
  to.add_option("FILES", wanted.files, "Profiles (the device's first; one alone is the server's), a plan, runs");
  to.add_option("--device", wanted.device, "The device's profile");
  to.add_option("--server", wanted.server, "The server's profile");
  add_device_slowdown(to, wanted.device_slowdown);
  to.add_option("--batches", wanted.batches,
                "Batch sizes of the map, as 1,2,4 or 1:8; all that both profiles cover without");
  to.add_option("--rate,--rates", wanted.rates,
                "Data rates of the map in MB/s, as 5,10 or FROM:TO:STEP; around the switching rates without");
  add_conditions(to, wanted.conditions);
  add_candidates(to, wanted.candidates);
  to.add_option("--granularity", wanted.candidates.granularity, "Cut after layers, or after blocks only")
      ->capture_default_str();
  to.add_flag("--extrapolate", wanted.extrapolate, "Allow batch sizes outside the measured ones");
  to.add_option("--title", wanted.title, "Of the page; one that names the model without");
  to.add_option("--vega", wanted.vega, "The folder of Vega's vega-*.min.js; that of the package libjs-vega without");
  to.add_option("-o,--output", wanted.output, "The page, as HTML")->required();
}

void add_trace(CLI::App& app, trace_options& wanted) {
  CLI::App& to = *command(app, "trace", "Make a rate trace that moves as 5G does, dies now and then, or wanders",
                          wanted, make_trace);
  to.add_option("--kind", wanted.kind, "5g, gilbert-elliott (a steady rate with outages) or random-walk")
      ->capture_default_str();
  to.add_option("--seconds", wanted.seconds, "How long, one sample per second")->capture_default_str();
  to.add_option("--seed", wanted.seed, "The same seed makes the same trace")->capture_default_str();
  add_typed(to, "--mean", wanted.mean_rate, rate_in,
            fmt::format("Mean rate, as 40Mbit or 5MB/s; a number alone is in MB/s; {} without", usual_mean_rate));
  to.add_option("-o,--output", wanted.output, "The trace, as CSV of seconds,megabytes_per_second")->required();
}

// `dsc help` and `dsc help run` are `dsc --help` and `dsc run --help`.
std::vector<char const*> without_help_command(int argc, char const* const* argv) {
  std::vector<char const*> arguments{argv, argv + argc};
  if (argc > 1 && std::string_view{argv[1]} == "help") {
    arguments.erase(arguments.begin() + 1);
    arguments.push_back("--help");
  }
  return arguments;
}

std::vector<std::string> command_names(CLI::App const& app) {
  std::vector<std::string> names;
  for (CLI::App const* const command : app.get_subcommands([](CLI::App const*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// How a sentence about a word that is no command goes on: what may have been meant, and where to
// look.
std::string advice_about(CLI::App const& app, std::string_view word) {
  std::vector<std::string> const names = command_names(app);
  std::vector<std::string_view> const near = near_names(word, {names.begin(), names.end()});
  std::string const meant = near.empty() ? ";" : fmt::format("; did you mean 'dsc {}'?", near.front());
  return meant + " 'dsc --help' and 'dsc COMMAND --help' tell more";
}

// CLI11 would show the help of all.
void check_help_of(CLI::App const& app, int argc, char const* const* argv) {
  if (argc < 3 || std::string_view{argv[1]} != "help") return;
  std::string const word = argv[2];
  if (std::ranges::count(command_names(app), word) == 0)
    throw error{cli_errc::bad_option, fmt::format("there is no command '{}'", word) + advice_about(app, word)};
}

}  // namespace

void run_command_line(int argc, char const* const* argv) {
  CLI::App app{
      "Dynamic split computing: the head of a network on the device, the tail on a server, cut where it is fastest "
      "now.",
      "dsc"};
  app.set_version_flag("-V,--version", DSC_VERSION);
  app.require_subcommand(0, 1);
  models_options of_models;
  inspect_options of_inspect;
  profile_options of_profile;
  plan_options of_plan;
  run_options of_run;
  export_options of_export;
  report_options of_report;
  trace_options of_trace;
  add_models(app, of_models);
  add_inspect(app, of_inspect);
  add_profile(app, of_profile);
  add_plan(app, of_plan);
  add_run(app, of_run);
  add_export(app, of_export);
  add_report(app, of_report);
  add_trace(app, of_trace);
  check_empty_values(argc, argv);
  check_help_of(app, argc, argv);
  std::vector<char const*> const arguments = without_help_command(argc, argv);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
    if (app.get_subcommands().empty())
      throw error{cli_errc::bad_option, "give one of the commands that 'dsc --help' lists"};
  } catch (CLI::CallForHelp const&) {
    say(app.help());
  } catch (CLI::CallForVersion const& version) {
    say(std::string{"dsc "} + version.what() + "\n");
  } catch (CLI::ParseError const& failure) {
    std::string_view const first = argc > 1 && app.get_subcommands().empty() ? argv[1] : "";
    bool const is_word = !first.empty() && !first.starts_with('-');
    throw error{cli_errc::bad_option,
                (is_word ? fmt::format("there is no command '{}'", first) : failure.what()) + advice_about(app, first)};
  }
}

}  // namespace dsc::cli
