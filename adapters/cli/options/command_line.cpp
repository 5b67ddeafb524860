#include "options/command_line.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <dsc/error.hpp>

#include "console/console.hpp"
#include "console/errors.hpp"
#include "options/spelling.hpp"
#include "options/subcommands.hpp"
#include "options/typed_options.hpp"

namespace dsc::cli {
namespace {

// CLI11 would take the argument that follows `--option=` for its value.
void check_empty_values(int argc, char const* const* argv) {
  for (std::string_view const argument : std::span{argv, static_cast<std::size_t>(argc)}.subspan(argc > 0 ? 1 : 0)) {
    if (argument == "--") return;
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      refuse_empty(argument.substr(0, argument.size() - 1));
  }
}

// `dsc help` and `dsc help run` are `dsc --help` and `dsc run --help`.
std::vector<char const*> without_help_command(int argc, char const* const* argv) {
  std::vector<char const*> arguments{argv, argv + argc};
  if (argc > 1 && std::string_view{argv[1]} == "help") {
    arguments.erase(arguments.begin() + 1);
    arguments.push_back("--help");
  }
  return arguments;
}

std::vector<std::string> command_names(CLI::App const& app) {
  std::vector<std::string> names;
  for (CLI::App const* const command : app.get_subcommands([](CLI::App const*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// How a sentence about a word that is no command goes on: what may have been meant, and where to
// look.
std::string advice_about(CLI::App const& app, std::string_view word) {
  std::vector<std::string> const names = command_names(app);
  std::vector<std::string_view> const near = near_names(word, {names.begin(), names.end()});
  std::string const meant = near.empty() ? ";" : fmt::format("; did you mean 'dsc {}'?", near.front());
  return meant + " 'dsc --help' and 'dsc COMMAND --help' tell more";
}

// CLI11 would show the help of all.
void check_help_of(CLI::App const& app, int argc, char const* const* argv) {
  if (argc < 3 || std::string_view{argv[1]} != "help") return;
  std::string const word = argv[2];
  if (std::ranges::count(command_names(app), word) == 0)
    throw error{cli_errc::bad_option, fmt::format("there is no command '{}'", word) + advice_about(app, word)};
}

// What stands between two parts of a text; empty where they do not.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  std::size_t const place = text.find(before), from = place + before.size();
  if (place == std::string_view::npos) return {};
  std::size_t const end = text.find(after, from);
  return end == std::string_view::npos ? std::string{} : std::string{text.substr(from, end - from)};
}

// CLI11 counts values and names their types; people are told what to do.
std::string sentence_about(CLI::ParseError const& failure) {
  std::string const sentence = failure.what();
  if (dynamic_cast<CLI::ArgumentMismatch const*>(&failure) != nullptr) {
    if (std::string const option = between(sentence, "", ": "); !option.empty())
      return sentence.ends_with(" missing") ? option + " needs a value behind it"
                                            : option + " was given more than once; give it once";
  } else if (dynamic_cast<CLI::ConversionError const*>(&failure) != nullptr) {
    // Of flags: every other option reads its value itself.
    if (std::string const option = between(sentence, ": ", " = "); !option.empty())
      return option + " is a flag, which takes no value";
  } else if (dynamic_cast<CLI::ExcludesError const*>(&failure) != nullptr) {
    return sentence + "; give one of them";
  }
  return sentence;
}

}  // namespace

void run_command_line(int argc, char const* const* argv) {
  CLI::App app{
      "Dynamic split computing: the head of a network on the device, the tail on a server, cut where it is fastest "
      "now.",
      "dsc"};
  app.set_version_flag("-V,--version", DSC_VERSION);
  app.require_subcommand(0, 1);
  all_options options;
  add_subcommands(app, options);
  check_empty_values(argc, argv);
  check_help_of(app, argc, argv);
  std::vector<char const*> const arguments = without_help_command(argc, argv);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
    if (app.get_subcommands().empty())
      throw error{cli_errc::bad_option, "give one of the commands that 'dsc --help' lists"};
  } catch (CLI::CallForHelp const&) {
    say(app.help());
  } catch (CLI::CallForVersion const& version) {
    say(std::string{"dsc "} + version.what() + "\n");
  } catch (CLI::ParseError const& failure) {
    std::string_view const first = argc > 1 && app.get_subcommands().empty() ? argv[1] : "";
    bool const is_word = !first.empty() && !first.starts_with('-');
    throw error{cli_errc::bad_option,
                (is_word ? fmt::format("there is no command '{}'", first) : sentence_about(failure)) +
                    advice_about(app, first)};
  }
}

}  // namespace dsc::cli
