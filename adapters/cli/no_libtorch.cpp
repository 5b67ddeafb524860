// Stands for LibTorch in a build without it.
#include "experiment.hpp"
#include "measurement.hpp"
#include "script_file.hpp"

namespace dsc::cli {
namespace {

[[noreturn]] void say_so() {
  throw error{errc::bad_option,
              "this build of dsc has no LibTorch, which 'profile', 'run' and TorchScript files need; build it where libtorch-dev is installed"};
}

}  // namespace

subject read_script(std::string const&, execution_options const&) { say_so(); }
void write_script(subject const&, layer_span, std::filesystem::path const&) { say_so(); }
measured_site measure(measurement const&) { say_so(); }
void execute(experiment const&, std::function<void(outcome)> const&) { say_so(); }

}  // namespace dsc::cli
