#include <algorithm>

#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/classics.hpp>
#include <dsc/model/zoo/models.hpp>

#include "csv.hpp"
#include "experiments.hpp"

namespace dsc::paper {
namespace {

constexpr auto of_blocks = [](auto const& layer) { return layer.is_block(); };

// Every model that bottlenecks are counted of, with both input types: those of the study, and the
// ones that the paper sets against them.
void each_network(study const& all, auto const& visit) {
  for (element_type const input : input_types) {
    for (zoo::efficientnet const& model : all.models)
      visit(model.with_input(input), "efficientnet", element_name(input));
    for (auto const* const model : zoo::classics) visit(model->with_input(input), "classic", element_name(input));
  }
}

std::string counts(study const& all) {
  csv table{"model,family,input_type,layers,blocks,natural,compressive,natural_of_layers,compressive_of_layers"};
  each_network(all, [&](auto const& model, char const* family, std::string_view input) {
    auto const layers = model.layers();
    table.row(model.name(), family, input, layers.size(), std::ranges::count_if(layers, of_blocks),
              natural_bottlenecks(model, of_blocks).size(), compressive_bottlenecks(model, of_blocks).size(),
              natural_bottlenecks(model).size(), compressive_bottlenecks(model).size());
  });
  return table.text();
}

std::string ratios(study const& all) {
  csv table{"model,family,input_type,split,layer,block,bytes,ratio,natural,compressive"};
  each_network(all, [&](auto const& model, char const* family, std::string_view input) {
    auto const natural = natural_bottlenecks(model, of_blocks), compressive = compressive_bottlenecks(model, of_blocks);
    for (std::size_t i = 0; i < layer_count(model); ++i) {
      split_point const split{i + 1};
      auto const& layer = layer_at(model, i);
      table.row(model.name(), family, input, split.layers, layer.name(), layer.is_block(), layer.output_bytes().count,
                compression_ratio(model, split), std::ranges::binary_search(natural, split),
                std::ranges::binary_search(compressive, split));
    }
  });
  return table.text();
}

}  // namespace

std::vector<step> bottleneck_steps(study const& all) {
  return {{"bottlenecks.csv", [&all] { return counts(all); }}, {"ratios.csv", [&all] { return ratios(all); }}};
}

}  // namespace dsc::paper
