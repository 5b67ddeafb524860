#include "report/report_network.hpp"

#include <filesystem>

#include <fmt/format.h>

#include <dsc/model/layers.hpp>

#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

std::string group_of(zoo::efficientnet_layer const& layer) {
  if (layer.kind == zoo::layer_kind::stem) return "stem";
  if (!layer.is_block()) return "head";
  std::string_view const stage = layer.name().substr(layer.name().find('.') + 1);  // features.STAGE.PLACE
  return "stage " + std::string{stage.substr(0, stage.find('.'))};
}

report_layer layer_of(zoo::efficientnet_layer const& layer) {
  return {{std::string{layer.name()}, layer.output_bytes()}, group_of(layer), layer.is_block()};
}

report_network from_profile(told_by<noted_profile> const& source) {
  profile const& measured = source.what.profile;
  zoo::efficientnet const* const model = find_model(measured.name());
  report_network network{std::string{measured.name()},
                         measured.input_bytes(),
                         {},
                         "'" + std::filesystem::path{source.file}.filename().string() + "'"};
  for (profiled_layer const& layer : measured.layers()) {
    report_layer shown{layer, {}, model == nullptr};
    if (model != nullptr)
      for (zoo::efficientnet_layer const& known : model->layers())
        if (known.name() == layer.name()) shown = {layer, group_of(known), known.is_block()};
    network.list.push_back(std::move(shown));
  }
  return network;
}

report_network from_zoo(zoo::efficientnet const& model, element_type input_type) {
  zoo::efficientnet const fed = model.with_input(input_type);
  report_network network{
      std::string{fed.name()}, fed.input_bytes(), {}, "the zoo, with an input of " + std::string{name_of(input_type)}};
  for (zoo::efficientnet_layer const& layer : fed.layers()) network.list.push_back(layer_of(layer));
  return network;
}

void check_layers(report_inputs const& all, report_network const& network) {
  std::size_t const layers = network.list.size();
  auto const misfit = [&](std::string const& file, std::string const& extent) {
    throw error{errc::bad_file, fmt::format("'{}' does not fit the model '{}' of {} layers: it has {}", file,
                                            network.name(), layers, extent)};
  };
  if (all.plan && all.plan->what.layers != layers)
    misfit(all.plan->file, fmt::format("{} layers", all.plan->what.layers));
  for (told_by<run_document> const& run : all.runs)
    for (run_request const& request : run.what.requests)
      if (split_point const split = request.record.decided.plan.split; split.layers > layers)
        misfit(run.file, fmt::format("a split {}", split.layers));
}

}  // namespace

std::string model_name_of(report_inputs const& all) {
  if (all.sites) return std::string{all.sites->server.what.profile.name()};
  return all.plan ? all.plan->what.model : all.runs.front().what.model;
}

std::optional<report_network> network_of(report_inputs const& all) {
  if (all.sites) return from_profile(all.sites->server);
  zoo::efficientnet const* const model = find_model(model_name_of(all));
  if (model == nullptr) return std::nullopt;
  report_network network = from_zoo(*model, all.runs.empty() ? element_type::float32 : input_type_of(all.runs.front()));
  check_layers(all, network);
  return network;
}

}  // namespace dsc::cli
