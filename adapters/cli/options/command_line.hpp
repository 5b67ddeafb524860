#pragma once

namespace dsc::cli {

/// Reads the command line and runs the subcommand that it names; `--help` is a command too. Throws
/// `dsc::error` with `bad_option` for a command line that makes no sense.
void run_command_line(int argc, char const* const* argv);

}  // namespace dsc::cli
