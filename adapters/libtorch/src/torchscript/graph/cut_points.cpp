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

}  // namespace

cut_points::cut_points(std::shared_ptr<Graph> graph)
    : graph_{std::move(graph)}, aliases_{std::make_unique<torch::jit::AliasDb>(graph_)} {
  for (Node* const node : graph_->nodes()) nodes_.push_back(node);
  classify_nodes();
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

// Whether a node gives the same wherever it runs on the same values, and nobody writes into them.
bool cut_points::is_pure(Node* node) const {
  auto const is_quiet = [this](Node const* part) {
    return !part->hasSideEffects() && !part->isNondeterministic() && !aliases_->hasWriters(part);
  };
  bool pure = is_quiet(node);
  for (Block* const block : node->blocks())
    for_each_node(block, [&](Node const* inner) { pure = pure && is_quiet(inner); });
  return pure;
}

// Whether the numbers that a value holds follow from the input's shape, wherever they are needed.
bool cut_points::is_certain(Value const* value) const {
  return is_plain(value->type()) && !uncertain_.contains(value) && !aliases_->hasWriters(value);
}

// One pass in the order of the graph: what follows from shapes and constants alone is certain,
// whatever operators make it, and numbers that are certain may be made something of again.
void cut_points::classify_nodes() {
  for (Node* const node : nodes_) {
    std::vector<Value*> const needs = needs_of(node);
    bool const of_shapes = std::ranges::all_of(
        needs, [this](Value const* value) { return recomputable_.contains(value->node()) || is_certain(value); });
    if (of_shapes && is_pure(node)) {
      recomputable_.insert(node);
      continue;
    }
    bool looks = looks_into_tensors(node);
    for (Block* const block : node->blocks())
      for_each_node(block, [&](Node const* inner) { looks = looks || looks_into_tensors(inner); });
    // A list that somebody appends to holds other numbers at other times.
    bool const spreads = std::ranges::any_of(needs, [this](Value const* value) {
      return uncertain_.contains(value) || (!is_tensor(value) && aliases_->hasWriters(value));
    });
    if (looks || spreads) uncertain_.insert(node->outputs().begin(), node->outputs().end());
  }
}

// Of every value the place of the last node that needs it, itself or by way of what is made again
// there; that of the end where it is the answer.
std::unordered_map<Value const*, std::size_t> cut_points::last_uses() const {
  std::unordered_map<Value const*, std::size_t> last;
  for (Value const* const output : graph_->outputs()) last[output] = nodes_.size();
  for (std::size_t place = nodes_.size(); place-- > 0;) {
    Node* const node = nodes_[place];
    std::size_t end = place;
    if (is_recomputable(node))
      for (Value const* const output : node->outputs())
        if (auto const use = last.find(output); use != last.end()) end = std::max(end, use->second);
    for (Value const* const value : needs_of(node)) {
      std::size_t& use = last[value];
      use = std::max(use, end);
    }
  }
  return last;
}

std::vector<std::vector<Value*>> cut_points::live_values() const {
  std::vector<std::vector<Value*>> live(nodes_.size() + 1);
  std::unordered_map<Value const*, std::size_t> const last = last_uses();
  auto const add = [&](Value* value, std::size_t from) {
    auto const end = last.find(value);
    if (end == last.end()) return;
    for (std::size_t place = from; place <= end->second; ++place) live[place].push_back(value);
  };
  add(graph_->inputs()[0], 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (!is_recomputable(nodes_[i]))
      for (Value* const output : nodes_[i]->outputs()) add(output, i + 1);
  return live;
}

bool cut_points::passes(std::vector<Value*> const& live, graph_cut& cut) const {
  for (Value* const value : live) {
    if (is_tensor(value)) {
      if (std::exchange(cut.tensor, value) != nullptr) return false;
    } else if (is_certain(value)) {
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
