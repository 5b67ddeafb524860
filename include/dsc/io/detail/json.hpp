#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <dsc/detail/check.hpp>
#include <dsc/error.hpp>

/// JSON from outside, read with suspicion: whatever is wrong throws one `dsc::error` that names the
/// file and the place in it.
namespace dsc::detail {

/// A value and where it stands. It refers to the document, which must outlive it.
class json_value {
 public:
  json_value(nlohmann::json const& value, std::string place, std::string const& file, errc code)
      : value_{&value}, place_{std::move(place)}, file_{&file}, code_{code} {}

  bool is_null() const { return value_->is_null(); }
  std::string const& place() const { return place_; }

  [[noreturn]] void fail(std::string const& why) const {
    throw error{code_, *file_ + ": " + (place_.empty() ? "the document" : place_) + " " + why};
  }

  std::optional<json_value> find(std::string const& key) const {
    if (!value_->is_object()) fail("must be an object, but is " + kind());
    auto const member = value_->find(key);
    if (member == value_->end()) return std::nullopt;
    return json_value{*member, place_.empty() ? key : place_ + "." + key, *file_, code_};
  }
  json_value at(std::string const& key) const {
    if (auto member = find(key)) return *member;
    fail("has no '" + key + "'");
  }
  /// The same of a key that files of 0.1.0 called `old_key`.
  json_value at(std::string const& key, std::string const& old_key) const {
    auto const old = find(old_key);
    return old && !find(key) ? *old : at(key);
  }

  /// `read(element)` of every element of an array.
  template <class Read>
  auto each(Read&& read) const {
    if (!value_->is_array()) fail("must be a list, but is " + kind());
    std::vector<decltype(read(*this))> all;
    all.reserve(value_->size());
    for (nlohmann::json const& element : *value_)
      all.push_back(read({element, place_ + "[" + std::to_string(all.size()) + "]", *file_, code_}));
    return all;
  }
  /// `read(name, member)` of every member of an object.
  template <class Read>
  void each_member(Read&& read) const {
    if (!value_->is_object()) fail("must be an object, but is " + kind());
    for (auto const& member : value_->items()) read(member.key(), member.value());
  }
  std::size_t size() const { return value_->size(); }

  std::string text() const {
    if (!value_->is_string()) fail("must be a text, but is " + kind());
    return value_->get<std::string>();
  }
  bool boolean() const {
    if (!value_->is_boolean()) fail("must be true or false, but is " + kind());
    return value_->get<bool>();
  }
  double number() const {
    if (!value_->is_number()) fail("must be a number, but is " + kind());
    return value_->get<double>();
  }
  double not_negative() const {
    double const x = number();
    if (!is_finite(x) || x < 0.0) fail("must be a finite number and not negative, but is " + value_->dump());
    return x;
  }
  double positive() const {
    double const x = number();
    if (!is_finite(x) || x <= 0.0) fail("must be a finite number above 0, but is " + value_->dump());
    return x;
  }
  /// A whole number of at least `least`; `8.0` is one.
  std::uint64_t whole(std::uint64_t least) const {
    double const x = number();
    bool const exact = value_->is_number_integer() || (std::floor(x) == x && x < 9007199254740992.0);
    bool const negative = x < 0.0;
    std::uint64_t const n = !exact || negative            ? 0
                            : value_->is_number_integer() ? value_->get<std::uint64_t>()
                                                          : static_cast<std::uint64_t>(x);
    if (!exact || negative || n < least)
      fail("must be a whole number of at least " + std::to_string(least) + ", but is " + value_->dump());
    return n;
  }

 private:
  std::string kind() const {
    if (value_->is_null()) return "null";
    if (value_->is_object()) return "an object";
    if (value_->is_array()) return "a list";
    if (value_->is_string()) return "a text";
    return value_->is_boolean() ? "true or false" : "a number";
  }

