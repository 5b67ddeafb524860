#include "torchscript/graph/output_selection.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <dsc/error.hpp>
#include <dsc/libtorch/error.hpp>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Use;
using torch::jit::Value;
namespace aten = torch::jit::aten;
namespace prim = torch::jit::prim;

using named_values = std::vector<std::pair<std::string, Value*>>;

bool makes_dictionary(Node const* node) {
  if (node->kind() == prim::DictConstruct) return true;
  return node->kind() == aten::dict && node->inputs().empty();
}

std::optional<std::string> constant_text(Value const* value) {
  auto const constant = torch::jit::toIValue(value);
  if (!constant || !constant->isString()) return {};
  return constant->toStringRef();
}

bool is_operation(Use const& use, Value const* dictionary, c10::Symbol kind) {
  return use.user->kind() == kind && use.user->inputs().at(0) == dictionary && use.offset == 0 &&
         constant_text(use.user->inputs().at(1));
}

// What a dictionary is used for, where that is nothing but entries with constant keys, in the block
// that makes it: puts and gets in order.
std::optional<std::vector<Node*>> plain_uses(Value* dictionary) {
  static c10::Symbol const put = c10::Symbol::fromQualString("aten::_set_item"),
                           get = c10::Symbol::fromQualString("aten::__getitem__");
  std::vector<Node*> list;
  for (Use const& use : dictionary->uses()) {
    if (use.user == dictionary->owningGraph()->return_node()) continue;
    bool const plain = is_operation(use, dictionary, put) || is_operation(use, dictionary, get);
    if (!plain || use.user->owningBlock() != dictionary->node()->owningBlock()) return {};
    list.push_back(use.user);
  }
  std::ranges::sort(list, [](Node const* a, Node const* b) { return a->isBefore(b); });
  return list;
}

// The entries that a dictionary begins with; nothing where a key is not known.
std::optional<named_values> first_entries(Node* maker) {
  named_values entries;
  for (std::size_t i = 0; i + 1 < maker->inputs().size(); i += 2) {
    auto const key = constant_text(maker->inputs()[i]);
    if (!key) return {};
    entries.emplace_back(*key, maker->inputs()[i + 1]);
  }
  return entries;
}

Value*& entry_of(named_values& entries, std::string const& key) {
  auto const entry = std::ranges::find(entries, key, &named_values::value_type::first);
  return entry != entries.end() ? entry->second : entries.emplace_back(key, nullptr).second;
}

// Follows a dictionary from its making on. Whoever gets an entry is given the value itself; what is
// there in the end comes back, or nothing where the dictionary is more than a name for values.
std::optional<named_values> follow(Node* maker) {
  Value* const dictionary = maker->output();
  std::optional<named_values> entries = first_entries(maker);
  std::optional<std::vector<Node*>> const uses = plain_uses(dictionary);
  if (!entries || !uses) return {};
  for (Node* const use : *uses) {
    Value*& entry = entry_of(*entries, *constant_text(use->inputs()[1]));
    if (use->inputs().size() == 3)
      entry = use->inputs()[2];
    else if (entry != nullptr)
      use->output()->replaceAllUsesWith(entry);
    else
      return {};  // it will throw where it runs
  }
  return entries;
}

void take_out(Node* maker) {
  auto const uses = plain_uses(maker->output());
  for (Node* const use : *uses) use->destroy();
}

named_values parts_of_tuple(Node* maker) {
  auto const type = maker->output()->type()->expect<c10::TupleType>();
  named_values parts;
  for (std::size_t i = 0; i < maker->inputs().size(); ++i)
    parts.emplace_back(type->schema() ? type->schema()->arguments().at(i).name() : std::to_string(i),
                       maker->inputs()[i]);
  return parts;
}

[[noreturn]] void refuse_answer(Value const* answer, std::string const& why) {
  throw error{errc::bad_model, "its forward answers with a " + answer->type()->repr_str() + why};
}

named_values parts_of(Value* answer) {
  Node* const maker = answer->node();
  if (is_tensor(answer)) return {{"0", answer}};
  if (maker->kind() == prim::TupleConstruct) return parts_of_tuple(maker);
  if (maker->kind() == prim::ListConstruct) {
    named_values parts;
    for (Value* const part : maker->inputs()) parts.emplace_back(std::to_string(parts.size()), part);
    return parts;
  }
  if (makes_dictionary(maker))
    if (auto parts = follow(maker)) {
      take_out(maker);
      return *parts;
    }
  refuse_answer(answer, ", of which no tensor can be picked (" + place_of(maker) +
                            "); wrap it in a module that answers with one tensor");
}

}  // namespace

void forward_dictionaries(Graph& graph) {
  std::vector<Node*> makers;
  for (Node* const node : graph.nodes())
    if (makes_dictionary(node)) makers.push_back(node);
  for (Node* const maker : makers) {
    bool const escapes =
        std::ranges::any_of(maker->output()->uses(), [&](Use const& use) { return use.user == graph.return_node(); });
    if (escapes || !follow(maker)) continue;
    take_out(maker);
    maker->destroy();
  }
}

void select_output(Graph& graph, std::string const& key) {
  Value* const answer = graph.outputs().at(0);
  named_values parts = parts_of(answer);
  std::erase_if(parts, [](auto const& part) { return part.second->mustBeNone(); });
  bool const nested = std::erase_if(parts, [](auto const& part) { return !is_tensor(part.second); }) > 0;
  if (parts.empty()) refuse_answer(answer, " that holds no tensor; it must answer with one");
  std::string names;
  for (auto const& [name, part] : parts) names += (names.empty() ? "" : ", ") + name;
  auto selection = parts.begin();
  if (!key.empty()) selection = std::ranges::find(parts, key, &named_values::value_type::first);
  if (selection == parts.end())
    throw error{libtorch_errc::bad_option, "there is no answer '" + key + "'; there is " + names};
  if (key.empty() && parts.size() == 1 && nested)
    throw error{libtorch_errc::bad_option,
                "its forward answers with a tensor, " + names +
                    ", and with parts that hold more of them, which cannot be picked; take the "
                    "tensor with --output-name " +
                    names};
  if (key.empty() && parts.size() > 1)
    throw error{libtorch_errc::bad_option,
                "its forward answers with several tensors; say, as --output-name does, which is meant of " + names};
  graph.eraseOutput(0);
  graph.registerOutput(selection->second);
}

}  // namespace dsc::libtorch::detail
