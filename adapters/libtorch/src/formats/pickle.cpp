#include "device/aten.hpp"

#include "formats/pickle.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_set>

#include "torchscript/input_file.hpp"

// Operation codes: Python's Lib/pickletools.py.
namespace dsc::libtorch::detail {
namespace {

constexpr std::size_t longest_name = 1000;  // of a class, an entry of the archive
constexpr std::size_t most_extents = 8;
constexpr std::uint64_t memo_bytes = 64;  // of an entry, with its node in the table

[[noreturn]] void fail(std::string const& why) { throw std::runtime_error{why}; }

// The last element must lie within the storage, and there must be no more elements than the storage
// has; nothing here can overflow.
void check_bounds(pickled_tensor const& tensor, std::int64_t count) {
  if (tensor.offset <= count && std::ranges::find(tensor.sizes, 0) != tensor.sizes.end()) return;
  if (tensor.offset >= count) fail("a tensor in it goes beyond the values that it is made of; get it again");
  std::int64_t room = count - 1 - tensor.offset;
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    std::int64_t const steps = tensor.sizes[i] - 1;
    bool const leaves = steps < 0 || (tensor.strides[i] > 0 && steps > room / tensor.strides[i]);
    if (leaves || tensor.sizes[i] > count / elements)
      fail("a tensor in it goes beyond the values that it is made of; get it again");
    room -= steps * tensor.strides[i];
    elements *= tensor.sizes[i];
  }
}

}  // namespace

pickle::pickle(std::span<std::byte const> code, pickle_writer writer) : code_{code}, writer_{writer} { run(); }

std::vector<std::pair<std::string_view, pickled_tensor>> pickle::tensors() const {
  if (result_.type != kind::dict) fail("it holds no state_dict; save model.state_dict()");
  std::vector<std::pair<std::string_view, pickled_tensor>> list;
  std::unordered_set<std::size_t> names;
  for (auto const& [key, entry] : dicts_[result_.index]) {
    if (key.type != kind::text) fail("it holds a dictionary whose keys are not all names; save model.state_dict()");
    if (!names.insert(key.index).second) fail("its list of tensors has one name twice; get it again");
    std::string_view const name = text_of(key);
    if (entry.type != kind::tensor)
      fail("its entry '" + std::string{name.substr(0, longest_name)} +
           "' is no tensor; save model.state_dict() itself");
    list.emplace_back(name, tensors_[entry.index]);
  }
  return list;
}

// Every value that is kept takes of one purse.
void pickle::spend(std::uint64_t bytes) {
  bytes_ += bytes;
  if (bytes_ > most_bytes) fail("it holds more values than any network; get it again");
}

// What one code does with values that others share takes of another.
void pickle::work(std::uint64_t steps) {
  constexpr std::uint64_t most_steps = 200'000'000;
  steps_ += steps;
  if (steps_ > most_steps) fail("its list of objects takes too long to read; get it again");
}

std::span<std::byte const> pickle::take(std::uint64_t count) {
  if (count > code_.size()) fail("its list of tensors ends too early; get it again");
  auto const taken = code_.first(count);
  code_ = code_.subspan(count);
  return taken;
}

template <class Number>
Number pickle::number() {
  return number_at<Number>(take(sizeof(Number)), 0);
}

std::string_view pickle::line() {
  auto const end = std::ranges::find(code_, std::byte{'\n'});
  auto const text = take(static_cast<std::uint64_t>(end - code_.begin()));
  take(1);
  return {reinterpret_cast<char const*>(text.data()), text.size()};
}

std::int64_t pickle::long_number() {
  std::size_t const size = number<std::uint8_t>();
  if (size > 8) fail("it holds an integer of more than 64 bits, which no state_dict needs; save model.state_dict()");
  auto const digits = take(size);
  std::uint64_t bits = size > 0 && (digits[size - 1] & std::byte{0x80}) != std::byte{0} ? ~std::uint64_t{0} : 0;
  for (std::size_t i = size; i-- > 0;) bits = bits << 8 | std::to_integer<std::uint64_t>(digits[i]);
  return static_cast<std::int64_t>(bits);
}

void pickle::push_text(std::string_view text) {
  spend(sizeof text);
  push({.type = kind::text, .index = texts_.size()});
  texts_.push_back(text);
}

void pickle::push_dict() {
  spend(sizeof(dicts_[0]));
  push({.type = kind::dict, .index = dicts_.size()});
  dicts_.emplace_back();
}

