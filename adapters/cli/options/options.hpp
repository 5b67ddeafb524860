#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dsc/units.hpp>

#include "inputs/normalization.hpp"

/// What the command line asked for: rates and ways to normalise as quantities, lists, ranges and
/// names as typed, to be read by the command that needs them.
namespace dsc::cli {

/// Of a rate trace that is made up, in MB/s: an uplink of about 50 Mbit/s.
inline constexpr double usual_mean_rate = 6.0;

/// How many times as long a device takes where nothing is known of it but the server's profile.
inline constexpr double usual_device_slowdown = 5.68;  // 13.45 / 2.37 TFLOP/s, the paper's two processors

/// The factor of a device that `run` measures itself.
inline constexpr double usual_run_slowdown = 6.0;

/// How many requests `run` makes; more where there are more images.
inline constexpr int usual_requests = 20;

/// Where an image is cut, it is first resized to this many times what is cut out.
inline constexpr double usual_resize_of_crop = 256.0 / 224.0;  // torchvision's presets

struct models_options {
  bool json = false;
};

/// How a model is read, and where and how it runs.
struct execution_options {
  std::string input_type;  ///< float32 where empty, or what the model's file says
  std::string input;       ///< of a file: one sample's shape, as in 3x224x224; what the file says where empty
  std::string cuts = "blocks";
  std::string output_name;          ///< of a file with several outputs
  bool trust = false;               ///< of a file: no first reading in a process of its own
  std::string element = "float32";  ///< that layers compute in
  std::string weights;              ///< a file; random weights where empty
  std::string torch_device = "cpu";
  std::uint64_t seed = 0;  ///< of random weights and random inputs
  int threads = 1;
  bool fast = false;  ///< other roundings than torchvision's, for speed
};

struct inspect_options {
  std::vector<std::string> models;
  std::string granularity = "blocks";
  execution_options execution;
  bool json = false;
};

struct profile_options {
  std::string model;
  std::string batches = "1";
  double slowdown = 1.0;
  int warm_ups = 3;
  int repeats = 11;
  execution_options execution;
  std::string output;
};

/// What limits the choice of a split.
struct candidate_options {
  std::string filter = "undominated";
  std::string granularity = "layers";
  bool is_private = false;
  std::uint64_t min_split = 0;
  std::uint64_t max_split = UINT64_MAX;
};

/// The link and the server as they are during a plan or a run.
struct conditions_options {
  double latency_ms = 0.0;
  double return_latency_ms = 0.0;
  std::string return_rate;  ///< MB/s; where empty, the way back takes its latency alone
  double load = 1.0;
  double queue_ms = 0.0;
};

struct plan_options {
  std::vector<std::string> files;  ///< profiles: the device's and the server's, or the server's alone
  std::string device;              ///< a profile; or among the files
  std::string server;
  std::optional<double> device_slowdown;  ///< of a device without a profile; the usual one where not given
  std::string batches;                    ///< those of both profiles where empty
  std::string rates;                      ///< MB/s, `auto` for those around the switching rates; none where empty
  conditions_options conditions;
  candidate_options candidates;
  bool extrapolate = false;
  bool json = false;
};

/// Images to run on, and how they become inputs.
struct image_options {
  std::vector<std::string> files;
  normalization normalize = imagenet;
  bool normalize_given = false;
  bool stretch = false;  ///< the whole image, whatever its proportions, instead of its middle
  std::string labels;    ///< a file; classes are numbers where empty
};

struct run_options {
  std::string model;
  std::optional<double> device_slowdown;  ///< the profile's times where not given, or the usual one without profiles
  std::string batches = "1";
  std::optional<int> requests;
  std::optional<data_rate> rate;
  std::string trace;         ///< a file
  std::string trace_column;  ///< of a CSV with a header; as its header says where empty
  std::string time_column;
  std::optional<data_rate> trace_unit;  ///< one of what the column counts
  double interval = 0.0;  ///< seconds of trace between requests; 0: the requests spread over the whole trace
  std::string strategy = "all";
  image_options images;
  std::string device;  ///< a profile; measured first where empty
  std::string server;
  std::optional<double> min_gain_percent;  ///< the library's where not given
  std::optional<double> min_dwell_ms;
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
  std::string batches;                    ///< of the map; all that both profiles cover where empty
  std::string rates;                      ///< of the map, in MB/s; around the switching rates where empty
  conditions_options conditions;
  bool conditions_given = false;  ///< else those of the plan hold, where there is one
  std::string needs_profiles;     ///< an option that was given and means nothing without profiles; empty where none was
  candidate_options candidates;
  bool extrapolate = false;
  std::string title;
  std::string vega;  ///< a folder; the one that was found at build time where empty
  std::string output;
};

struct export_options {
  std::string model;
  std::string split;  ///< how many layers the head has, or the name of its last one
  execution_options execution;
  std::string output;  ///< what both files' names begin with; the model's name where empty
  bool json = false;
};

struct trace_options {
  std::string kind = "5g";
  double seconds = 120.0;
  std::uint64_t seed = 0;
  data_rate mean_rate = megabytes_per_second(usual_mean_rate);
  std::string output;
};

}  // namespace dsc::cli
