#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/cost/loaded.hpp>
#include <dsc/decide/controller.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/shape.hpp>
#include <dsc/units.hpp>

#include "inputs/normalization.hpp"

/// What the command line asked for, as values: nothing here is left to be parsed. Text is names of
/// files, models and columns alone.
namespace dsc::cli {

/// Of a rate trace that is made up, in MB/s: an uplink of about 50 Mbit/s.
inline constexpr double usual_mean_rate = 6.0;

/// How many times as long a device takes where nothing is known of it but the server's profile.
inline constexpr double usual_device_slowdown = 5.68;  // 13.45 / 2.37 TFLOP/s, the paper's two processors

/// The factor of a device that `run` measures itself.
inline constexpr double usual_run_slowdown = 6.0;

/// How many requests `run` makes; more where there are more images.
inline constexpr std::size_t usual_requests = 20;

/// How many times as fast as the device a server on a network is taken to be, before anything is
/// known of it.
inline constexpr double usual_server_speedup = 6.0;

/// Where an image is cut, it is first resized to this many times what is cut out.
inline constexpr double usual_resize_of_crop = 256.0 / 224.0;  // torchvision's presets

/// Where a file may be cut.
enum class cut_places : std::uint8_t {
  blocks,  ///< between blocks
  all,     ///< wherever one tensor alone is alive
};

/// Which layers count as places for a split.
enum class granularity : std::uint8_t { layers, blocks };

struct models_options {
  bool json = false;
};

/// How a model is read, and where and how it runs.
struct execution_options {
  std::optional<element_type> input_type;        ///< float32 where not given, or what the model's file says
  std::optional<shape> input;                    ///< of a file: one sample; what the file says where not given
  cut_places cuts = cut_places::blocks;          ///< of a file
  std::string output_name;                       ///< of a file with several outputs
  bool trust = false;                            ///< of a file: no first reading in a process of its own
  element_type element = element_type::float32;  ///< that layers compute in
  std::string weights;                           ///< a file; random weights where empty
  std::string torch_device = "cpu";              ///< as typed: which devices there are, only the engine knows
  std::uint64_t seed = 0;                        ///< of random weights and random inputs
  int threads = 1;
  bool fast = false;  ///< other roundings than torchvision's, for speed
};

struct inspect_options {
  std::vector<std::string> models;
  dsc::cli::granularity granularity = dsc::cli::granularity::blocks;
  execution_options execution;
  bool json = false;
};

struct profile_options {
  std::string model;
  std::vector<batch_size> batches{batch_size{1}};  ///< ascending
  double slowdown = 1.0;
  int warm_ups = 3;
  int repeats = 11;
  execution_options execution;
  std::string output;
};

/// What limits the choice of a split.
struct candidate_options {
  split_filter filter = undominated;
  dsc::cli::granularity granularity = dsc::cli::granularity::layers;
  split_point min_split{0};                ///< 1 is privacy: the raw input is never sent
  std::optional<split_point> max_split{};  ///< the whole model where not given
  std::vector<split_point> served{};       ///< those that have a tail at the servers; every one where empty

