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
void check_no_input(report_options const& wanted) {
  std::vector<std::string> inputs = wanted.files;
  inputs.insert(inputs.end(), {wanted.device, wanted.server});
  std::error_code none;
  for (std::string const& input : inputs)
    if (!input.empty() && std::filesystem::equivalent(input, wanted.output, none))
      throw error{
          cli_errc::bad_option,
          fmt::format("--output '{}' is one of the files to report; give the page another name", wanted.output)};
}

}  // namespace

void report(report_options const& wanted) {
  bool const to_stdout = names_stdout(wanted.output);
  if (!to_stdout) check_writable(wanted.output);
  check_no_input(wanted);
  report_inputs const all = read_inputs(wanted);
  std::string const page = report_page({report_title(all, wanted), report_data(all, wanted),
                                        vega_library(wanted.vega.empty() ? DSC_VEGA_FOLDER : wanted.vega)});
  if (to_stdout) return say_document(page);
  {
    uninterrupted const writing;
    write_file(wanted.output, page);
  }
  say(fmt::format("{}: one page of {} kB that needs no network; open it in a browser\n", wanted.output,
                  page.size() / 1000));
}

}  // namespace dsc::cli
