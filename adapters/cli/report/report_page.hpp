#pragma once

#include <string>

namespace dsc::cli {

/// What varies from page to page.
struct page_parts {
  std::string title;
  std::string data;  ///< JSON
  std::string vega;  ///< JavaScript
};

/// One HTML file that needs nothing beside itself.
std::string report_page(page_parts const& parts);

}  // namespace dsc::cli
