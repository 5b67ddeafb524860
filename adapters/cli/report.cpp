#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "commands.hpp"
#include "console.hpp"
#include "interrupt.hpp"
#include "report_data.hpp"
#include "report_inputs.hpp"
#include "report_page.hpp"
#include "vega_library.hpp"
#include "writable.hpp"

namespace dsc::cli {

void report(report_options const& wanted) {
  bool const to_stdout = names_stdout(wanted.output);
  if (!to_stdout) check_writable(wanted.output);
  report_inputs const all = read_inputs(wanted);
  std::string const page =
      report_page({report_title(all, wanted), report_data(all, wanted), vega_library(wanted.vega.empty() ? DSC_VEGA_FOLDER : wanted.vega)});
  if (to_stdout) return say(page);
  {
    uninterrupted const writing;
    write_file(wanted.output, page);
  }
  say(fmt::format("{}: one page of {} kB that needs no network; open it in a browser\n", wanted.output, page.size() / 1000));
}

}  // namespace dsc::cli
