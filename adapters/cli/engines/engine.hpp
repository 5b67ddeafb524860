#pragma once

#include <functional>
#include <string>

#include <dsc/run/tail_runner.hpp>
#include <dsc/units.hpp>

#include "engines/engine_kind.hpp"
#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

struct experiment;
struct measured_site;
struct measurement;
struct outcome;

/// A model ready to run tails for others.
struct hosted_model {
  tail_runner run;
  std::string weights;  ///< their fingerprint
};

/// What runs layers. It keeps nothing between two calls: what it has read of a file stands in the
/// description.
class engine {
 public:
  engine() = default;
  engine(engine const&) = delete;
  engine& operator=(engine const&) = delete;
  virtual ~engine() = default;

  virtual engine_kind const& kind() const = 0;

  /// Called first of all, before there is a thread; may start the program anew and not return.
  virtual void prepare_process(char** /*argv*/) const {}

  /// The model in a file that exists: read and taken apart, once for all that a command does with
  /// it. Throws `cannot_read`, `bad_file`, `bad_model` and `bad_option`.
  virtual model_description describe(std::string const& file, execution_options const& options) const = 0;

  /// Really measures, and shows how far it has come. Throws `bad_option`, `bad_weights` and what
  /// the profiler throws.
  virtual measured_site measure(measurement const& setup) const = 0;

  /// Really runs strategies side by side: `execute` with a model of this engine. `tell` hears of
  /// every outcome as soon as it is there.
  virtual void run(experiment const& setup, std::function<void(outcome)> const& tell) const = 0;

  /// Tails of a model, with one set of weights for all of them. Throws `bad_option`, `bad_weights`.
  virtual hosted_model host(model_description const& model, execution_options const& options) const = 0;

  /// Layers of a model from a file of this engine, as what such a file of their own holds.
  virtual std::string layers_as_file(model_description const& model, layer_span span) const = 0;
};

}  // namespace dsc::cli
