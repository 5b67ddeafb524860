#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "console/table.hpp"
#include "engines/measurement.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"

namespace dsc::cli {
namespace {

void show(measured_site const& site, std::string const& file) {
  profile const& measured = site.result.profile;
  table rows{{{"batch"}, {"whole network ms"}, {"per sample ms"}, {"uncertainty"}}};
  for (std::size_t i = 0; i < measured.measured().size(); ++i) {
    batch_times const& times = measured.measured()[i];
    seconds const whole = times.prefix.back();
    rows.add({std::to_string(times.batch.count), in_ms(whole), in_ms(whole / static_cast<double>(times.batch.count)),
              in_percent(100.0 * site.uncertainty[i])});
  }
  say(fmt::format("{}: {} layers, written to {}\n{}", printable(measured.name()), measured.layers().size(),
                  printable(file), rows.text()));
}

}  // namespace

void profile_site(profile_options const& options) {
  if (!names_stdout(options.output)) check_writable(options.output);
  model_description const model = describe_model(options.model, options.execution);
  measured_site const site = engine_of(model).measure({model, options.execution, options.batches, options.slowdown,
                                                       options.warm_ups, options.repeats, "measuring " + model.label});
  if (!site.warning.empty()) note(site.warning);
  if (names_stdout(options.output)) return say_document(profile_json(site.result.profile, site.result.notes));
  {
    uninterrupted const writing;
    write_profile(options.output, site.result.profile, site.result.notes);
  }
  show(site, options.output);
}

}  // namespace dsc::cli
