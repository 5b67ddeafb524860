#include "report/vega_library.hpp"

#include <map>
#include <string_view>
#include <vector>

#include <dsc/io/file.hpp>

namespace dsc::cli {
namespace {

namespace fs = std::filesystem;

// A view, a parser, and the transforms that its specifications use. What these require comes along.
constexpr std::string_view used_modules[]{"vega-view", "vega-parser", "vega-transforms", "vega-view-transforms",
                                          "vega-encode"};

// Debian has dropped the s of one name that other modules go on to require.
std::string module_text(fs::path const& folder, std::string const& name) {
  for (std::string const& file : {name, name == "vega-selections" ? "vega-selection" : name})
    if (fs::path const path = folder / (file + ".min.js"); fs::exists(path)) return read_file(path);
  throw error{errc::cannot_read, "there is no '" + name + ".min.js' of Vega, which draws the charts, in '" +
                                     folder.string() +
                                     "'; install the package libjs-vega, or say with --vega which folder has it"};
}

// What stands between `require("` and `"` in the module's first statement: the rest may hold such
// words as text.
std::vector<std::string> requirements(std::string_view text) {
  constexpr std::string_view call = "require(\"";
  std::string_view const head = text.substr(0, text.find("define("));
  std::vector<std::string> names;
  for (std::size_t at = head.find(call); at != std::string_view::npos; at = head.find(call, at)) {
    at += call.size();
    names.emplace_back(head.substr(at, head.find('"', at) - at));
  }
  return names;
}

// Nothing in a script may look like its end, and nothing in it may name a file to fetch.
std::string inlined(std::string text) {
  constexpr std::string_view source_map = "//# sourceMappingURL=";
  for (auto const& [from, to] :
       {std::pair<std::string_view, std::string_view>{"</script", "<\\/script"}, {"<!--", "<\\!--"}})
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  if (std::size_t const at = text.rfind(source_map); at != std::string::npos) text.erase(at, text.find('\n', at) - at);
  return text;
}

void add(std::string const& name, fs::path const& folder, std::map<std::string, std::string>& modules) {
  if (modules.contains(name)) return;
  std::string& text = modules[name] = module_text(folder, name);
  for (std::string const& other : requirements(text)) add(other, folder, modules);
}

}  // namespace

std::string vega_library(fs::path const& folder) {
  std::map<std::string, std::string> modules;
  for (std::string_view const name : used_modules) add(std::string{name}, folder, modules);
  std::string script;
  for (auto const& [name, text] : modules)
    script += "vegaModules[\"" + name + "\"] = function (module, exports, require) {\n" + inlined(text) + "\n};\n";
  return script;
}

}  // namespace dsc::cli
