#include "torchscript/graph/newer_operators.hpp"

#include <string>
#include <vector>

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <dsc/error.hpp>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

constexpr char const* attention_name = "aten::scaled_dot_product_attention";

constexpr char const* attention_schema =
    "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor";

// softmax(q kᵀ / √d + mask) v, with the scale on both factors, as PyTorch has it.
constexpr char const* attention_code = R"(
def attention(query, key, value, attn_mask: Optional[Tensor], dropout_p: float, is_causal: bool,
              scale: Optional[float], enable_gqa: bool):
    if scale is None:
        factor = float(query.size(-1)) ** -0.25
    else:
        factor = scale ** 0.5
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    scores = torch.matmul(query * factor, (key * factor).transpose(-2, -1))
    if is_causal:
        past = torch.ones([query.size(-2), key.size(-2)], dtype=11, device=query.device).tril()
        scores = scores.masked_fill(torch.logical_not(past), float("-inf"))
    if attn_mask is not None:
        if attn_mask.dtype == 11:
            scores = scores.masked_fill(torch.logical_not(attn_mask), float("-inf"))
        else:
            scores = scores + attn_mask
    scores = torch.softmax(scores, -1)
    if dropout_p > 0.0:
        scores = torch.dropout(scores, dropout_p, True)
    return torch.matmul(scores, value)
)";

bool is_known() { return !torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(attention_name)).empty(); }

// Whether LibTorch knows attention only because of `know_newer_operators`.
bool& is_ours() {
  static bool ours = false;
  return ours;
}

Graph const& attention_graph() {
  static torch::jit::CompilationUnit const unit{attention_code};
  static std::shared_ptr<Graph> const graph = torch::jit::toGraphFunction(unit.get_function("attention")).graph();
  return *graph;
}

void lower_attention(Node* node) {
  Graph& graph = *node->owningGraph();
  torch::jit::WithInsertPoint const here{node};
  Node* const before = node->prev();
  std::vector<Value*> const outputs =
      torch::jit::insertGraph(graph, const_cast<Graph&>(attention_graph()), node->inputs());
  auto const belong = [node](Node* part) { part->copyMetadata(node); };
  for (Node* part = before->next(); part != node; part = part->next()) {
    belong(part);
    for (torch::jit::Block* const block : part->blocks()) for_each_node(block, belong);
  }
  node->output()->replaceAllUsesWith(outputs.at(0));
  node->destroy();
}

}  // namespace

void know_newer_operators() {
  static bool const done = [] {
    if (is_known()) return true;
    static torch::jit::RegisterOperators const registered{{torch::jit::Operator{
        attention_schema,
        [](torch::jit::Stack&) { throw error{errc::bad_model, "attention must be lowered before it runs"}; },
        c10::AliasAnalysisKind::FROM_SCHEMA}}};
    is_ours() = true;
    return true;
  }();
  static_cast<void>(done);
}

void lower_newer_operators(Graph& graph) {
  if (!is_ours()) return;
  std::vector<Node*> nodes;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == c10::Symbol::fromQualString(attention_name)) nodes.push_back(node);
  });
  for (Node* const node : nodes) lower_attention(node);
}

}  // namespace dsc::libtorch::detail
