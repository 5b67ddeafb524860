#include "torchscript/graph/partitioned_model.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <ATen/ops/alias.h>

#include <dsc/error.hpp>
#include <dsc/libtorch/error.hpp>

#include "torchscript/graph/script_graph.hpp"
#include "torchscript/libtorch_call.hpp"
#include "torchscript/script_file.hpp"
#include "torchscript/script_fingerprint.hpp"
#include "torchscript/script_layers.hpp"

namespace dsc::libtorch {
namespace {

using detail::crossing;
using detail::graph_cut;

// One sample of what crossed a cut with one sample and with two; nothing where the tensor is no
// batch of samples.
std::optional<tensor_spec> sample_spec(at::Tensor const& single, at::Tensor const& pair) {
  bool const plain = single.defined() && pair.defined() && single.layout() == at::kStrided &&
                     pair.layout() == at::kStrided && !single.is_quantized();
  if (!plain || single.scalar_type() != pair.scalar_type() || single.dim() < 1 || single.dim() != pair.dim()) return {};
  if (single.dim() > static_cast<std::int64_t>(shape::max_rank) || single.numel() == 0) return {};
  if (single.size(0) != 1 || pair.size(0) != 2 || single.sizes().slice(1) != pair.sizes().slice(1)) return {};
  try {
    tensor_spec const batch = tensor_traits<at::Tensor>::spec(single);
    tensor_spec sample{.element = batch.element, .shape = {}};
    for (std::size_t i = 1; i < batch.shape.rank; ++i) sample.shape.push_back(batch.shape[i]);
    return sample;
  } catch (error const&) {
    return {};  // a type that cannot travel
  }
}

at::Tensor sample_batch(tensor_spec const& sample, std::int64_t batch) {
  return random_input(sample, batch_size{static_cast<std::uint64_t>(batch)});
}

// What is wrong with a module is told with its name.
std::shared_ptr<torch::jit::Graph> flat_graph_of(std::string const& name, torch::jit::Module const& module,
                                                 script_options const& options) {
  try {
    return detail::by_libtorch(errc::bad_model, "it cannot be made ready to run",
                               [&] { return detail::flat_graph(module, options.output_name, options.execution); });
  } catch (error const& refusal) {
    std::string const sentence = refusal.what();  // with its number, which the new one gets too
    throw error{refusal.code(), name + " cannot be taken: " + sentence.substr(sentence.find(": ") + 2)};
  }
}

}  // namespace

script_model::partitioned_model::partitioned_model(torch::jit::Module const& module, std::string its_name,
                                                   script_options const& options, tensor_spec const& sample)
    : name{std::move(its_name)},
      weights_id{detail::weights_fingerprint(module)},
      input{sample},
      mode{options.execution},
      carry{options.execution.device},
      graph{flat_graph_of(name, module, options)},
      points{graph} {
  find_layers(options.cut);
}

// What is there already keeps its layout.
at::Tensor script_model::partitioned_model::on_device(at::Tensor const& x) const {
  return x.is_cpu() && !mode.device.is_cpu() ? carry.to_device(x) : x.to(mode.device);
}

crossing script_model::partitioned_model::first_crossing(at::Tensor x) const {
  x = on_device(x);
  if (mode.element != element_type::float32 && x.is_floating_point()) x = x.to(detail::scalar_type(mode.element));
  bool const fast_images = mode.arithmetic == arithmetic::fast && x.dim() == 4;
  return {x.contiguous(fast_images ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous), {}};
}

// What crosses every cut with a made-up batch of this size. Some operators do not tell that they
// hand on their input's memory, so it is also looked which tensors are written into.
std::vector<crossing> script_model::partitioned_model::probe(std::int64_t batch) {
  std::string const beginning =
      batch == 1 ? name + " does not run on a sample of " + detail::text_of(input) +
                       (mode.element == element_type::float32 ? std::string{}
                                                              : " in " + std::string{detail::name_of(mode.element)})
                 : name + " runs on one sample but not on a batch of " + std::to_string(batch) +
                       "; script it or trace it so that the batch size stays free";
  return detail::by_libtorch(batch == 1 ? error_code{libtorch_errc::bad_option} : errc::bad_model, beginning, [&] {
    std::vector<crossing> crossings{first_crossing(sample_batch(input, batch))};
    for (std::size_t l = 0; l < pieces.size(); ++l) {
      std::vector<std::int64_t> versions;
      for (crossing const& passed : crossings) versions.push_back(passed.tensor._version());
      crossing next = pieces[l].run({at::alias(crossings[l].tensor),
                                     crossings[l].scalars});  // squeeze_ and the like change the shape of what they get
      for (std::size_t i = 0; i < versions.size(); ++i)
        if (crossings[i].tensor._version() != versions[i])
          seen_writers_.try_emplace(places[i].tensor, places[l].nodes_before);
      crossings.push_back(std::move(next));
    }
    return crossings;
  });
}

// Makes layers of the places as they are now.
void script_model::partitioned_model::bind() {
  pieces.clear();
  written_in.clear();
  for (std::size_t l = 0; l + 1 < places.size(); ++l) pieces.emplace_back(points, places[l], places[l + 1]);
  for (graph_cut const& cut : places) {
    auto const seen = seen_writers_.find(cut.tensor);
    std::size_t const writer =
        std::min(points.first_writer(cut), seen == seen_writers_.end() ? SIZE_MAX : seen->second);
    auto const layer = std::ranges::find_if(places, [&](graph_cut const& end) { return writer < end.nodes_before; });
    written_in.push_back(layer == places.end() ? places.size() : static_cast<std::size_t>(layer - places.begin()) - 1);
  }
}

// What a cut lets pass of one sample; nothing where it is none after all. The last one must be.
std::optional<tensor_spec> script_model::partitioned_model::layer_spec(std::size_t place, crossing const& single,
                                                                       crossing const& pair) const {
  auto const spec = sample_spec(single.tensor, pair.tensor);
  if (place + 1 == places.size()) {
    if (spec) return spec;
    throw error{errc::bad_model, name + " answers one sample with " + detail::text(single.tensor.sizes()) +
                                     " and two with " + detail::text(pair.tensor.sizes()) +
                                     "; an answer must have the batch as its first extent"};
  }
  return spec && detail::cut_layout_of(single.tensor, pair.tensor) ? spec : std::nullopt;
}

// Masks are answered as bytes, 0 and 1: that is how they lie in memory, and bytes can travel.
void script_model::partitioned_model::answer_in_bytes() {
  {
    torch::jit::WithInsertPoint const here{graph->return_node()};
    torch::jit::Value* const answer = graph->outputs().at(0);
    torch::jit::Value* const converted =
        graph->insert(c10::Symbol::fromQualString("aten::to"), {answer, at::kByte, false, false});
    converted->node()->copyMetadata(answer->node());
    graph->eraseOutput(0);
    graph->registerOutput(converted);
  }
  points = detail::cut_points{graph};
}

void script_model::partitioned_model::find_layers(libtorch::cuts choice) {
  at::NoGradGuard const no_gradients;
  detail::module_map const modules{points.nodes()};
  places = detail::chosen_cuts(points, modules, choice);
  bind();
  std::vector<crossing> const single = probe(1);
  if (single.back().tensor.defined() && single.back().tensor.scalar_type() == at::kBool) {
    answer_in_bytes();
    return find_layers(choice);
  }
  std::vector<crossing> const pair = probe(2);
  std::vector<graph_cut> kept{places.front()};
  layouts.push_back(detail::cut_layout_of(single.front().tensor, pair.front().tensor).value());
  for (std::size_t i = 1; i < places.size(); ++i) {
    auto const spec = layer_spec(i, single[i], pair[i]);
    if (!spec) continue;
    layers.push_back(detail::named_layer(points, modules, kept.back(), places[i], choice));
    layers.back().output_spec = *spec;
    layouts.push_back(detail::cut_layout_of(single[i].tensor, pair[i].tensor)
                          .value_or(detail::cut_layout{}));  // nobody cuts behind the last layer
    kept.push_back(places[i]);
  }
  detail::make_unique(layers);
  places = std::move(kept);
  bind();
}

at::Tensor script_model::partitioned_model::run(at::Tensor x, layer_span span, bool is_mine) const {
  std::int64_t const batch = x.size(0);
  crossing at = span.begin.layers == 0 ? first_crossing(x)
                                       : crossing{detail::laid_out(on_device(x), layouts[span.begin.layers]),
                                                  scalars_at(span.begin, batch)};
  if (!is_mine && written_in[span.begin.layers] < span.end.layers && at.tensor.is_alias_of(x))
    at.tensor = at.tensor.clone();
  x.reset();
  for (std::size_t l = span.begin.layers; l < span.end.layers; ++l) at = pieces[l].run(std::move(at));
  return std::move(at.tensor);
}

std::vector<c10::IValue> script_model::partitioned_model::scalars_at(split_point split, std::int64_t batch) const {
  if (places[split.layers].scalars.empty()) return {};
  std::unique_lock lock{mutex_};
  auto const known = scalars_.find(batch);
  if (known != scalars_.end()) return known->second[split.layers];
  lock.unlock();
  // They depend on the input's shape alone, so any input of that shape tells them.
  std::vector<std::vector<c10::IValue>> all;
  crossing at = first_crossing(sample_batch(input, batch));
  for (detail::subgraph const& piece : pieces) {
    all.push_back(at.scalars);
    at = piece.run(std::move(at));
  }
  all.push_back(at.scalars);
  lock.lock();
  return scalars_.try_emplace(batch, std::move(all)).first->second[split.layers];
}

}  // namespace dsc::libtorch
