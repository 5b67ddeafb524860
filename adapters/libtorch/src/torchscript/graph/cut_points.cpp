#include "torchscript/graph/cut_points.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <dsc/error.hpp>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Use;
using torch::jit::Value;
namespace prim = torch::jit::prim;

// Whether no tensor can hide in a value of this type.
bool is_plain(c10::TypePtr const& type) {
  switch (type->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::NumberType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::NoneType:
    case c10::TypeKind::DeviceObjType:
      return true;
    case c10::TypeKind::ListType:
    case c10::TypeKind::TupleType:
    case c10::TypeKind::OptionalType:
      return std::ranges::all_of(type->containedTypes(), [](c10::TypePtr const& inner) { return is_plain(inner); });
    default:
      return false;
  }
}

// Operators whose answers' sizes depend on what their tensors hold, not only on how large they are.
bool has_uncertain_size(std::string_view kind) {
  static constexpr std::array kinds{std::string_view{"aten::nonzero"},
                                    std::string_view{"aten::nonzero_numpy"},
                                    std::string_view{"aten::argwhere"},
                                    std::string_view{"aten::where"},
                                    std::string_view{"aten::index"},
                                    std::string_view{"aten::masked_select"},
                                    std::string_view{"aten::unique"},
                                    std::string_view{"aten::_unique"},
                                    std::string_view{"aten::_unique2"},
                                    std::string_view{"aten::unique_dim"},
                                    std::string_view{"aten::unique_consecutive"},
                                    std::string_view{"aten::bincount"},
                                    std::string_view{"aten::one_hot"},
                                    std::string_view{"aten::repeat_interleave"},
                                    std::string_view{"aten::tensor_split"},
                                    std::string_view{"aten::_pack_padded_sequence"}};
  bool const known = kind.starts_with("aten::") || kind.starts_with("prim::");
  return !known || std::ranges::find(kinds, kind) != kinds.end();
}

// Operators that make numbers of a tensor without a look at what it holds.
bool asks_for_shape(std::string_view kind) {
  static constexpr std::array kinds{std::string_view{"aten::size"},      std::string_view{"aten::dim"},
                                    std::string_view{"aten::len"},       std::string_view{"aten::numel"},
                                    std::string_view{"aten::stride"},    std::string_view{"prim::dtype"},
                                    std::string_view{"prim::device"},    std::string_view{"prim::layout"},
                                    std::string_view{"prim::shape"},     std::string_view{"aten::__is__"},
                                    std::string_view{"aten::__isnot__"}, std::string_view{"aten::is_floating_point"}};
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool looks_into_tensors(Node const* node) {
  std::string_view const kind = node->kind().toQualString();
  if (has_uncertain_size(kind)) return true;
  bool const takes_tensor = std::ranges::any_of(node->inputs(), is_tensor);
  bool const makes_number =
      std::ranges::any_of(node->outputs(), [](Value const* output) { return is_plain(output->type()); });
  return takes_tensor && makes_number && node->blocks().empty() && !asks_for_shape(kind);
}

Node* top_level(Node* node, Block const* top) {
  while (node->owningBlock() != top) node = node->owningBlock()->owningNode();
  return node;
}

}  // namespace

cut_points::cut_points(std::shared_ptr<Graph> graph)
    : graph_{std::move(graph)}, aliases_{std::make_unique<torch::jit::AliasDb>(graph_)} {
  for (Node* const node : graph_->nodes()) {
    place_.emplace(node, nodes_.size());
    nodes_.push_back(node);
  }
  find_recomputable();
  find_uncertain();
  find_cuts();
}

std::vector<Value*> cut_points::needs_of(Node* node) {
  std::vector<Value*> needs{node->inputs().begin(), node->inputs().end()};
  std::unordered_set<Value const*> inside;
  auto const look = [&](auto const& self, Block* block) -> void {
    inside.insert(block->inputs().begin(), block->inputs().end());
    for (Node* const inner : block->nodes()) {
      needs.insert(needs.end(), inner->inputs().begin(), inner->inputs().end());
      for (Block* const deeper : inner->blocks()) self(self, deeper);
      inside.insert(inner->outputs().begin(), inner->outputs().end());
    }
    needs.insert(needs.end(), block->outputs().begin(), block->outputs().end());
  };
  for (Block* const block : node->blocks()) look(look, block);
  std::erase_if(needs, [&](Value const* value) { return inside.contains(value); });
  std::ranges::sort(needs);
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  return needs;
}

