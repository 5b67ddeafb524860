// Stands for LibTorch in a build without it.
#include "experiment.hpp"
#include "measurement.hpp"

namespace dsc::cli {
namespace {

[[noreturn]] void say_so() {
  throw error{errc::bad_option, "this build of dsc has no LibTorch, which 'profile' and 'run' need; build it where libtorch-dev is installed"};
}

}  // namespace

measured_site measure(measurement const&) { say_so(); }
void execute(experiment const&, std::function<void(outcome)> const&) { say_so(); }

}  // namespace dsc::cli
