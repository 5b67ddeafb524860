#include "console/program.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>

#include "console/console.hpp"
#include "console/interrupt.hpp"

namespace dsc::cli {
namespace {

constexpr int exit_code_of_bad_input = 2;

// What a foreign library threw may go on for pages; its first line says what happened.
std::string first_line_of(std::exception const& failure) {
  std::string_view text = failure.what();
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  return std::string{text.substr(0, text.find('\n'))};
}

}  // namespace

int run_program(void (*body)(int argc, char** argv), int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file too large is an error like a full disk
  end_on_interrupt();
  try {
    body(argc, argv);
    finish_saying();
    return 0;
  } catch (reader_gone) {
    return 0;
  } catch (error const& failure) {
    complain(sentence_of(failure));
  } catch (std::exception const& failure) {
    complain(first_line_of(failure));
  }
  return exit_code_of_bad_input;
}

}  // namespace dsc::cli