void cut_points::find_recomputable() {
  for (Node* const node : nodes_) {
    bool const pure =
        node->blocks().empty() && !node->hasSideEffects() && !node->isNondeterministic() && !aliases_->hasWriters(node);
    bool const of_constants = std::ranges::all_of(
        node->inputs(), [this](Value const* input) { return recomputable_.contains(input->node()); });
    if (pure && of_constants) recomputable_.insert(node);
  }
}

void cut_points::find_uncertain() {
  for (Node* const node : nodes_) {
    if (recomputable_.contains(node)) continue;
    bool looks = looks_into_tensors(node);
    for (Block* const block : node->blocks())
      for_each_node(block, [&](Node const* inner) { looks = looks || looks_into_tensors(inner); });
    // A list that somebody appends to holds other numbers at other times.
    bool const spreads = std::ranges::any_of(needs_of(node), [this](Value const* value) {
      return uncertain_.contains(value) || (!is_tensor(value) && aliases_->hasWriters(value));
    });
    if (looks || spreads) uncertain_.insert(node->outputs().begin(), node->outputs().end());
  }
}

// The place of the last node that needs a value; that of the end where it is the answer.
std::size_t cut_points::last_use(Value const* value) const {
  std::size_t last = 0;
  for (Use const& use : value->uses()) {
    Node* const user = use.user == graph_->return_node() ? nullptr : top_level(use.user, graph_->block());
    last = std::max(last, user == nullptr || user == graph_->return_node() ? nodes_.size() : place_.at(user));
  }
  return last;
}

std::vector<std::vector<Value*>> cut_points::live_values() const {
  std::vector<std::vector<Value*>> live(nodes_.size() + 1);
  auto const add = [&](Value* value, std::size_t from) {
    for (std::size_t place = from, end = last_use(value); place <= end; ++place) live[place].push_back(value);
  };
  add(graph_->inputs()[0], 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (!is_recomputable(nodes_[i]))
      for (Value* const output : nodes_[i]->outputs())
        if (output->hasUses()) add(output, i + 1);
  return live;
}

bool cut_points::passes(std::vector<Value*> const& live, graph_cut& cut) const {
  for (Value* const value : live) {
    if (is_tensor(value)) {
      if (std::exchange(cut.tensor, value) != nullptr) return false;
    } else if (is_plain(value->type()) && !uncertain_.contains(value) && !aliases_->hasWriters(value)) {
      cut.scalars.push_back(value);
    } else {
      return false;
    }
  }
  return cut.tensor != nullptr;
}

void cut_points::find_cuts() {
  Value* const input = graph_->inputs()[0];
  Value* const answer = graph_->outputs()[0];
  if (input == answer || is_recomputable(answer->node()))
    throw error{errc::bad_model,
                "its answer does not come from computing with its input, so there is nothing to cut; give a model "
                "whose answer does"};
  std::vector<std::vector<Value*>> const live = live_values();
  cuts_.push_back({0, input, {}});
  for (std::size_t place = 1; place < nodes_.size(); ++place) {
    graph_cut cut{place, nullptr, {}};
    if (!passes(live[place], cut) || cut.tensor == input || cut.tensor == answer) continue;
    // Of the places that one tensor passes, the last of those with the fewest numbers beside it.
    bool const again = cuts_.back().tensor == cut.tensor;
    if (again && cut.scalars.size() > cuts_.back().scalars.size()) continue;
    if (again) cuts_.pop_back();
    cuts_.push_back(std::move(cut));
  }
  cuts_.push_back({nodes_.size(), answer, {}});
}

std::size_t cut_points::first_writer(graph_cut const& cut) const {
  for (std::size_t i = cut.nodes_before; i < nodes_.size(); ++i)
    if (aliases_->writesToAlias(nodes_[i], {cut.tensor})) return i;
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace dsc::libtorch::detail
