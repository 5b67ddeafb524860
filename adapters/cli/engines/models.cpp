#include <nlohmann/json.hpp>

#include <dsc/model/zoo/models.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/printable.hpp"

namespace dsc::cli {

void models(models_options const& options) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (zoo::efficientnet const* const model : zoo::models) {
    if (options.json)
      names.push_back(model->name());
    else
      say(std::string{model->name()} + "\n");
  }
  if (options.json) say_document(json_text({{"schema", "dsc.models/1"}, {"models", names}}));
}

}  // namespace dsc::cli