void pickle::push_global(global_name const& name) {
  if (name.module.size() > longest_name || name.name.size() > longest_name)
    fail("it asks for a class whose name is longer than any; get it again");
  spend(sizeof name);
  push({.type = kind::global, .index = globals_.size()});
  globals_.push_back(name);
}

pickled pickle::pop() {
  if (stack_.empty() || stack_.back().type == kind::mark) fail("its list of tensors is damaged; get it again");
  value const top = stack_.back();
  stack_.pop_back();
  return top;
}

pickled pickle::pop(kind type) {
  value const top = pop();
  if (top.type != type) fail("it holds something else than a state_dict; save model.state_dict()");
  return top;
}

std::size_t pickle::pop_mark() {
  auto const mark = std::find_if(stack_.rbegin(), stack_.rend(), [](value const& v) { return v.type == kind::mark; });
  if (mark == stack_.rend()) fail("its list of tensors is damaged; get it again");
  auto const at = stack_.erase(std::prev(mark.base()));
  return static_cast<std::size_t>(at - stack_.begin());
}

void pickle::run() {
  for (;;) {
    auto const code = number<std::uint8_t>();
    if (code == '.') break;
    step(code);
  }
  result_ = pop();
}

void pickle::step(std::uint8_t code) {
  constexpr std::size_t most_values = 4'000'000;
  if (stack_.size() > most_values) fail("it holds more values than any network; get it again");
  if (step_constant(code) || step_memo(code)) return;
  if (writer_ == pickle_writer::torchscript && step_script(code)) return;
  switch (code) {
    case 0x80:
      take(1);
      return;  // PROTO
    case 0x95:
      take(8);
      return;  // FRAME
    case '(':
      push({.type = kind::mark});
      return;
    case ')':
      make_tuple(0);
      return;
    case 't': {
      std::size_t const size = stack_.size();
      make_tuple(size - pop_mark() - 1);
      return;
    }
    case 0x85:
      make_tuple(1);
      return;
    case 0x86:
      make_tuple(2);
      return;
    case 0x87:
      make_tuple(3);
      return;
    case '}':
      push_dict();
      return;
    case 's':
      set_items(stack_.size() - std::min<std::size_t>(stack_.size(), 2));
      return;
    case 'u':
      set_items(pop_mark());
      return;
    case 'Q':
      make_storage();
      return;
    case 'R':
      reduce();
      return;
    case 'b':
      pop();
      return;  // BUILD: attributes of an OrderedDict, its _metadata
    default:
      fail("it holds more than a state_dict (pickle code " + std::to_string(code) + "); save model.state_dict()");
  }
}

bool pickle::step_constant(std::uint8_t code) {
  auto const integer = [this](std::int64_t n) { push({.type = kind::integer, .number = n}); };
  auto const text = [this](std::uint64_t size) {
    auto const data = take(size);
    push_text({reinterpret_cast<char const*>(data.data()), data.size()});
  };
  switch (code) {
    case 'N':
      push({});
      return true;
    case 0x88:
      integer(1);
      return true;
    case 0x89:
      integer(0);
      return true;
    case 'K':
      integer(number<std::uint8_t>());
      return true;
    case 'M':
      integer(number<std::uint16_t>());
      return true;
    case 'J':
      integer(static_cast<std::int32_t>(number<std::uint32_t>()));
      return true;
    case 0x8a:
      integer(long_number());
      return true;
    case 'G':
      take(8);
      push({});
      return true;
    case 'X':
      text(number<std::uint32_t>());
      return true;
    case 0x8c:
      text(number<std::uint8_t>());
      return true;
    case 'c': {
      std::string_view const module = line();
      push_global({module, line()});
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      value const name = pop(kind::text);
      value const module = pop(kind::text);
      push_global({text_of(module), text_of(name)});
      return true;
    }
    default:
      return false;
  }
}

bool pickle::step_memo(std::uint8_t code) {
  auto const store = [this](std::uint64_t key) {
    if (stack_.empty()) fail("its list of tensors is damaged; get it again");
    // LibTorch's table has a place for every number up to this one.
    if (writer_ == pickle_writer::torchscript &&
        (key > memo_.size() || stack_.back().type == kind::blank || stack_.back().type == kind::mark))
      fail("its list of objects is damaged; get it again");
    if (memo_.insert_or_assign(key, stack_.back()).second) spend(memo_bytes);
  };
  auto const load = [this](std::uint64_t key) {
    auto const entry = memo_.find(key);
    if (entry == memo_.end()) fail("its list of tensors is damaged; get it again");
    push(entry->second);
  };
  switch (code) {
    case 'q':
      store(number<std::uint8_t>());
      return true;
    case 'r':
      store(number<std::uint32_t>());
      return true;
    case 0x94:
      store(memo_.size());
      return true;
    case 'h':
      load(number<std::uint8_t>());
      return true;
    case 'j':
      load(number<std::uint32_t>());
      return true;
    default:
      return false;
  }
}

