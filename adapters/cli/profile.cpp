#include <unistd.h>

#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "commands.hpp"
#include "console.hpp"
#include "interrupt.hpp"
#include "lists.hpp"
#include "measurement.hpp"
#include "quantities.hpp"
#include "table.hpp"
#include "zoo.hpp"

namespace dsc::cli {
namespace {

// Before a long measurement, not after it; what this does not see, writing the file tells.
void check_writable(std::filesystem::path const& file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  if (fs::is_directory(file, ignored))
    throw error{errc::cannot_write, "cannot write '" + file.string() + "': it is a folder; give the name of a file"};
  if (!fs::is_directory(folder, ignored))
    throw error{errc::cannot_write, "cannot write '" + file.string() + "': there is no folder '" + folder.string() + "'; make it first"};
  if (access(folder.c_str(), W_OK) != 0 && access(file.c_str(), W_OK) != 0)
    throw error{errc::cannot_write, "cannot write '" + file.string() + "': nobody may write to it here"};
}

void show(measured_site const& site, std::string const& file) {
  profile const& got = site.result.profile;
  table rows{{{"batch"}, {"whole network ms"}, {"per sample ms"}, {"uncertainty"}}};
  for (std::size_t i = 0; i < got.measured().size(); ++i) {
    batch_times const& times = got.measured()[i];
    seconds const whole = times.prefix.back();
    rows.add({std::to_string(times.batch.count), in_ms(whole), in_ms(whole / static_cast<double>(times.batch.count)),
              in_percent(100.0 * site.uncertainty[i])});
  }
  say(fmt::format("{}: {} layers, written to {}\n{}", got.name(), got.layers().size(), file, rows.text()));
}

}  // namespace

void profile_site(profile_options const& wanted) {
  if (!std::isfinite(wanted.slow_down) || wanted.slow_down < 1.0)
    throw error{errc::bad_option, "--slowdown must be a finite factor of 1 or more; a machine cannot act as a faster one"};
  if (wanted.repeats < 1) throw error{errc::bad_option, "--repeats must be 1 or more"};
  if (wanted.execution.threads < 1) throw error{errc::bad_option, "--threads must be 1 or more"};
  zoo::efficientnet const model = model_named(wanted.model).with_input(input_type_named(wanted.execution.input_type));
  std::vector<batch_size> const batches = sorted_batches_in(wanted.batches, "--batches");
  if (!names_stdout(wanted.output)) check_writable(wanted.output);
  measured_site const site = measure({model, wanted.execution, batches, wanted.slow_down, wanted.repeats, "measuring " + wanted.model});
  if (!site.warning.empty()) note(site.warning);
  if (names_stdout(wanted.output)) return say(profile_json(site.result.profile, site.result.notes));
  {
    uninterrupted const writing;
    write_profile(wanted.output, site.result.profile, site.result.notes);
  }
  show(site, wanted.output);
}

}  // namespace dsc::cli
