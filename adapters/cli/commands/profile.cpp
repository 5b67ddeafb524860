#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/table.hpp"
#include "engines/measurement.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "options/lists.hpp"
#include "options/quantities.hpp"

namespace dsc::cli {
namespace {

void show(measured_site const& site, std::string const& file) {
  profile const& got = site.result.profile;
  table rows{{{"batch"}, {"whole network ms"}, {"per sample ms"}, {"uncertainty"}}};
  for (std::size_t i = 0; i < got.measured().size(); ++i) {
    batch_times const& times = got.measured()[i];
    seconds const whole = times.prefix.back();
    rows.add({std::to_string(times.batch.count), in_ms(whole), in_ms(whole / static_cast<double>(times.batch.count)),
              in_percent(100.0 * site.uncertainty[i])});
  }
  say(fmt::format("{}: {} layers, written to {}\n{}", printable(got.name()), got.layers().size(), printable(file),
                  rows.text()));
}

}  // namespace

void profile_site(profile_options const& wanted) {
  check_factor(wanted.slowdown, 1.0, "--slowdown", "a machine cannot act as a faster one");
  if (wanted.warm_ups < 0) throw error{cli_errc::bad_option, "--warm-ups must be 0 or more"};
  if (wanted.repeats < 1) throw error{cli_errc::bad_option, "--repeats must be 1 or more"};
  if (wanted.execution.threads < 1) throw error{cli_errc::bad_option, "--threads must be 1 or more"};
  std::vector<batch_size> const batches = sorted_batches_in(wanted.batches, "--batches");
  if (!names_stdout(wanted.output)) check_writable(wanted.output);
  model_description const model = describe_model(wanted.model, wanted.execution);
  measured_site const site = engine_of(model).measure(
      {model, wanted.execution, batches, wanted.slowdown, wanted.warm_ups, wanted.repeats, "measuring " + model.label});
  if (!site.warning.empty()) note(site.warning);
  if (names_stdout(wanted.output)) return say_document(profile_json(site.result.profile, site.result.notes));
  {
    uninterrupted const writing;
    write_profile(wanted.output, site.result.profile, site.result.notes);
  }
  show(site, wanted.output);
}

}  // namespace dsc::cli