void pickle::make_tuple(std::size_t count) {
  spend(sizeof(tuples_[0]) + count * sizeof(value));
  std::vector<value> items(count);
  for (std::size_t i = count; i-- > 0;) items[i] = pop();
  value const tuple{.type = kind::tuple, .index = tuples_.size()};
  note_contents(tuple, items);
  push(tuple);
  tuples_.push_back(std::move(items));
}

void pickle::set_items(std::size_t from) {
  if (from == 0 || (stack_.size() - from) % 2 != 0) fail("its list of tensors is damaged; get it again");
  value const target = stack_[from - 1];
  spend((stack_.size() - from) * sizeof(value));
  if (target.type != kind::dict) fail("it holds something else than a state_dict; save model.state_dict()");
  note_contents(target, std::span{stack_}.subspan(from));
  for (std::size_t i = from; i < stack_.size(); i += 2) dicts_[target.index].emplace_back(stack_[i], stack_[i + 1]);
  stack_.resize(from);
}

void pickle::reduce() {
  std::vector<value> const& arguments = items_of(pop(kind::tuple));  // stays: no tuple is made below
  global_name const function = globals_[pop(kind::global).index];
  if (writer_ == pickle_writer::torchscript && reduce_script(function, arguments)) return;
  if (function == global_name{"collections", "OrderedDict"} && arguments.empty()) {
    push_dict();
  } else if (function == global_name{"torch._utils", "_rebuild_tensor_v2"}) {
    push(make_tensor(arguments));
  } else if (function == global_name{"torch._utils", "_rebuild_parameter"} && !arguments.empty() &&
             arguments[0].type == kind::tensor) {
    push(arguments[0]);
  } else {
    fail("it asks for Python's '" + std::string{function.module} + " " + std::string{function.name} +
         "', which no state_dict needs; save model.state_dict()");
  }
}

// BINPERSID: ('storage', type, key, device, number of elements).
void pickle::make_storage() {
  std::vector<value> const& items = items_of(pop(kind::tuple));
  bool const usable = items.size() == 5 && items[0].type == kind::text && text_of(items[0]) == "storage" &&
                      items[1].type == kind::global && globals_[items[1].index].module == "torch" &&
                      items[2].type == kind::text && items[4].type == kind::integer;
  if (!usable || items[4].number < 0 || text_of(items[2]).size() > longest_name)
    fail("it holds tensors in a way that is not known here; save model.state_dict()");
  spend(sizeof(storages_[0]));
  push({.type = kind::storage, .index = storages_.size()});
  storages_.push_back({.type = globals_[items[1].index].name, .key = text_of(items[2]), .count = items[4].number});
}

pickled pickle::value_of(value const& dictionary, std::string_view key) const {
  for (auto const& [name, entry] : dicts_[dictionary.index])
    if (name.type == kind::text && text_of(name) == key) return entry;
  return {};
}

std::vector<std::int64_t> pickle::integers(value const& list) const {
  if (list.type != kind::tuple || items_of(list).size() > most_extents)
    fail("a tensor in it has no shape that can be; get it again");
  std::vector<std::int64_t> numbers;
  for (value const& item : items_of(list)) {
    if (item.type != kind::integer || item.number < 0) fail("a tensor in it has no shape that can be; get it again");
    numbers.push_back(item.number);
  }
  return numbers;
}

// (storage, offset, sizes, strides, …).
pickled pickle::make_tensor(std::vector<value> const& arguments) {
  if (arguments.size() < 4 || arguments[0].type != kind::storage || arguments[1].type != kind::integer)
    fail("a tensor in it is not as torch.save writes one; get it again");
  pickled_tensor tensor{.storage = arguments[0].index,
                        .offset = arguments[1].number,
                        .sizes = integers(arguments[2]),
                        .strides = integers(arguments[3])};
  if (tensor.sizes.size() != tensor.strides.size() || tensor.offset < 0)
    fail("a tensor in it is not as torch.save writes one; get it again");
  check_bounds(tensor, storages_[tensor.storage].count);
  spend(sizeof tensor + 2 * tensor.sizes.size() * sizeof(std::int64_t));
  value const handle{.type = kind::tensor, .index = tensors_.size()};
  tensors_.push_back(std::move(tensor));
  return handle;
}

}  // namespace dsc::libtorch::detail
