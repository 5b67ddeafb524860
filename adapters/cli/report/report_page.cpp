#include "report/report_page.hpp"

#include <string_view>

#include "report/page_files.hpp"

namespace dsc::cli {
namespace {

// Text between tags. The page's scripts set everything else.
std::string escaped(std::string_view text) {
  std::string safe;
  for (char const c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  }
  return safe;
}

// JSON in a script: `<` stands in texts only, and there it may be written as a number.
std::string data_in_script(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (char const c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

std::string part_named(std::string_view name, page_parts const& parts) {
  if (name == "title") return escaped(parts.title);
  if (name == "data") return data_in_script(parts.data);
  if (name == "vega") return parts.vega;
  return std::string{page_file(name)};
}

}  // namespace

std::string report_page(page_parts const& parts) {
  std::string_view rest = page_file("page.html");
  std::string page;
  for (std::size_t at = rest.find("{{"); at != std::string_view::npos; at = rest.find("{{")) {
    std::size_t const end = rest.find("}}", at);
    page.append(rest.substr(0, at)).append(part_named(rest.substr(at + 2, end - at - 2), parts));
    rest.remove_prefix(end + 2);
  }
  return page.append(rest);
}

}  // namespace dsc::cli
