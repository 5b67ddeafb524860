#include "console/console.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "console/printable.hpp"

namespace dsc::cli {
namespace {

std::string speaker = "dsc";

[[noreturn]] void fail_to_write(int code) {
  if (code == EPIPE) throw reader_gone{};
  throw error{errc::cannot_write, std::string{"cannot write to standard output: "} + std::strerror(code)};
}

void line_to_stderr(std::string_view prefix, std::string_view sentence) {
  std::string line = speaker;
  line += prefix;
  std::string on_one_line{sentence};
  for (char& c : on_one_line)
    if (c == '\n' || c == '\r') c = ' ';
  line += printable(on_one_line) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void say(std::string_view text) { say_document(printable_lines(text)); }

void say_document(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_to_write(errno);
}

void finish_saying() {
  errno = 0;
  if (std::fflush(stdout) != 0) fail_to_write(errno);
}

void speak_as(std::string_view program) { speaker = program; }

void complain(std::string_view sentence) { line_to_stderr(": ", sentence); }

std::string sentence_of(error const& failure) {
  std::string_view const text = failure.what();
  std::size_t const end = text.find(": ");
  return std::string{text.substr(end + 2)}.append(" (").append(text.substr(0, end)).append(")");
}

void note(std::string_view sentence) { line_to_stderr(": note: ", sentence); }

void warn(std::string_view sentence) { line_to_stderr(": warning: ", sentence); }

bool names_stdout(std::string_view output) {
  return output == "-" || output == "/dev/stdout" || output == "/dev/fd/1" || output == "/proc/self/fd/1";
}

}  // namespace dsc::cli
