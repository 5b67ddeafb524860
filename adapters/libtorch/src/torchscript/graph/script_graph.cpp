#include "torchscript/graph/script_graph.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_conv_folding.h>
#include <torch/csrc/jit/passes/graph_rewrite_helper.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/remove_dropout.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <dsc/error.hpp>

#include "torchscript/graph/inlining.hpp"
#include "torchscript/graph/newer_operators.hpp"
#include "torchscript/graph/output_selection.hpp"
#include "torchscript/graph/shape_tensors.hpp"

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace attr = torch::jit::attr;
namespace prim = torch::jit::prim;

[[noreturn]] void refuse(std::string const& why) { throw error{errc::bad_model, why}; }

std::shared_ptr<Graph> frozen_forward(torch::jit::Module const& module) {
  torch::jit::Module mine = module.clone(/*inplace=*/true);  // its own flags, the same weights
  mine.eval();
  inline_with_paths(mine);
  torch::jit::Module const frozen = torch::jit::freeze_module(mine);
  std::shared_ptr<Graph> graph = frozen.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  return graph;
}

void simplify(std::shared_ptr<Graph>& graph) {
  torch::jit::ConstantPropagation(graph);
  torch::jit::removeDropout(graph);
  torch::jit::LowerSimpleTuples(graph);
  torch::jit::RemoveListMutation(graph);
  forward_dictionaries(*graph);
  torch::jit::EliminateDeadCode(graph);
}

// What is left of the module itself: attributes that `forward` changes. The place where it does
// tells more than where it reads them.
void drop_self(Graph& graph) {
  Value* const self = graph.inputs().at(0);
  if (!self->hasUses()) {
    graph.eraseInput(0);
    return;
  }
  Node const* change = nullptr;
  for_each_node(graph.block(), [&](Node const* node) {
    if (change == nullptr && node->kind() == prim::SetAttr) change = node;
  });
  Node const* const place = change != nullptr ? change : self->uses().front().user;
  std::string const attribute = place->hasAttribute(attr::name) ? " '" + place->s(attr::name) + "'" : std::string{};
  refuse("it cannot be frozen, as it " + std::string{change != nullptr ? "changes" : "reads"} + " its attribute" +
         attribute + " while it runs (" + place_of(place) + "); keep what changes out of the module");
}

// Inputs behind the first take the values that they have by default.
void give_defaults(Graph& graph, c10::FunctionSchema const& schema) {
  torch::jit::WithInsertPoint const here{*graph.nodes().begin()};
  for (std::size_t i = graph.inputs().size(); i-- > 1;) {
    c10::Argument const& argument = schema.arguments().at(i + 1);  // `self` comes first
    auto const value = argument.default_value();
    if (!value)
      refuse("its forward takes more than one input, and '" + argument.name() +
             "' has no default; wrap it in a module that takes one tensor");
    graph.inputs()[i]->replaceAllUsesWith(graph.insertConstant(*value));
    graph.eraseInput(i);
  }
}

void check_input(Graph const& graph) {
  if (graph.inputs().empty()) refuse("its forward takes no input; it must take one tensor");
  if (!is_tensor(graph.inputs()[0]))
    refuse("its forward takes a " + graph.inputs()[0]->type()->repr_str() +
           "; it must take one tensor, so wrap it in a module that does");
}

// A loop whose end nobody can foresee would let a file keep its reader for ever.
void check_nodes(Graph& graph) {
  constexpr std::int64_t most_rounds = 1'000'000;
  for_each_node(graph.block(), [](Node const* node) {
    if (node->kind() == prim::fork)
      refuse("it forks (" + place_of(node) + "); layers run one after the other, so take torch.jit.fork out");
    if (node->kind() != prim::Loop) return;
    auto const rounds = torch::jit::toIValue(node->inputs().at(0));
    if (!rounds || !rounds->isInt() || rounds->toInt() <= most_rounds) return;
    if (rounds->toInt() == std::numeric_limits<std::int64_t>::max())
      refuse("it has a while loop, which may go on for as long as its data wants (" + place_of(node) +
             "); loop a fixed number of times");
    refuse("it has a loop of more than " + std::to_string(most_rounds) + " rounds (" + place_of(node) +
           "); loop fewer times");
  });
}

// What a module prints, and warns of, at every run; nobody cuts a network to read it.
void silence(Graph& graph) {
  std::vector<Node*> speaking;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::Print || node->kind() == torch::jit::aten::warn) speaking.push_back(node);
  });
  for (Node* const node : speaking) node->destroy();
}

// The tensor as weights are wanted. Numbers that the module has in other types than float32 keep
// them.
at::Tensor brought_to(at::Tensor const& weight, execution const& mode) {
  at::Tensor const there = weight.detach().to(mode.device);
  return there.scalar_type() == at::kFloat ? there.to(scalar_type(mode.element)) : there;
}

bool is_filter(Value const* value) {
  static c10::Symbol const convolutions[] = {c10::Symbol::fromQualString("aten::conv2d"),
                                             c10::Symbol::fromQualString("aten::_convolution")};
  return std::ranges::any_of(value->uses(), [](torch::jit::Use const& use) {
    return use.offset == 1 && std::ranges::find(convolutions, use.user->kind()) != std::end(convolutions);
  });
}

