#include "engines/libtorch/engine.hpp"

#include <fmt/format.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/libtorch/stopwatch.hpp>

#include "engines/libtorch/blas_kernels.hpp"
#include "engines/libtorch/kind.hpp"
#include "engines/libtorch/model.hpp"
#include "engines/libtorch/script_file.hpp"
#include "engines/libtorch/weights.hpp"
#include "engines/profiling.hpp"
#include "running/execution.hpp"

namespace dsc::cli {
namespace {

std::vector<std::pair<std::string, std::string>> environment_of(libtorch::execution const& execution) {
  libtorch::environment const here = libtorch::describe_environment(execution.device, execution.element);
  return {{"device", here.device},
          {"threads", here.threads},
          {"libtorch", here.libtorch},
          {"element_type", here.element},
          {"arithmetic", execution.arithmetic == libtorch::arithmetic::fast ? "fast" : "exact"},
          {"blas", here.blas},
          {"date", here.date}};
}

class libtorch_engine_type final : public engine {
 public:
  engine_kind const& kind() const override { return libtorch_kind; }

  void prepare_process(char** argv) const override { restart_with_fast_blas(argv); }

  model_description describe(std::string const& file, execution_options const& options) const override {
    return read_script(file, options);
  }

  measured_site measure(measurement const& setup) const override {
    return std::visit(
        [&](auto const& model) {
          libtorch::execution const execution = model.execution();
          auto const input = [&](batch_size batch) {
            return libtorch::random_input(setup.model.input(), batch, setup.execution.seed).to(execution.device);
          };
          return measure_site(model.resident(), setup, input, libtorch::event_stopwatch{execution.device},
                              environment_of(execution));
        },
        libtorch_model_of(setup.model, setup.execution));
  }

  void run(experiment const& setup, std::function<void(outcome)> const& tell) const override {
    std::visit(
        [&](auto const& model) { execute(model, setup, libtorch::synchronizer(model.execution().device), tell); },
        libtorch_model_of(setup.model, setup.execution));
  }

  hosted_model host(model_description const& model, execution_options const& options) const override {
    return std::visit([](auto const& ready) { return hosted_model{runner_of(ready), ready.weights_fingerprint()}; },
                      libtorch_model_of(model, options));
  }

  layer_writer writer_of(model_description const& model, execution_options const& options) const override {
    return libtorch_writer_of(model, options);
  }

  std::string weights_fingerprint(model_description const& model, execution_options const& options) const override {
    return libtorch_fingerprint_of(model, options);
  }
};

}  // namespace

engine const& libtorch_engine() {
  static libtorch_engine_type const engine;
  return engine;
}

}  // namespace dsc::cli
