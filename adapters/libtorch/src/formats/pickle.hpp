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
  enum class kind : std::uint8_t {
    none,
    integer,
    text,
    global,
    tuple,
    list,
    dict,
    storage,
    tensor,
    blank,
    object,
    mark
  };
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

/// Who wrote a pickle.
enum class pickle_writer : std::uint8_t {
  python,       ///< torch.save, protocols 2 to 5
  torchscript,  ///< torch.jit.save: objects and lists too, protocol 2
};

/// Reads the subset of Python's pickle language that a state_dict, or a TorchScript module, is
/// written in. Nothing is called: of the functions a pickle may name, those that build a
/// dictionary, a tensor or, in TorchScript, a typed list are understood, and any other is refused.
class pickle {
 public:
  /// Throws `std::runtime_error` with half a sentence on what is wrong.
  explicit pickle(std::span<std::byte const> code, pickle_writer writer = pickle_writer::python);

  /// The entries of the dictionary that was pickled, in order. Values are tensors.
  std::vector<std::pair<std::string, pickled_tensor>> tensors() const;
  pickled_storage const& storage(std::size_t index) const { return storages_[index]; }
  std::vector<pickled_storage> const& storages() const { return storages_; }

  /// What was pickled, and what is in it.
  pickled const& result() const { return result_; }
  std::string const& text_of(pickled const& text) const { return texts_[text.index]; }
  std::vector<pickled> const& items_of(pickled const& tuple_or_list) const { return tuples_[tuple_or_list.index]; }

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
  bool step_script(std::uint8_t code);
  bool reduce_script(std::string const& function, std::vector<value> const& arguments);
  void append(std::size_t from);
  void build();
  void note_contents(value const& container, std::span<value const> items);
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
  std::span<std::byte const> code_;
  pickle_writer writer_;
  std::vector<value> stack_;
  std::unordered_map<std::uint64_t, value> memo_;
  std::vector<std::string> texts_;
  std::vector<std::vector<value>> tuples_;
  std::vector<std::vector<std::pair<value, value>>> dicts_;
  struct extent {
    std::uint32_t depth = 1;  // of containers within each other
    std::uint64_t size = 1;   // values, those that are there twice counted twice
    bool contained = false;   // and so complete
  };
  std::unordered_map<std::uint64_t, extent> extents_;  // of tuples, lists and dictionaries of TorchScript
  std::vector<pickled_storage> storages_;
  std::vector<pickled_tensor> tensors_;
  value result_;
};

}  // namespace dsc::libtorch::detail
