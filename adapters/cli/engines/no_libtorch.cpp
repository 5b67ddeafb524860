// Stands for LibTorch in a build without it.
#include "console/errors.hpp"
#include "engines/measurement.hpp"
#include "engines/script_file.hpp"
#include "running/experiment.hpp"

namespace dsc::cli {
namespace {

[[noreturn]] void say_so() {
  throw error{cli_errc::bad_option,
              "this build of dsc has no LibTorch, which 'profile', 'run' and TorchScript files need; build it where "
              "libtorch-dev is installed"};
}

}  // namespace

model_description read_script(std::string const&, execution_options const&) { say_so(); }
std::string exported_script(model_description const&, layer_span) { say_so(); }
measured_site measure(measurement const&) { say_so(); }
void execute(experiment const&, std::function<void(outcome)> const&) { say_so(); }

}  // namespace dsc::cli
