#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
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
  std::string_view type;  ///< as in `FloatStorage`
  std::string_view key;
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
/// Texts are not copied: they lie in the code that was read, which must outlive the pickle. Memory
/// and time are bounded, whatever the code asks for.
class pickle {
 public:
  /// Throws `std::runtime_error` with half a sentence on what is wrong.
  explicit pickle(std::span<std::byte const> code, pickle_writer writer = pickle_writer::python);

  /// The entries of the dictionary that was pickled, in order. Values are tensors.
  std::vector<std::pair<std::string_view, pickled_tensor>> tensors() const;
  pickled_storage const& storage(std::size_t index) const { return storages_[index]; }
  pickled_tensor const& tensor(pickled const& tensor) const { return tensors_[tensor.index]; }
  std::vector<pickled_storage> const& storages() const { return storages_; }

  /// What was pickled, and what is in it.
  pickled const& result() const { return result_; }
  std::string_view text_of(pickled const& text) const { return texts_[text.index]; }
  /// The value that a dictionary has for a text; none where it has none.
  pickled value_of(pickled const& dictionary, std::string_view key) const;
  /// Roughly how many bytes the values take that were made on the way; never more than
  /// `most_bytes`.
  std::uint64_t bytes() const { return bytes_; }
  static constexpr std::uint64_t most_bytes = 256'000'000;
  std::vector<pickled> const& items_of(pickled const& tuple_or_list) const { return tuples_[tuple_or_list.index]; }

 private:
  using value = pickled;
  using kind = pickled::kind;

  /// A function or class, as in `torch` and `FloatStorage`.
  struct global_name {
    std::string_view module, name;
    bool operator==(global_name const&) const = default;
  };

  void run();
  void step(std::uint8_t code);
  bool step_constant(std::uint8_t code);
  bool step_memo(std::uint8_t code);
  void make_tuple(std::size_t count);
  void set_items(std::size_t from);
  void reduce();
  void make_storage();
  bool step_script(std::uint8_t code);
  bool reduce_script(global_name const& function, std::vector<value> const& arguments);
  void append(std::size_t from);
  void build();
  static std::uint64_t key_of(value const& container);
  void note_contents(value const& container, std::span<value const> items);
  value make_tensor(std::vector<value> const& arguments);
  std::vector<std::int64_t> integers(value const& list) const;

  std::span<std::byte const> take(std::uint64_t count);
  template <class Number>
  Number number();
  std::string_view line();
  std::int64_t long_number();
  void push(value const& v) { stack_.push_back(v); }
  void push_text(std::string_view text);
  void push_dict();
  void push_global(global_name const& name);
  void spend(std::uint64_t bytes);
  void work(std::uint64_t steps);
  value pop();
  value pop(kind type);
  std::size_t pop_mark();
  std::span<std::byte const> code_;
  pickle_writer writer_;
  std::vector<value> stack_;
  std::unordered_map<std::uint64_t, value> memo_;
  std::vector<std::string_view> texts_;
  std::vector<global_name> globals_;
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
  std::uint64_t bytes_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace dsc::libtorch::detail
