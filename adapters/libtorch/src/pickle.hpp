#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dsc::libtorch::detail {

/// A value of a pickle; `index` says where its contents stand in the pickle that it belongs to.
struct pickled {
  enum class kind : std::uint8_t { none, integer, text, global, tuple, dict, storage, tensor, mark };
  kind type = kind::none;
  std::int64_t number = 0;  ///< of an integer
  std::size_t index = 0;
};

/// A tensor as a view of numbers stored elsewhere, all in elements.
struct pickled_tensor {
  std::size_t storage = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
};

/// Numbers of one type in an entry of the archive.
struct pickled_storage {
  std::string type;  ///< as in `FloatStorage`
  std::string key;
  std::int64_t count = 0;
};

/// Reads the subset of Python's pickle language, protocols 2 to 5, that a state_dict is written in. Nothing is called: of the functions a
/// pickle may name, those that build an OrderedDict and a tensor are understood, and any other is refused.
class pickle {
 public:
  /// Throws `std::runtime_error` with half a sentence on what is wrong.
  explicit pickle(std::span<std::byte const> code);

  /// The entries of the dictionary that was pickled, in order. Values are tensors.
  std::vector<std::pair<std::string, pickled_tensor>> tensors() const;
  pickled_storage const& storage(std::size_t index) const { return storages_[index]; }

 private:
  using value = pickled;
  using kind = pickled::kind;

  void run();
  void step(std::uint8_t code);
  bool step_constant(std::uint8_t code);
  bool step_memo(std::uint8_t code);
  void make_tuple(std::size_t count);
  void set_items(std::size_t from);
  void reduce();
  void make_storage();
  value make_tensor(std::vector<value> const& arguments);
  std::vector<std::int64_t> integers(value const& list) const;

  std::span<std::byte const> take(std::uint64_t count);
  template <class Number>
  Number number();
  std::string line();
  std::int64_t long_number();
  void push(value const& v) { stack_.push_back(v); }
  void push_text(kind type, std::string text);
  value pop();
  value pop(kind type);
  std::size_t pop_mark();
  std::string const& text_of(value const& v) const { return texts_[v.index]; }
  std::vector<value> const& items_of(value const& v) const { return tuples_[v.index]; }

  std::span<std::byte const> code_;
  std::vector<value> stack_;
  std::unordered_map<std::uint64_t, value> memo_;
  std::vector<std::string> texts_;
  std::vector<std::vector<value>> tuples_;
  std::vector<std::vector<std::pair<value, value>>> dicts_;
  std::vector<pickled_storage> storages_;
  std::vector<pickled_tensor> tensors_;
  value result_;
};

}  // namespace dsc::libtorch::detail
