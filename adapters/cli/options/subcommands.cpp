#include "options/subcommands.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "commands/commands.hpp"
#include "options/lists.hpp"
#include "options/numbers.hpp"
#include "options/typed_options.hpp"

namespace dsc::cli {
namespace {

// CLI11 would take the empty value of an unset shell variable without a word.
void check_values(CLI::App const& subcommand) {
  for (CLI::Option const* const option : subcommand.get_options())
    for (std::string const& value : option->results())
      if (value.empty()) refuse_empty(option->get_name());
}

// A subcommand whose callback fills nothing but its options and then runs.
template <class Options>
CLI::App& add_command(CLI::App& app, std::string const& name, std::string const& help, Options& options,
                      void (*body)(Options const&)) {
  CLI::App* const subcommand = app.add_subcommand(name, help);
  subcommand->final_callback([&options, body, subcommand] {
    check_values(*subcommand);
    body(options);
  });
  return *subcommand;
}

void add_json(CLI::App& command, bool& json, std::string const& schema) {
  command.add_flag("--json", json, "Write " + schema + " as JSON to stdout");
}

void add_models(CLI::App& app, models_options& options) {
  add_json(add_command(app, "models", "List the models of the zoo", options, models), options.json, "the names");
}

named_values<element_type> by_name(std::initializer_list<element_type> types) {
  named_values<element_type> named;
  for (element_type const type : types) named.emplace_back(element_name(type), type);
  return named;
}

CLI::Option* add_latency(CLI::App& command, std::string const& name, seconds& latency, std::string const& help) {
  return add_typed(command, name, latency, ms_in, help)->type_name("MS")->default_str("0");
}

// A factor of at least `least`; `hint` ends the sentence about another one.
template <class Value>
CLI::Option* add_factor(CLI::App& command, std::string const& name, Value& factor, double least, std::string_view hint,
                        std::string const& help) {
  auto const read = [least, hint](std::string_view text, std::string_view option) {
    return factor_in(text, option, least, hint);
  };
  return add_typed(command, name, factor, read, help)->type_name("FACTOR");
}

// How a model is read.
void add_reading(CLI::App& command, execution_options& options) {
  add_typed(command, "--input", options.input, shape_in,
            "Of a file: the shape of one sample, as 3x224x224; what the file says without")
      ->type_name("SHAPE");
  add_named(command, "--input-type", options.input_type, by_name({element_type::float32, element_type::uint8}),
            "float32 without, or what the file says");
  add_named(command, "--cuts", options.cuts,
            named_values<cut_places>{{"blocks", cut_places::blocks}, {"all", cut_places::all}},
            "Of a file: where it may be cut: between blocks, or at all places where one tensor is alive")
      ->default_str("blocks");
  command.add_option("--output-name", options.output_name,
                     "Of a file with several outputs: the key or the index of the one that is meant");
  command.add_flag("--trust", options.trust,
                   "Of a file: leave out the first reading in a process of its own, with limits of time and memory");
}

void add_element(CLI::App& command, execution_options& options) {
  add_named(command, "--element", options.element,
            by_name({element_type::float32, element_type::float16, element_type::bfloat16}),
            "What layers compute in, and what travels")
      ->default_str("float32");
}

CLI::Option* add_granularity(CLI::App& command, granularity& unit, std::string const& help) {
  return add_named(command, "--granularity", unit,
                   named_values<granularity>{{"blocks", granularity::blocks}, {"layers", granularity::layers}}, help)
      ->default_str(unit == granularity::blocks ? "blocks" : "layers");
}

void add_inspect(CLI::App& app, inspect_options& options) {
  CLI::App& command = add_command(app, "inspect", "Show a model's layers and bottlenecks", options, inspect);
  command.add_option("MODEL", options.models, "One model of the zoo, or TorchScript file, or several")->required();
  add_granularity(command, options.granularity, "What is judged: blocks or layers; of a file, all layers are blocks");
  add_reading(command, options.execution);
  add_element(command, options.execution);
  add_json(command, options.json, "dsc.inspect/1");
}

void add_weights(CLI::App& command, execution_options& options) {
  command.add_option("--weights", options.weights,
                     "Of a model of the zoo: a state_dict (torch.save) or safetensors file; random weights without");
}

void add_execution(CLI::App& command, execution_options& options) {
  add_reading(command, options);
  add_element(command, options);
  add_weights(command, options);
  command.add_option("--torch-device", options.torch_device, "Where layers run: cpu, cuda:0, ...")
      ->capture_default_str();
  add_count(command, "--threads", options.threads, 1, "Threads that one layer may use")->default_str("1");
  command.add_flag("--fast", options.fast,
                   "Fold batch normalisation, keep channels last: often faster, and off PyTorch's answers by rounding");
  add_count(command, "--seed", options.seed, std::uint64_t{0}, "Of random weights and inputs")->default_str("0");
}

void add_profile(CLI::App& app, profile_options& options) {
  CLI::App& command = add_command(app, "profile", "Measure a model's layers on this machine", options, profile_site);
  command.add_option("MODEL", options.model, "A model of the zoo, or a TorchScript file")->required();
  add_typed(command, "--batches", options.batches, sorted_batches_in, "Batch sizes to measure, as 1,2,4 or 1:8")
      ->type_name("LIST")
      ->default_str("1");
  add_factor(command, "--slowdown", options.slowdown, 1.0, "a machine cannot act as a faster one",
             "Act as a machine that takes this many times as long")
      ->default_str("1");
  add_count(command, "--warm-ups", options.warm_ups, 0, "Passes per batch size that come first and are not counted")
      ->default_str(std::to_string(options.warm_ups));
  add_count(command, "--repeats", options.repeats, 1, "Timed passes per batch size")
      ->default_str(std::to_string(options.repeats));
  add_execution(command, options.execution);
  command.add_option("-o,--output", options.output, "The profile, as JSON (dsc.profile/1)")->required();
}

split_point split_count_in(std::string_view text, std::string_view option) {
  return split_point{whole_number_in(text, option, 0, UINT64_MAX)};
}

void add_candidates(CLI::App& command, candidate_options& options) {
  add_named(command, "--candidates", options.filter,
            named_values<split_filter>{
                {"undominated", undominated}, {"compressive", compressive}, {"natural", natural}, {"all", every_split}},
            "Splits to weigh")
      ->default_str("undominated");
  CLI::Option* const is_private = command.add_flag_callback(
      "--private", [&options] { options.min_split = split_point{1}; },
      "Never send the raw input: the same as --min-split 1");
  add_typed(command, "--min-split", options.min_split, split_count_in, "The smallest split l allowed")
      ->type_name("L")
      ->default_str("0")
      ->excludes(is_private);
  add_typed(command, "--max-split", options.max_split, split_count_in,
            "The largest split l allowed; below L the device never finishes alone")
      ->type_name("L");
  add_granularity(command, options.granularity, "Cut after layers, or after blocks only");
}

// A server can be planned for as a faster one, but none can act as one.
constexpr double least_planned_factor = 1e-6, least_real_factor = 1.0;

void add_conditions(CLI::App& command, conditions_options& options, double least_load, std::string_view hint) {
  add_latency(command, "--latency", options.link.latency, "Of the link, in ms");
  add_latency(command, "--return-latency", options.link.return_latency, "Of the answer's way back, in ms");
  add_typed(command, "--return-rate", options.link.return_rate, rate_in,
            "Of the answer's way back, in MB/s; without, its bytes take no time")
      ->type_name("RATE");
  add_factor(command, "--load", options.load.slowdown, least_load, hint, "The server takes this many times as long")
      ->default_str("1");
  add_latency(command, "--queue", options.load.queueing_delay, "What a request waits at the server, in ms");
}

void add_planned_conditions(CLI::App& command, conditions_options& options) {
  add_conditions(command, options, least_planned_factor, "1 is an idle server");
}

// The files of `plan` and `report`, and what stands for a device without a profile.
void add_files(CLI::App& command, auto& options, std::string const& help) {
  command.add_option("FILES", options.files, help);
  command.add_option("--device", options.device, "The device's profile");
  command.add_option("--server", options.server, "The server's profile");
  add_factor(
      command, "--device-slowdown", options.device_slowdown, least_planned_factor,
      "1 is a device as fast as the server",
      fmt::format("With one profile, the device takes this many times as long; {} without", usual_device_slowdown));
}

void add_plan(CLI::App& app, plan_options& options) {
  CLI::App& command = add_command(app, "plan", "Find the best splits from two profiles", options, plan_splits);
  add_files(command, options, "Profiles: the device's first; one alone is the server's");
  add_typed(command, "--batches", options.batches, batches_in,
            "Batch sizes, as 1,2,4 or 1:8; those of both profiles without")
      ->type_name("LIST");
  auto const rates = [&options](std::string_view text, std::string_view option) {
    options.rates_around_switching = text == "auto";
    return options.rates_around_switching ? std::vector<data_rate>{} : rates_or_outages_in(text, option);
  };
  add_typed(command, "--rates,--rate", options.rates, rates,
            "Data rates in MB/s to plan for, as 20 or 5,10 or FROM:TO:STEP; 0 is an outage, auto those around the "
            "switching rates")
      ->type_name("LIST");
  add_planned_conditions(command, options.conditions);
  add_candidates(command, options.candidates);
  command.add_flag("--extrapolate", options.extrapolate, "Allow batch sizes outside the measured ones");
  add_json(command, options.json, "dsc.plan/1");
}

void add_images(CLI::App& command, image_options& images) {
  CLI::Option* const image =
      command.add_option("--image", images.files, "Images to run on, one after the other; random input without");
  CLI::Option* const by_name = add_named(
      command, "--normalize", images.normalize,
      named_values<normalization>{
          {"imagenet", imagenet}, {"0..1", zero_to_one}, {"-1..1", minus_one_to_one}, {"none", levels_as_they_are}},
      "What images become in float32: by imagenet's mean and deviation without; none leaves 0..255");
  // Each of the two is given with the other one.
  auto const add_channels = [&](std::string const& name, std::array<double, 3> normalization::* const part,
                                auto const& values_in, std::string const& help) {
    auto const read = [&images, part, values_in](std::string_view text, std::string_view option) {
      normalization given = images.normalize.value_or(zero_to_one);
      given.*part = values_in(text, option);
      return given;
    };
    return add_typed(command, name, images.normalize, read, help)->type_name("R,G,B");
  };
  CLI::Option* const mean = add_channels("--mean", &normalization::mean, channel_values_in,
                                         "or what is subtracted from 0..1, red, green and blue, as 0.485,0.456,0.406");
  auto const is_above_0 = [](double value) { return value > 0.0; };
  auto const divisors_in = [&](std::string_view text, std::string_view option) {
    std::array<double, 3> const values = channel_values_in(text, option);
    if (!std::ranges::all_of(values, is_above_0)) refuse(option, text, "must be above 0, as levels are divided by it");
    return values;
  };
  CLI::Option* const deviation = add_channels("--deviation", &normalization::deviation, divisors_in,
                                              "and what it is then divided by, as 0.229,0.224,0.225");
  by_name->needs(image);
  mean->needs(image)->needs(deviation)->excludes(by_name);
  deviation->needs(image)->needs(mean)->excludes(by_name);
  command
      .add_flag("--stretch", images.stretch, "Squeeze whole images into the input, instead of cutting their middle out")
      ->needs(image);
  command.add_option("--labels", images.labels, "The names of the classes, a file of one a line")->needs(image);
}

// The link's rate: a steady one, or a trace's.
void add_rates(CLI::App& command, run_options& options) {
  CLI::Option* const rate = add_typed(command, "--rate", options.rate, rate_in,
                                      "A steady data rate, as 40Mbit, 5MB/s or 300kB/s; a number alone is in MB/s");
  rate->type_name("RATE");
  CLI::Option* const trace =
      command
          .add_option("--trace", options.trace,
                      "A rate trace that starts over at its end: CSV of seconds,megabytes_per_second or with a header "
                      "that says the unit, of Mahimahi, or iperf3's JSON")
          ->excludes(rate);
  command.add_option("--trace-column", options.trace_column, "Of a CSV trace: the column of rates")->needs(trace);
  command.add_option("--time-column", options.time_column, "Of a CSV trace: the column of times")->needs(trace);
  add_typed(command, "--trace-unit", options.trace_unit, rate_unit_in,
            "Of a CSV trace: what its rates count, as Mbit/s or kB/s")
      ->type_name("UNIT")
      ->needs(trace);
  auto const interval = [](std::string_view text, std::string_view option) {
    constexpr seconds longest{1e6};
    return seconds_in(text, option, longest);
  };
  add_typed(command, "--interval", options.interval, interval,
            "Seconds of the trace between requests; without, they spread over all of it")
      ->type_name("SECONDS");
}

// When to leave the split in use.
void add_hysteresis(CLI::App& command, hysteresis& rules) {
  std::string const gain_help =
      fmt::format("Change the split for a predicted gain of at least this many percent, 0 for always; {} without",
                  100.0 * rules.min_gain);
  std::string const dwell_help = fmt::format(
      "and not before it has been in use for this many ms, 0 for at once; {} without", 1e3 * rules.min_dwell.count());
  add_typed(command, "--min-gain", rules.min_gain, percent_in, gain_help)->type_name("PERCENT");
  add_typed(command, "--min-dwell", rules.min_dwell, ms_in, dwell_help)->type_name("MS");
  // Their former names, which help does not show.
  auto const gain = [](std::string_view text, std::string_view) { return percent_in(text, "--min-gain"); };
  auto const dwell = [](std::string_view text, std::string_view) { return ms_in(text, "--min-dwell"); };
  add_typed(command, "--margin", rules.min_gain, gain, gain_help)->group("");
  add_typed(command, "--dwell", rules.min_dwell, dwell, dwell_help)->group("");
}

// The first of these options that was given; empty where none was.
std::string first_given(CLI::App const& command, std::initializer_list<char const*> names) {
  auto const given = std::ranges::find_if(names, [&](char const* name) { return command.count(name) > 0; });
  return given == names.end() ? "" : *given;
}

void add_security(CLI::App& command, security_options& options, std::string const& of_certificate,
                  std::string const& of_authority) {
  command.add_option("--tls-cert", options.certificate, of_certificate)->type_name("FILE");
  command.add_option("--tls-key", options.key, "The certificate's private key, in PEM")->type_name("FILE");
  command.add_option("--tls-ca", options.authority, of_authority)->type_name("FILE");
}

void add_run(CLI::App& app, run_options& options) {
  CLI::App& command = add_command(
      app, "run", "Really run a model, split between this device and a server, real or emulated", options, run);
  command.parse_complete_callback([&command, &options] {
    options.emulated_only = first_given(
        command, {"--rate", "--trace", "--latency", "--return-latency", "--return-rate", "--load", "--queue"});
  });
  command.add_option("MODEL", options.model, "A model of the zoo, or a TorchScript file")->required();
  add_factor(command, "--device-slowdown", options.device_slowdown, least_real_factor,
             "the emulated device cannot be faster than this machine",
             fmt::format("The device takes this many times as long as this machine; what the profile of --device says, "
                         "layer by layer, or {} without, or 1 with servers on the network",
                         usual_run_slowdown));
  add_typed(command, "--batch,--batches", options.batches, batches_in,
            "Samples per request; of a list, request by request the next one")
      ->type_name("LIST")
      ->default_str("1");
  add_count(command, "--requests", options.requests, std::size_t{1},
            fmt::format("How many requests; {} without, or as many as the images need", usual_requests));
  add_rates(command, options);
  add_typed(command, "--strategy", options.strategies, strategies_in,
            "dynamic, local, offload, static:L, policy:FILE (of a dsc.plan/1), a list of them, or all side by side")
      ->type_name("LIST")
      ->default_str("all");
  add_images(command, options.images);
  command.add_option("--device", options.device, "The device's profile; measured first without");
  command
      .add_option_function<std::string>(
          "--server",
          [&options](std::string const& text) {
            options.servers = addresses_in(text);
            if (options.servers.empty()) options.server = text;
          },
          "HOST:PORT of a server on the network, of 'dsc serve' or another, or a list, best first; or the profile of "
          "an "
          "emulated one, which is measured first without")
      ->type_name("ADDRESS|FILE");
  command.add_option("--server-profile", options.server,
                     "The profile of servers on the network; without, they are taken to be faster than the device");
  command.add_option("--deployment", options.deployment,
                     "What the servers on the network serve (dsc.deployment/1); they are asked without");
  add_security(command, options.security, "This device's certificate, in PEM, for servers that ask for one",
               "Whose signature the servers' certificates must have: connections are then by TLS");
  add_hysteresis(command, options.rules);
  add_count(command, "--repeats", options.repeats, 1, "Timed passes of the measurement that comes first")
      ->default_str(std::to_string(options.repeats));
  add_conditions(command, options.conditions, least_real_factor, "a server cannot act as a faster one");
  add_candidates(command, options.candidates);
  add_execution(command, options.execution);
  add_json(command, options.json, "dsc.run/1");
  command.add_option("-o,--output", options.output, "Write dsc.run/1 to a file too, as 'dsc report' reads it");
}

// Which tails are served.
void add_tails(CLI::App& command, tails_options& options) {
  add_typed(command, "--splits", options.splits, splits_in,
            "Tails to serve: compressive, natural, all, undominated (needs profiles), or split points, as 0,3,5 or 3:7")
      ->type_name("LIST")
      ->default_str("compressive");
  CLI::Option* const is_private = command.add_flag_callback(
      "--private", [&options] { options.min_split = split_point{1}; },
      "Not the whole network, so that raw input is never sent: the same as --min-split 1");
  add_typed(command, "--min-split", options.min_split, split_count_in,
            "The smallest split l of those that are not listed")
      ->type_name("L")
      ->default_str("0")
      ->excludes(is_private);
  command.add_option("--device", options.device, "The device's profile, for --splits undominated");
  command.add_option("--server", options.server, "The server's profile, for --splits undominated");
  add_factor(command, "--device-slowdown", options.device_slowdown, least_planned_factor,
             "1 is a device as fast as the server", "With --server alone, the device takes this many times as long");
}

void add_serve(CLI::App& app, serve_options& options) {
  CLI::App& command = add_command(app, "serve", "Run the tails of a model for devices on the network", options, serve);
  command.add_option("MODEL", options.model, "A model of the zoo, or a TorchScript file")->required();
  command.add_option("--listen", options.listen, "HOST:PORT to listen on; port 0 is any that is free")
      ->capture_default_str();
  add_tails(command, options.tails);
  add_count(command, "--workers", options.workers, std::size_t{1}, "Requests that run at once")->default_str("1");
  auto const samples = [](std::string_view text, std::string_view option) {
    constexpr std::uint64_t most = 1U << 20U;
    return batch_size{whole_number_in(text, option, 1, most)};
  };
  add_typed(command, "--max-batch", options.largest_batch, samples, "The most samples of one request")
      ->type_name("COUNT")
      ->default_str(std::to_string(options.largest_batch.count));
  auto const size = [](std::string_view text, std::string_view option) {
    constexpr std::uint64_t most = std::uint64_t{1} << 31U;  // of the protocol
    return bytes{whole_number_in(text, option, 1, most)};
  };
  add_typed(command, "--max-bytes", options.largest_request, size, "The most bytes of one request")
      ->type_name("COUNT")
      ->default_str(std::to_string(options.largest_request.count));
  add_count(command, "--max-queue", options.longest_queue, std::size_t{0}, "The most requests that wait")
      ->default_str(std::to_string(options.longest_queue));
  add_security(command, options.security, "The server's certificate, in PEM: connections are then by TLS",
               "Whose signature a client's certificate must have; without, every client is served");
  command.add_option("--metrics", options.metrics, "HOST:PORT where Prometheus reads counters; nowhere without");
  add_execution(command, options.execution);
}

void add_export(CLI::App& app, export_options& options) {
  CLI::App& command =
      add_command(app, "export", "Write head and tail as TorchScript files, or tails as a model repository of Triton",
                  options, export_model);
  command.parse_complete_callback([&command, &options] {
    options.misplaced = options.format == export_format::triton
                            ? first_given(command, {"--split"})
                            : first_given(command, {"--splits", "--private", "--min-split", "--device", "--server",
                                                    "--device-slowdown", "--max-batch", "--separately", "--threads"});
  });
  command.add_option("MODEL", options.model, "A TorchScript file, or a model of the zoo")->required();
  add_named(command, "--format", options.format,
            named_values<export_format>{{"parts", export_format::parts}, {"triton", export_format::triton}},
            "Head and tail at --split, or a repository of the tails of --splits")
      ->default_str("parts");
  add_typed(command, "--split", options.split, split_in, "How many layers the head has, or the name of its last one")
      ->type_name("L|LAYER");
  add_tails(command, options.tails);
  auto const batch = [](std::string_view text, std::string_view option) {
    return batch_size{whole_number_in(text, option, 1, INT32_MAX)};
  };
  add_typed(command, "--max-batch", options.triton.largest_batch, batch,
            "Of a repository: the most samples that run at once, a request's own or those of several together")
      ->type_name("COUNT")
      ->default_str(std::to_string(usual_largest_batch.count));
  command.add_flag("--separately", options.triton.separately,
                   "Of a repository: requests that wait run one by one, so that answers are the same bits whoever "
                   "else asks, at the price of throughput");
  add_count(command, "--threads", options.triton.threads, 1, "Of a repository: threads that one layer may use")
      ->default_str("1");
  add_reading(command, options.execution);
  add_weights(command, options.execution);
  add_count(command, "--seed", options.execution.seed, std::uint64_t{0}, "Of random weights")->default_str("0");
  add_json(command, options.json, "dsc.export/1, or the repository's dsc.deployment/1,");
  command.add_option(
      "-o,--output", options.output,
      "What both files' names begin with, before .head.pt and .tail.pt, the model's name without; or the "
      "repository's folder");
}

void add_report(CLI::App& app, report_options& options) {
  CLI::App& command =
      add_command(app, "report", "Show profiles, a plan and runs on one page, to open in a browser", options, report);
  command.parse_complete_callback([&command, &options] {
    std::string const condition =
        first_given(command, {"--latency", "--return-latency", "--return-rate", "--load", "--queue"});
    options.conditions_given = !condition.empty();
    options.needs_profiles = options.conditions_given
                                 ? condition
                                 : first_given(command, {"--batches", "--rates", "--candidates", "--private",
                                                         "--min-split", "--max-split", "--extrapolate"});
  });
  add_files(command, options, "Profiles (the device's first; one alone is the server's), a plan, runs");
  add_typed(command, "--batches", options.batches, sorted_batches_in,
            "Batch sizes of the map, as 1,2,4 or 1:8; all that both profiles cover without")
      ->type_name("LIST");
  add_typed(command, "--rates,--rate", options.rates, rates_in,
            "Data rates of the map in MB/s, as 5,10 or FROM:TO:STEP; around the switching rates without")
      ->type_name("LIST");
  add_planned_conditions(command, options.conditions);
  add_candidates(command, options.candidates);
  command.add_flag("--extrapolate", options.extrapolate, "Allow batch sizes outside the measured ones");
  command.add_option("--title", options.title, "Of the page; one that names the model without");
  command.add_option("--vega", options.vega,
                     "The folder of Vega's vega-*.min.js; that of the package libjs-vega without");
  command.add_option("-o,--output", options.output, "The page, as HTML")->required();
}

void add_trace(CLI::App& app, trace_options& options) {
  CLI::App& command = add_command(
      app, "trace", "Make a rate trace that moves as 5G does, dies now and then, or wanders", options, make_trace);
  add_named(command, "--kind", options.kind,
            named_values<trace_kind>{{"5g", trace_kind::mobile_5g},
                                     {"gilbert-elliott", trace_kind::gilbert_elliott},
                                     {"random-walk", trace_kind::random_walk}},
            "As 5G does, a steady rate with outages, or a rate that wanders")
      ->default_str("5g");
  auto const samples = [](std::string_view text, std::string_view option) {
    constexpr std::size_t longest = 1'000'000;
    return static_cast<std::size_t>(whole_number_in(text, option, 1, longest));
  };
  add_typed(command, "--seconds", options.samples, samples, "How long, one sample per second")
      ->type_name("COUNT")
      ->default_str(std::to_string(options.samples));
  add_count(command, "--seed", options.seed, std::uint64_t{0}, "The same seed makes the same trace")->default_str("0");
  add_typed(command, "--mean", options.mean_rate, rate_in,
            fmt::format("Mean rate, as 40Mbit or 5MB/s; a number alone is in MB/s; {} without", usual_mean_rate))
      ->type_name("RATE");
  command.add_option("-o,--output", options.output, "The trace, as CSV of seconds,megabytes_per_second")->required();
}

}  // namespace

void add_subcommands(CLI::App& app, all_options& options) {
  add_models(app, options.models);
  add_inspect(app, options.inspect);
  add_profile(app, options.profile);
  add_plan(app, options.plan);
  add_run(app, options.run);
  add_serve(app, options.serve);
  add_export(app, options.exported);
  add_report(app, options.report);
  add_trace(app, options.trace);
}

}  // namespace dsc::cli
