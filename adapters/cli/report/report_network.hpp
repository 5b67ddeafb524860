#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/cost/profile.hpp>

#include "report/report_inputs.hpp"

namespace dsc::cli {

/// A layer as a report shows it: of a name and bytes, as that is all that a profile tells.
struct report_layer : profiled_layer {
  std::string group;   ///< `stem`, `stage 3`, `head`; empty for a model that is none of the zoo
  bool block = false;  ///< every layer of such a model is one
};

/// The model that all files of a report are of: from the profiles where there are some, else from
/// the zoo.
class report_network {
 public:
  std::string label;
  bytes input;
  std::vector<report_layer> list;
  std::string source;  ///< where names and sizes are from, as in `the zoo, with an input of float32`

  std::string_view name() const { return label; }
  bytes input_bytes() const { return input; }
  std::vector<report_layer> const& layers() const { return list; }
};

/// Nothing where no file and no model of the zoo tells layers. Throws `bad_file` for files that do
/// not fit the zoo's model of their name.
std::optional<report_network> network_of(report_inputs const& all);

/// The name that all files agree on.
std::string model_name_of(report_inputs const& all);

}  // namespace dsc::cli
