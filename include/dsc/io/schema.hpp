#pragma once

#include <string>
#include <string_view>

#include <dsc/io/detail/json.hpp>

namespace dsc {

/// The schema that a JSON document says it is of, as in `dsc.run/1`; `name` is what errors call the
/// document. Throws `bad_file` for what is no JSON or has no schema.
inline std::string schema_of(std::string_view text, std::string_view name) {
  return detail::json_document{text, name}.schema().text();
}

}  // namespace dsc
