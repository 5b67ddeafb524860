#include "torchscript/script_export.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <dsc/error.hpp>

#include "torchscript/script_file.hpp"

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Makes a number, or a list of them, of the tensor whose batch it was measured with.
class scalar_writer {
 public:
  scalar_writer(Graph& graph, Value* tensor) : graph_{graph}, tensor_{tensor} {}

  // Null where the number is neither always the same nor the batch size.
  Value* written(std::vector<c10::IValue> const& measured) {
    if (std::ranges::all_of(
            measured, [&](c10::IValue const& number) { return c10::_fastEqualsForContainer(number, measured[0]); }))
      return graph_.insertConstant(measured[0]);
    if (std::ranges::all_of(measured, [](c10::IValue const& number) { return number.isIntList(); }))
      return list(measured);
    for (std::size_t i = 0; i < measured.size(); ++i)
      if (!measured[i].isInt() || measured[i].toInt() != export_batches[i]) return nullptr;
    return graph_.insert(c10::Symbol::fromQualString("aten::size"), {tensor_, 0});
  }

 private:
  Value* list(std::vector<c10::IValue> const& measured) {
    std::size_t const size = measured[0].toIntVector().size();
    std::vector<Value*> parts;
    for (std::size_t i = 0; i < size; ++i) {
      std::vector<c10::IValue> part;
      for (c10::IValue const& number : measured) {
        if (number.toIntVector().size() != size) return nullptr;
        part.emplace_back(number.toIntVector()[i]);
      }
      parts.push_back(written(part));
      if (parts.back() == nullptr) return nullptr;
    }
    return graph_.insertNode(graph_.createList(c10::IntType::get(), parts))->output();
  }

  Graph& graph_;
  Value* tensor_;
};

void write_scalars(Graph& graph, std::vector<std::vector<c10::IValue>> const& scalars) {
  torch::jit::WithInsertPoint const here{*graph.nodes().begin()};
  scalar_writer writer{graph, graph.inputs()[0]};
  for (std::size_t i = graph.inputs().size(); i-- > 1;) {
    std::vector<c10::IValue> measured;
    for (std::vector<c10::IValue> const& of_batch : scalars) measured.push_back(of_batch[i - 1]);
    Value* const number = writer.written(measured);
    if (number == nullptr)
      throw error{errc::bad_split,
                  "the layers behind this split need a number that depends on the batch size in a way that cannot be "
                  "written down; "
                  "export at another split"};
    graph.inputs()[i]->replaceAllUsesWith(number);
    graph.eraseInput(i);
  }
  while (graph.outputs().size() > 1) graph.eraseOutput(graph.outputs().size() - 1);
}

Value* dense_in(Graph& graph, Value* input, memory_layout const& layout) {
  Value* const turned = graph.insert(c10::Symbol::fromQualString("aten::permute"), {input, layout});
  return graph.insert(c10::Symbol::fromQualString("aten::clone"), {turned},
                      {{"memory_format", static_cast<int>(at::MemoryFormat::Contiguous)}});
}

// What `laid_out` does, in the graph: one way for one sample, another for several.
void write_layout(Graph& graph, cut_layout const& layout) {
  Value* const input = graph.inputs()[0];
  std::vector<torch::jit::Use> const uses = input->uses();
  torch::jit::WithInsertPoint const here{*graph.nodes().begin()};
  Value* const samples = graph.insert(c10::Symbol::fromQualString("aten::size"), {input, 0});
  Value* const is_one = graph.insert(c10::Symbol::fromQualString("aten::eq"), {samples, 1});
  Node* const choice = graph.insertNode(graph.create(torch::jit::prim::If, {is_one}, 1));
  choice->output()->setType(input->type());
  torch::jit::Block* const single = choice->addBlock();
  {
    torch::jit::WithInsertPoint const in_block{single};
    single->registerOutput(
        graph.insert(c10::Symbol::fromQualString("aten::as_strided"),
                     {dense_in(graph, input, layout.of_one), layout.sizes_of_one, layout.steps_of_one}));
  }
  torch::jit::Block* const several = choice->addBlock();
  {
    torch::jit::WithInsertPoint const in_block{several};
    several->registerOutput(graph.insert(c10::Symbol::fromQualString("aten::permute"),
                                         {dense_in(graph, input, layout.of_several), inverse(layout.of_several)}));
  }
  for (torch::jit::Use const& use : uses) use.user->replaceInput(use.offset, choice->output());
}

void write_conversion(Graph& graph, element_type element) {
  torch::jit::WithInsertPoint const here{*graph.nodes().begin()};
  Value* const input = graph.inputs()[0];
  Value* const converted =
      graph.insert(c10::Symbol::fromQualString("aten::to"), {input, scalar_type(element), false, false});
  input->replaceAllUsesAfterNodeWith(converted->node(), converted);
}

torch::jit::Module module_of(std::shared_ptr<Graph> const& graph) {
  auto const unit = std::make_shared<torch::jit::CompilationUnit>();
  torch::jit::Module holder{c10::QualifiedName{"__torch__.dsc.layers"}, unit};
  graph->inputs()[0]->setDebugName("x");
  graph->insertInput(0, "self")->setType(holder._ivalue()->type());
  holder.type()->addMethod(unit->create_function(c10::QualifiedName{*holder.type()->name(), "forward"}, graph));
  return holder;
}

// Into memory: LibTorch's own writer ends the process where a disk is full.
std::string file_of(torch::jit::Module const& module, torch::jit::ExtraFilesMap const& extra) {
  std::ostringstream out;
  module.save(out, extra);
  return std::move(out).str();
}

}  // namespace

std::string exported_piece(cut_points const& points, graph_cut const& from, graph_cut const& to,
                           export_input const& input) {
  std::shared_ptr<Graph> const graph = subgraph_between(points, from, to);
  write_scalars(*graph, input.scalars);
  if (!input.layout.is_plain()) write_layout(*graph, input.layout);
  element_type const given = input.sample.element;
  if (given != input.element && at::isFloatingType(scalar_type(given))) write_conversion(*graph, input.element);
  torch::jit::EliminateDeadCode(graph);
  return file_of(module_of(graph), {{input_entry, detail::text_of(input.sample)}});
}

}  // namespace dsc::libtorch::detail
