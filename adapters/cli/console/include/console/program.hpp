#pragma once

namespace dsc::cli {

/// What every program here does around its work: a reader that has gone is no error, and whatever
/// is thrown ends it with one line on stderr and exit code 2. Gives the exit code.
int run_program(void (*body)(int argc, char** argv), int argc, char** argv);

}  // namespace dsc::cli