void bring_constant(Node* node, execution const& mode) {
  switch (node->kindOf(attr::value)) {
    case torch::jit::AttributeKind::t: {
      at::Tensor weight = brought_to(node->t(attr::value), mode);
      bool const fast_filter = mode.arithmetic == arithmetic::fast && weight.dim() == 4 && is_filter(node->output());
      node->t_(attr::value, fast_filter ? weight.contiguous(at::MemoryFormat::ChannelsLast) : std::move(weight));
      return;
    }
    case torch::jit::AttributeKind::ival:
      if (c10::IValue const value = node->ival(attr::value); value.isTensorList()) {
        c10::List<at::Tensor> list;
        for (at::Tensor const& weight : value.toTensorVector()) list.push_back(brought_to(weight, mode));
        node->ival_(attr::value, list);
      }
      return;
    default:
      // Traced modules have written down where they were traced.
      if (node->output()->type()->kind() == c10::TypeKind::DeviceObjType) node->s_(attr::value, mode.device.str());
  }
}

void bring_constants(Graph& graph, execution const& mode) {
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::Constant && node->hasAttribute(attr::value)) bring_constant(node, mode);
  });
}

// Constants that somebody writes into would be another in every run, and they are the caller's:
// every run gets copies of them.
void copy_written_constants(std::shared_ptr<Graph> const& graph) {
  std::vector<Node*> written;
  {
    torch::jit::AliasDb const aliases{graph};
    for_each_node(graph->block(), [&](Node* node) {
      if (node->kind() == prim::Constant && is_tensor(node->output()) && aliases.hasWriters(node))
        written.push_back(node);
    });
  }
  for (Node* const node : written) {
    torch::jit::WithInsertPoint const here{node->next()};
    Value* const copy = graph->insert(c10::Symbol::fromQualString("aten::clone"), {node->output()});
    node->output()->replaceAllUsesAfterNodeWith(copy->node(), copy);
  }
}

// Whether a node convolves with constant float32 filters and numbers, not words, for padding.
bool is_plain_convolution(Node const* node) {
  if (node->kind() != torch::jit::aten::conv2d || node->input(4)->type()->kind() != c10::TypeKind::ListType)
    return false;
  auto const filter = torch::jit::toIValue(node->input(1));
  return filter && filter->isTensor() && filter->toTensor().scalar_type() == at::kFloat;
}

// Small batches of images LibTorch gives to kernels of its own, which are several times as slow on
// channels last.
void convolve_by_onednn(Graph& graph) {
  std::vector<Node*> convolutions;
  for_each_node(graph.block(), [&](Node* node) {
    if (is_plain_convolution(node)) convolutions.push_back(node);
  });
  for (Node* const node : convolutions) {
    torch::jit::WithInsertPoint const here{node};
    auto const in = [node](std::size_t i) { return node->input(i); };
    Value* const replacement = graph.insert(c10::Symbol::fromQualString("aten::mkldnn_convolution"),
                                            {in(0), in(1), in(2), in(4), in(3), in(5), in(6)});
    replacement->node()->copyMetadata(node);
    node->output()->replaceAllUsesWith(replacement);
    node->destroy();
  }
}

// Images are kept channels last here, in which a module's `view` may not be possible: it becomes a
// reshape, which copies then. Where somebody writes into the view, it stays one.
void reshape_views(std::shared_ptr<Graph> const& graph) {
  static c10::Symbol const view = c10::Symbol::fromQualString("aten::view"),
                           reshape = c10::Symbol::fromQualString("aten::reshape");
  std::vector<Node*> views;
  {
    torch::jit::AliasDb const aliases{graph};
    for_each_node(graph->block(), [&](Node* node) {
      bool const to_sizes = node->kind() == view && node->input(1)->type()->kind() == c10::TypeKind::ListType;
      if (to_sizes && !aliases.hasWriters(node->output())) views.push_back(node);
    });
  }
  for (Node* const node : views) {
    torch::jit::WithInsertPoint const here{node};
    Value* const replacement = graph->insert(reshape, {node->input(0), node->input(1)});
    replacement->node()->copyMetadata(node);
    node->output()->replaceAllUsesWith(replacement);
    node->destroy();
  }
}

}  // namespace

std::shared_ptr<Graph> flat_graph(torch::jit::Module const& module, std::string const& answer, execution const& mode) {
  if (!module.find_method("forward")) refuse("it has no method 'forward'; wrap it in a module that has one");
  c10::FunctionSchema const schema = module.get_method("forward").function().getSchema();
  std::shared_ptr<Graph> graph = frozen_forward(module);
  lower_newer_operators(*graph);
  simplify(graph);
  drop_self(*graph);
  give_defaults(*graph, schema);
  check_input(*graph);
  simplify(graph);
  silence(*graph);
  simplify_shape_tensors(graph);
  select_output(*graph, answer);
  torch::jit::EliminateDeadCode(graph);
  check_nodes(*graph);
  if (mode.arithmetic == arithmetic::fast) {
    torch::jit::graph_rewrite_helper::replaceConvolutionWithAtenConv(graph);  // as traced modules have them
    torch::jit::FoldFrozenConvBatchnorm(graph);
    reshape_views(graph);
  }
  bring_constants(*graph, mode);
  if (mode.arithmetic == arithmetic::fast && mode.device.is_cpu() && at::hasMKLDNN()) convolve_by_onednn(*graph);
  copy_written_constants(graph);
  return graph;
}

}  // namespace dsc::libtorch::detail
