#include "device/aten.hpp"

#include "formats/pickle.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

// What TorchScript's pickles have beside those of Python. LibTorch's own reader trusts its input:
// whatever it would not look at is looked at here.
namespace dsc::libtorch::detail {
namespace {

[[noreturn]] void fail() {
  throw std::runtime_error{"its list of objects is damaged or not of torch.jit.save; get it again"};
}

}  // namespace

bool pickle::step_script(std::uint8_t code) {
  switch (code) {
    case 0x80:
      if (take(1)[0] != std::byte{2}) fail();
      return true;
    case ']':
      push({.type = kind::list, .index = tuples_.size()});
      tuples_.emplace_back();
      return true;
    case 'a':
      append(stack_.size() - std::min<std::size_t>(stack_.size(), 1));
      return true;
    case 'e':
      append(pop_mark());
      return true;
    case 0x81: {  // NEWOBJ: of a class, without arguments
      bool const without_arguments = items_of(pop(kind::tuple)).empty();
      value const class_name = pop(kind::global);
      std::string_view const module = globals_[class_name.index].module;
      bool const plain =
          without_arguments && module.starts_with("__torch__") && !module.starts_with("__torch__.torch.classes");
      if (!plain) fail();
      push({.type = kind::blank});
      return true;
    }
    case 'b':
      build();
      return true;
    case 0x95:
    case 0x8c:
    case 0x93:
    case 0x94:
      fail();
    default:
      return false;
  }
}

void pickle::append(std::size_t from) {
  if (from == 0 || stack_[from - 1].type != kind::list) fail();
  std::vector<value>& list = tuples_[stack_[from - 1].index];
  spend((stack_.size() - from) * sizeof(value));
  note_contents(stack_[from - 1], std::span{stack_}.subspan(from));
  list.insert(list.end(), stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
  stack_.resize(from);
}

// Tuples and lists share one count, dictionaries have theirs, and objects that of their attributes.
std::uint64_t pickle::key_of(value const& container) {
  return std::uint64_t{container.index} << 2U | (container.type == kind::dict     ? 1U
                                                 : container.type == kind::object ? 2U
                                                                                  : 0U);
}

// LibTorch walks through containers, and ends them, by calling itself: they may not be deep, nor
// hold one thing over and over, nor themselves.
void pickle::note_contents(value const& container, std::span<value const> items) {
  constexpr std::uint32_t deepest = 200;
  constexpr std::uint64_t largest = 4'000'000;
  for (value const& item : items)
    if (item.type == kind::mark) fail();
  if (writer_ == pickle_writer::python) return;
  extent sum = extents_[key_of(container)];
  if (sum.contained) fail();
  for (value const& item : items) {
    if (item.type == kind::blank) fail();
    if (item.type == kind::global && container.type != kind::tuple) fail();  // a storage's type stands in a tuple
    bool const holds =
        item.type == kind::tuple || item.type == kind::list || item.type == kind::dict || item.type == kind::object;
    if (!holds) continue;
    if (key_of(item) == key_of(container)) fail();
    extent& inner = extents_[key_of(item)];
    inner.contained = true;
    sum.depth = std::max(sum.depth, inner.depth + 1);
    sum.size += inner.size;
  }
  sum.size += items.size();
  if (sum.depth > deepest || sum.size > largest) fail();
  spend(sizeof sum);
  extents_[key_of(container)] = sum;
}

// The attributes of an object, by name. It may come to lie in its own attributes no more.
void pickle::build() {
  value const attributes = pop(kind::dict);
  pop(kind::blank);
  work(dicts_[attributes.index].size());
  for (auto const& [name, entry] : dicts_[attributes.index])
    if (name.type != kind::text) fail();
  value const object{.type = kind::object, .index = attributes.index};
  note_contents(object, std::array{attributes});
  push(object);
}

bool pickle::reduce_script(global_name const& function, std::vector<value> const& arguments) {
  struct builder {
    std::string_view name;
    kind element;
  };
  // Numbers with a fraction are `none` here: nobody asks for their values.
  static constexpr std::array builders{
      builder{"build_intlist", kind::integer}, builder{"build_boollist", kind::integer},
      builder{"build_doublelist", kind::none}, builder{"build_tensorlist", kind::tensor}};
  bool const of_torchscript = function.module == "torch.jit._pickle";
  for (auto const& [name, element] : builders) {
    if (!of_torchscript || function.name != name) continue;
    if (arguments.size() != 1 || arguments[0].type != kind::list) fail();
    work(items_of(arguments[0]).size());
    for (value const& item : items_of(arguments[0]))
      if (item.type != element) fail();
    push(arguments[0]);
    return true;
  }
  if (of_torchscript && function.name == "restore_type_tag") {
    if (arguments.size() != 2 || arguments[1].type != kind::text || arguments[0].type == kind::blank ||
        arguments[0].type == kind::global)
      fail();
    push(arguments[0]);
    return true;
  }
  if (function == global_name{"torch", "device"}) {
    if (arguments.empty() || arguments[0].type != kind::text) fail();
    push({});
    return true;
  }
  if (function == global_name{"torch._utils", "_rebuild_tensor_v2"} && arguments.size() < 6) fail();
  return false;
}

}  // namespace dsc::libtorch::detail
