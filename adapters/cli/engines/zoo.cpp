#include "engines/zoo.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <dsc/error.hpp>
#include <dsc/model/zoo/models.hpp>

#include "console/errors.hpp"
#include "engines/engine_kind.hpp"
#include "options/spelling.hpp"

namespace dsc::cli {

zoo::efficientnet const* find_model(std::string_view name) {
  auto const match = std::ranges::find(zoo::models, name, [](zoo::efficientnet const* model) { return model->name(); });
  return match == zoo::models.end() ? nullptr : *match;
}

zoo::efficientnet const& model_named(std::string_view name) {
  if (zoo::efficientnet const* const model = find_model(name)) return *model;
  std::string sentence = "there is no model '" + std::string{name} + "'; ";
  std::vector<std::string_view> names;
  for (zoo::efficientnet const* const model : zoo::models) names.push_back(model->name());
  std::vector<std::string_view> const near = near_names(name, names);
  for (std::size_t i = 0; i < near.size(); ++i)
    sentence.append(i == 0 ? "did you mean " : i + 1 == near.size() ? " or " : ", ").append(near[i]);
  throw error{cli_errc::unknown_model, sentence + (near.empty() ? "'dsc models' lists those that there are, and a " +
                                                                      file_types() + " file is given by its path"
                                                                : "?")};
}

std::string_view name_of(element_type type) {
  switch (type) {
    case element_type::uint8:
      return "uint8";
    case element_type::int8:
      return "int8";
    case element_type::float16:
      return "float16";
    case element_type::bfloat16:
      return "bfloat16";
    case element_type::int32:
      return "int32";
    case element_type::float32:
      return "float32";
    case element_type::int64:
      return "int64";
    case element_type::float64:
      return "float64";
  }
  throw error{errc::bad_tensor, "this element type is none of dsc::element_type"};
}

}  // namespace dsc::cli
