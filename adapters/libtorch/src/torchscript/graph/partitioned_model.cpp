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
#include "torchscript/script_layers.hpp"

namespace dsc::libtorch {
namespace {

using detail::crossing;
using detail::graph_cut;

// One sample of what crossed a cut with one sample and with two; nothing where the tensor is no
// batch of samples.
std::optional<tensor_spec> sample_spec(at::Tensor const& one, at::Tensor const& two) {
  bool const plain = one.defined() && two.defined() && one.layout() == at::kStrided && two.layout() == at::kStrided &&
                     !one.is_quantized();
  if (!plain || one.scalar_type() != two.scalar_type() || one.dim() < 1 || one.dim() != two.dim()) return {};
  if (one.dim() > static_cast<std::int64_t>(shape::max_rank) || one.numel() == 0) return {};
  if (one.size(0) != 1 || two.size(0) != 2 || one.sizes().slice(1) != two.sizes().slice(1)) return {};
  try {
    tensor_spec const batch = tensor_traits<at::Tensor>::spec(one);
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
                                                 script_options const& how) {
  try {
    return detail::by_libtorch(errc::bad_model, "it cannot be made ready to run",
                               [&] { return detail::flat_graph(module, how.output_name, how.execution); });
  } catch (error const& refusal) {
    std::string const sentence = refusal.what();  // with its number, which the new one gets too
    throw error{refusal.code(), name + " cannot be taken: " + sentence.substr(sentence.find(": ") + 2)};
  }
}

}  // namespace

script_model::partitioned_model::partitioned_model(torch::jit::Module const& module, std::string its_name,
                                                   script_options const& wanted, tensor_spec const& sample)
    : name{std::move(its_name)},
      input{sample},
      how{wanted.execution},
      carry{wanted.execution.device},
      graph{flat_graph_of(name, module, wanted)},
      outline{graph} {
  find_layers(wanted.cut);
}

// What is there already keeps its layout.
at::Tensor script_model::partitioned_model::on_device(at::Tensor const& x) const {
  return x.is_cpu() && !how.device.is_cpu() ? carry.to_device(x) : x.to(how.device);
}

crossing script_model::partitioned_model::first_crossing(at::Tensor x) const {
  x = on_device(x);
  if (how.element != element_type::float32 && x.is_floating_point()) x = x.to(detail::scalar_type(how.element));
  bool const fast_images = how.arithmetic == arithmetic::fast && x.dim() == 4;
  return {x.contiguous(fast_images ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous), {}};
}

// What crosses every cut with a made-up batch of this size. Some operators do not tell that they
// hand on their input's memory, so it is also looked which tensors are written into.
std::vector<crossing> script_model::partitioned_model::probe(std::int64_t batch) {
  std::string const what =
      batch == 1 ? name + " does not run on a sample of " + detail::text_of(input) +
                       (how.element == element_type::float32 ? std::string{}
                                                             : " in " + std::string{detail::name_of(how.element)})
                 : name + " runs on one sample but not on a batch of " + std::to_string(batch) +
                       "; script it or trace it so that the batch size stays free";
  return detail::by_libtorch(batch == 1 ? error_code{libtorch_errc::bad_option} : errc::bad_model, what, [&] {
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
  for (std::size_t l = 0; l + 1 < places.size(); ++l) pieces.emplace_back(outline, places[l], places[l + 1]);
  for (graph_cut const& cut : places) {
    auto const seen = seen_writers_.find(cut.tensor);
    std::size_t const writer =
        std::min(outline.first_writer(cut), seen == seen_writers_.end() ? SIZE_MAX : seen->second);
    auto const layer = std::ranges::find_if(places, [&](graph_cut const& end) { return writer < end.nodes_before; });
    written_in.push_back(layer == places.end() ? places.size() : static_cast<std::size_t>(layer - places.begin()) - 1);
  }
}

// What a cut lets pass of one sample; nothing where it is none after all. The last one must be.
std::optional<tensor_spec> script_model::partitioned_model::layer_spec(std::size_t place, crossing const& one,
                                                                       crossing const& two) const {
  auto const spec = sample_spec(one.tensor, two.tensor);
  if (place + 1 == places.size()) {
    if (spec) return spec;
    throw error{errc::bad_model, name + " answers one sample with " + detail::text(one.tensor.sizes()) +
                                     " and two with " + detail::text(two.tensor.sizes()) +
                                     "; an answer must have the batch as its first extent"};
  }
  return spec && detail::cut_layout_of(one.tensor, two.tensor) ? spec : std::nullopt;
}

// Masks are answered as bytes, 0 and 1: that is how they lie in memory, and bytes can travel.
void script_model::partitioned_model::answer_in_bytes() {
  {
    torch::jit::WithInsertPoint const here{graph->return_node()};
    torch::jit::Value* const answer = graph->outputs().at(0);
    torch::jit::Value* const made =
        graph->insert(c10::Symbol::fromQualString("aten::to"), {answer, at::kByte, false, false});
    made->node()->copyMetadata(answer->node());
    graph->eraseOutput(0);
    graph->registerOutput(made);
  }
  outline = detail::cut_points{graph};
}

void script_model::partitioned_model::find_layers(libtorch::cuts wanted) {
  at::NoGradGuard const no_gradients;
  detail::module_map const modules{outline.nodes()};
  places = detail::chosen_cuts(outline, modules, wanted);
  bind();
  std::vector<crossing> const one = probe(1);
  if (one.back().tensor.defined() && one.back().tensor.scalar_type() == at::kBool) {
    answer_in_bytes();
    return find_layers(wanted);
  }
  std::vector<crossing> const two = probe(2);
  std::vector<graph_cut> kept{places.front()};
  layouts.push_back(detail::cut_layout_of(one.front().tensor, two.front().tensor).value());
  for (std::size_t i = 1; i < places.size(); ++i) {
    auto const spec = layer_spec(i, one[i], two[i]);
    if (!spec) continue;
    layers.push_back(detail::named_layer(outline, modules, kept.back(), places[i], wanted));
    layers.back().output_spec = *spec;
    layouts.push_back(detail::cut_layout_of(one[i].tensor, two[i].tensor)
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
