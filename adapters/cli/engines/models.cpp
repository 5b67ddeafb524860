#include <nlohmann/json.hpp>

#include <dsc/model/zoo/models.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"

namespace dsc::cli {

void models(models_options const& wanted) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (zoo::efficientnet const* const model : zoo::models) {
    if (wanted.json)
      names.push_back(model->name());
    else
      say(std::string{model->name()} + "\n");
  }
  if (wanted.json) say(nlohmann::ordered_json{{"schema", "dsc.models/1"}, {"models", names}}.dump(2) + "\n");
}

}  // namespace dsc::cli