  bool allow(split_point split) const { return split >= min_split && (!max_split || split <= *max_split); }
};

/// The link and the server as they are during a plan or a run.
struct conditions_options {
  link_parameters link;
  server_load load;
};

struct plan_options {
  std::vector<std::string> files;  ///< profiles: the device's and the server's, or the server's alone
  std::string device;              ///< a profile; or among the files
  std::string server;
  std::optional<double> device_slowdown;  ///< of a device without a profile; the usual one where not given
  std::vector<batch_size> batches;        ///< those of both profiles where empty
  std::vector<data_rate> rates;           ///< 0 is an outage; none where empty
  bool rates_around_switching = false;    ///< those around the switching rates, instead of a list
  conditions_options conditions;
  candidate_options candidates;
  bool extrapolate = false;
  bool json = false;
};

/// Images to run on, and how they become inputs.
struct image_options {
  std::vector<std::string> files;
  std::optional<normalization> normalize;  ///< `imagenet` where not given
  bool stretch = false;                    ///< the whole image, whatever its proportions, instead of its middle
  std::string labels;                      ///< a file; classes are numbers where empty
};

/// The ways to choose a split.
enum class strategy_kind : std::uint8_t { dynamic, local, offload, fixed, policy };

/// One of them, as it was named; whether it fits the model, the command checks.
struct strategy_choice {
  strategy_kind kind = strategy_kind::dynamic;
  split_point split{};        ///< of `fixed`
  std::string policy_file{};  ///< of `policy`: a dsc.plan/1
};

/// The TLS files of one side of a connection; none of them: it is not secured.
struct security_options {
  std::string certificate;
  std::string key;
  std::string authority;
};

struct run_options {
  std::string model;
  std::optional<double> device_slowdown;  ///< the profile's times where not given, or the usual one without profiles
  std::vector<batch_size> batches{batch_size{1}};  ///< of request 0, 1, ...; starts over at its end
  std::optional<std::size_t> requests;
  std::optional<data_rate> rate;
  std::string trace;         ///< a file
  std::string trace_column;  ///< of a CSV with a header; as its header says where empty
  std::string time_column;
  std::optional<data_rate> trace_unit;      ///< one of what the column counts
  seconds interval{};                       ///< of the trace between requests; 0: they spread over the whole trace
  std::vector<strategy_choice> strategies;  ///< all that there are where empty
  image_options images;
  std::string device;                ///< a profile; measured first where empty
  std::string server;                ///< the same; with servers on a network, guessed from the device's where empty
  std::vector<std::string> servers;  ///< on a network, best first; none: link and server are emulated
  std::string deployment;            ///< a file that says what these serve; they say so themselves where empty
  security_options security;
  std::string emulated_only;  ///< an option that was given and means nothing over a network; empty where none was
  hysteresis rules;
  int repeats = 5;  ///< of the measurement that comes first
  conditions_options conditions;
  candidate_options candidates;
  execution_options execution;
  bool json = false;
  std::string output;  ///< a file for the same JSON; none where empty
};

struct report_options {
  std::vector<std::string> files;  ///< profiles, a plan, runs
  std::string device;              ///< a profile; or among the files
  std::string server;
  std::optional<double> device_slowdown;  ///< of a device without a profile; the usual one where not given
  std::vector<batch_size> batches;        ///< of the map, ascending; all that both profiles cover where empty
  std::vector<data_rate> rates;           ///< of the map; around the switching rates where empty
  conditions_options conditions;
  bool conditions_given = false;  ///< else those of the plan hold, where there is one
  std::string needs_profiles;     ///< an option that was given and means nothing without profiles; empty where none was
  candidate_options candidates;
  bool extrapolate = false;
  std::string title;
  std::string vega;  ///< a folder; the one that was found at build time where empty
  std::string output;
};

/// Which tails of a model are to be served.
struct tails_options {
  std::variant<split_filter, std::vector<split_point>> splits = compressive;
  split_point min_split{0};  ///< of a filter: 1 and the raw input is never sent
  std::string device;        ///< a profile, for `undominated`, which goes by times
  std::string server;
  std::optional<double> device_slowdown;  ///< of a device without a profile; the usual one where not given
};

/// What a model is exported as.
enum class export_format : std::uint8_t {
  parts,   ///< head and tail at one split, a file each
  triton,  ///< a repository of tails, a model for each split
};

/// The most samples of a request, and of requests that run together, where nobody says.
inline constexpr batch_size usual_largest_batch{32};

/// How Triton runs what it serves.
struct triton_options {
  batch_size largest_batch = usual_largest_batch;  ///< samples that run at once
  bool separately = false;  ///< requests that wait run one by one: the same bits whoever else asks
  int threads = 1;          ///< that one layer may use
};

struct serve_options {
  std::string model;
  std::string listen = "127.0.0.1:8001";
  tails_options tails;
  std::size_t workers = 1;
  batch_size largest_batch{64};
  bytes largest_request{std::uint64_t{256} << 20U};
  std::size_t longest_queue = 64;
  security_options security;
  std::string metrics;  ///< an address; none where empty
  execution_options execution;
};

struct export_options {
  std::string model;
  export_format format = export_format::parts;
  std::optional<std::variant<split_point, std::string>> split;  ///< of `parts`; or the name of the head's last layer
  tails_options tails;                                          ///< of `triton`, as what follows
  triton_options triton;
  std::string misplaced;  ///< an option that was given and is for the other format; empty where none was
  execution_options execution;
  std::string output;  ///< of `parts`: what both files' names begin with; the model's name where empty
  bool json = false;
};

/// What a made-up rate trace is like.
enum class trace_kind : std::uint8_t {
  mobile_5g,
  gilbert_elliott,  ///< a steady rate with outages
  random_walk,
};

struct trace_options {
  trace_kind kind = trace_kind::mobile_5g;
  std::size_t samples = 120;  ///< one per second
  std::uint64_t seed = 0;
  data_rate mean_rate = megabytes_per_second(usual_mean_rate);
  std::string output;
};

}  // namespace dsc::cli
