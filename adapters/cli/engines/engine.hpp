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

/// The layers of a span as what a file of the engine holds. Throws `bad_split` for those that no
/// file can hold.
using layer_writer = std::function<std::string(layer_span)>;

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

  /// What writes layers of a model as files of their own; holds the weights, a file's or those
  /// that the options say. Throws `bad_weights`, and `bad_option` for options that a file cannot
  /// have.
  virtual layer_writer writer_of(model_description const& model, execution_options const& options) const = 0;

  /// By what two sites tell that they have the same weights: a fingerprint of their values,
  /// whatever file they came from. Throws `cannot_read` and `bad_weights`.
  virtual std::string weights_fingerprint(model_description const& model, execution_options const& options) const = 0;
};

}  // namespace dsc::cli