  nlohmann::json const* value_;
  std::string place_;
  std::string const* file_;
  errc code_;
};

/// Reads a document for its errors alone: how far it got, in the value of which key, and which key
/// an object has twice.
struct json_watch : nlohmann::json_sax<nlohmann::json> {
  static constexpr std::size_t deepest = 64;
  std::string last_key;
  std::size_t depth = 0;
  bool too_large = false;
  std::size_t byte = 0;  // of the error
  std::optional<std::string> repeated_key;
  std::string repeated_place;  // of the object that has it twice; empty for the document

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, string_t const&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override {
    std::vector<std::string>& keys = levels_[depth - 1].keys;
    std::ranges::sort(keys);
    auto const twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end() && !repeated_key) repeated_key = *twice, repeated_place = place();
    return end_array();
  }
  bool end_array() override {
    --depth;
    return true;
  }
  bool key(string_t& name) override {
    last_key = name.substr(0, 40);
    levels_[depth - 1].keys.push_back(name);
    levels_[depth - 1].key = last_key;
    return true;
  }
  bool parse_error(std::size_t position, std::string const&, nlohmann::json::exception const& failure) override {
    byte = position;
    too_large = dynamic_cast<nlohmann::json::parse_error const*>(&failure) == nullptr;
    return false;
  }

 private:
  struct level {
    std::vector<std::string> keys;  // of an object, up to here
    std::string key;                // the last one; empty in a list
    std::size_t values = 0;         // of a list, up to here
  };

  bool count() {
    if (depth > 0) ++levels_[depth - 1].values;
    return true;
  }
  bool open() {
    count();
    if (depth == levels_.size()) levels_.emplace_back();
    level& opened = levels_[depth];
    opened.keys.clear();
    opened.key.clear();
    opened.values = 0;
    return ++depth <= deepest;
  }
  // Of the object that ends here, as `json_value` writes places.
  std::string place() const {
    std::string text;
    for (std::size_t i = 0; i + 1 < depth; ++i)
      if (levels_[i].keys.empty())
        text += "[" + std::to_string(levels_[i].values - 1) + "]";
      else
        text += (text.empty() ? "" : ".") + levels_[i].key;
    return text;
  }

  std::vector<level> levels_;  // as deep as it ever got, so that they are made once
};

/// A whole file and what is wrong with it.
class json_document {
 public:
  /// Of whatever schema; of a key that stands twice in an object, the last one counts. Throws
  /// `bad_file` for text that is no JSON, and for values nested more than 64 deep.
  json_document(std::string_view text, std::string_view name, errc code = errc::bad_file)
      : name_{name}, code_{code}, value_(parse(text)) {}

  /// Throws `bad_file` for another `schema` than the one expected and `code` for an object that has
  /// a key twice, too.
  json_document(std::string_view text, std::string_view name, std::string_view schema, errc code)
      : json_document{text, name, code} {
    json_value const actual = this->schema();
    if (actual.text() != schema)
      actual.fail("must be '" + std::string{schema} + "', but is '" + actual.text().substr(0, 40) + "'");
    if (repeated_key_)
      json_value{value_, repeated_place_, name_, code_}.fail("has the key '" + repeated_key_->substr(0, 40) +
                                                             "' twice; leave one of them out");
  }
  json_document(json_document const&) = delete;
  json_document& operator=(json_document const&) = delete;

  json_value root() const { return {value_, "", name_, code_}; }
  json_value schema() const { return json_value{value_, "", name_, errc::bad_file}.at("schema"); }

 private:
  // Two readings: the first one finds what is wrong and where. Were it a callback of the second
  // one, that would search every object again for each of its members.
  nlohmann::json parse(std::string_view text) {
    json_watch watch;
    if (!nlohmann::json::sax_parse(text, &watch)) {
      std::string const place = watch.last_key.empty() ? "the document " : "the value of '" + watch.last_key + "' ";
      if (watch.depth > json_watch::deepest)
        throw error{errc::bad_file, name_ + ": " + place + "is nested more than 64 deep"};
      if (watch.too_large) throw error{errc::bad_file, name_ + ": " + place + "holds a number too large to be finite"};
      std::string const behind =
          watch.last_key.empty() ? "" : ", in the value of '" + watch.last_key + "' or behind it";
      throw error{errc::bad_file, name_ + ": is no JSON at " + line_and_column(text, watch.byte) + behind};
    }
    repeated_key_ = std::move(watch.repeated_key);
    repeated_place_ = std::move(watch.repeated_place);
    return nlohmann::json::parse(text);
  }

  static std::string line_and_column(std::string_view text, std::size_t place) {
    std::string_view const before = text.substr(0, std::min(place > 0 ? place - 1 : 0, text.size()));
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - (before.rfind('\n') + 1) + 1);
  }

  std::string name_;
  errc code_;
  std::optional<std::string> repeated_key_;  // of the object at `repeated_place_`
  std::string repeated_place_;
  nlohmann::json value_;
};

}  // namespace dsc::detail
