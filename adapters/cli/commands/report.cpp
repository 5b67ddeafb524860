#include <filesystem>

#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "report/report_data.hpp"
#include "report/report_inputs.hpp"
#include "report/report_page.hpp"
#include "report/vega_library.hpp"

namespace dsc::cli {

namespace {

// A page in the place of what it was made from would be a measurement lost.
void check_no_input(report_options const& options) {
  std::vector<std::string> inputs = options.files;
  inputs.insert(inputs.end(), {options.device, options.server});
  std::error_code none;
  for (std::string const& input : inputs)
    if (!input.empty() && std::filesystem::equivalent(input, options.output, none))
      throw error{
          cli_errc::bad_option,
          fmt::format("--output '{}' is one of the files to report; give the page another name", options.output)};
}

}  // namespace

void report(report_options const& options) {
  bool const to_stdout = names_stdout(options.output);
  if (!to_stdout) check_writable(options.output);
  check_no_input(options);
  report_inputs const all = read_inputs(options);
  std::string const page = report_page({report_title(all, options), report_data(all, options),
                                        vega_library(options.vega.empty() ? DSC_VEGA_FOLDER : options.vega)});
  if (to_stdout) return say_document(page);
  {
    uninterrupted const writing;
    write_file(options.output, page);
  }
  say(fmt::format("{}: one page of {} kB that needs no network; open it in a browser\n", options.output,
                  page.size() / 1000));
}

}  // namespace dsc::cli
