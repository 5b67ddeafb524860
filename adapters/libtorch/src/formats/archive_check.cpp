#include "torchscript/graph/jit.hpp"

#include "formats/archive_check.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <caffe2/serialize/inline_container.h>
#include <torch/version.h>

#include <dsc/shape.hpp>

#include "formats/pickle.hpp"
#include "formats/zip_archive.hpp"
#include "formats/zip_writer.hpp"
#include "torchscript/input_file.hpp"

namespace dsc::libtorch::detail {
namespace {

using kind = pickled::kind;

/// What the code of a model may take when it is unpacked: torchvision's largest takes 2 MB.
constexpr std::uint64_t most_code = 64'000'000;

constexpr char const* way_for_quantised =
    "quantised TorchScript is not run here: save the module before it is quantised, or take it elsewhere as ONNX with "
    "QDQ nodes";

std::uint64_t bytes_of(std::string_view storage) {
  static std::map<std::string, std::uint64_t, std::less<>> const sizes{
      {"FloatStorage", 4}, {"DoubleStorage", 8}, {"HalfStorage", 2}, {"BFloat16Storage", 2}, {"LongStorage", 8},
      {"IntStorage", 4},   {"ShortStorage", 2},  {"CharStorage", 1}, {"ByteStorage", 1},     {"BoolStorage", 1}};
  auto const size = sizes.find(storage);
  if (size == sizes.end())
    throw std::runtime_error{"it holds numbers in a '" + std::string{storage} +
                             "', which cannot be read; save it in a type that can, as float32"};
  return size->second;
}

pickle objects_in(std::string const& name, std::vector<std::byte> const& data) {
  try {
    return pickle{data, pickle_writer::torchscript};
  } catch (std::runtime_error const&) {
    std::string_view const text{reinterpret_cast<char const*>(data.data()), data.size()};
    if (text.find("_rebuild_qtensor") != std::string_view::npos)
      throw std::runtime_error{std::string{"it is quantised, and "} + way_for_quantised};
    throw std::runtime_error{"its list of objects '" + name +
                             "' is damaged, or holds what torch.jit.save does not write; get it again"};
  }
}

// The entries with numbers that a list of objects needs, each of which is long enough.
std::set<std::string> check_objects(zip_archive const& archive, std::string const& name,
                                    std::vector<std::byte> const& data) {
  pickle const objects = objects_in(name, data);
  std::string const folder = name.substr(0, name.size() - std::string_view{".pkl"}.size()) + "/";
  if (objects.result().type != (name == "data.pkl" ? kind::object : kind::tuple))
    throw std::runtime_error{"it holds no module; get it again"};
  std::set<std::string> needed;
  for (pickled_storage const& storage : objects.storages()) {
    std::string const& entry = *needed.insert(folder + std::string{storage.key}).first;
    if (archive.size_of(entry) / bytes_of(storage.type) < static_cast<std::uint64_t>(storage.count))
      throw std::runtime_error{"its entry '" + entry + "' is shorter than announced; get it again"};
  }
  return needed;
}

// LibTorch's compiler calls itself for every bracket, sign and block within another.
void check_nesting(std::string_view code) {
  constexpr int deepest = 200;
  int brackets = 0, signs = 0, indent = 0, powers = 0;
  bool at_start = true;
  for (char const c : code) {
    if (c == '\n') {
      at_start = true;
      indent = signs = powers = 0;
      continue;
    }
    at_start = at_start && c == ' ';
    indent += at_start ? 1 : 0;
    brackets += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    // Signs one behind the other, and what may be chained in one line: "not not x", "a if b else c
    // if d else e", "x**y**z".
    signs = c == '-' || c == '~' || c == '+' ? signs + 1 : c == ' ' || c == '(' ? signs : 0;
    powers += c == '*' ? 1 : 0;
    if (brackets > deepest || signs > deepest || indent > 4 * deepest || powers > deepest)
      throw std::runtime_error{"its code is nested too deeply; write it in shorter steps"};
  }
}

void check_words(std::string_view code) {
  constexpr std::size_t most_in_a_line = 200;
  // Runs while the file is read.
  if (code.find("__setstate__") != std::string_view::npos)
    throw std::runtime_error{
        std::string{"its code has '__setstate__', as that of quantised modules, which runs while it is read; "} +
        way_for_quantised};
  while (!code.empty()) {
    std::string_view const line = code.substr(0, code.find('\n'));
    for (std::string_view const word : {" if ", "not "}) {
      std::size_t count = 0;
      for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) ++count;
      if (count > most_in_a_line) throw std::runtime_error{"its code is nested too deeply; write it in shorter steps"};
    }
    code.remove_prefix(std::min(line.size() + 1, code.size()));
  }
}

// LibTorch's compiler takes any other assignment without a type for a constant that has one.
void check_class_line(std::string_view line, std::string_view bases) {
  static constexpr std::array known{std::string_view{"__parameters__"}, std::string_view{"__buffers__"},
                                    std::string_view{"__annotations__"}, std::string_view{"__forward_pre_hooks__"},
                                    std::string_view{"__forward_hooks__"}};
  auto const is_letter = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  auto const name = line.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(line, is_letter) - line.begin()));
  if (name == "def" || line == "pass" || line.starts_with('#') || line.starts_with('@')) return;
  std::size_t const next = line.find_first_not_of(' ', name.size());
  bool const is_typed = !name.empty() && next != std::string_view::npos && line[next] == ':';
  bool const is_enumerator = bases.find("(Enum)") != std::string_view::npos;
  if (!is_typed && !is_enumerator && std::ranges::find(known, name) == known.end())
    throw std::runtime_error{"its code gives '" + std::string{name} +
                             "' in a class a value but no type, which torch.jit.save does not write; get it again"};
}

void check_classes(std::string_view code) {
  std::string_view bases;
  std::size_t indent = 0;  // of the class's own lines; 0: not known yet
  bool in_class = false;
  while (!code.empty()) {
    std::string_view const line = code.substr(0, code.find('\n'));
    code.remove_prefix(std::min(line.size() + 1, code.size()));
    std::size_t const start = line.find_first_not_of(" \t\r\f\v");
    if (start == std::string_view::npos) continue;
    if (start == 0) {
      in_class = line.starts_with("class ");
      bases = line;
      indent = 0;
      continue;
    }
    if (!in_class) continue;
    if (indent == 0) indent = start;
    if (start <= indent) check_class_line(line.substr(start), bases);
  }
}

void check_code(std::vector<std::byte> const& data) {
  std::string_view const code{reinterpret_cast<char const*>(data.data()), data.size()};
  check_nesting(code);
  check_words(code);
  check_classes(code);
}

// LibTorch's reader leaks where it cannot make sense of the version.
std::uint64_t version_of(zip_archive const& archive, input_file const& file) {
  std::vector<std::byte> const data = archive.read(archive.has(".data/version") ? ".data/version" : "version");
  std::string_view const text{reinterpret_cast<char const*>(data.data()), data.size()};
  std::uint64_t version = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
  bool const is_number = failed == std::errc{} && std::string_view{end, text.data() + text.size()}.find_first_not_of(
                                                      '\n') == std::string_view::npos;
  if (!is_number) file.refuse("its entry 'version' is no number; get it again");
  if (version < caffe2::serialize::kMinSupportedFileFormatVersion ||
      version > caffe2::serialize::kMaxSupportedFileFormatVersion)
    file.refuse("it is of TorchScript's format " + std::to_string(version) +
                ", which this LibTorch does not read; save it with PyTorch " TORCH_VERSION);
  return version;
}

void check_byte_order(zip_archive const& archive, input_file const& file) {
  if (!archive.has("byteorder")) return;
  std::vector<std::byte> const order = archive.read("byteorder");
  if (order.empty() || order.front() != std::byte{'l'})
    file.refuse("it was not written on a little-endian machine; save it again on one");
}

// A sample of the first input that PyTorch 2.x has traced a model with, as `dsc.input` says it;
// nothing where that is no batch of samples.
std::string traced_sample(std::vector<std::byte> const& data) {
  static std::map<std::string, std::string_view, std::less<>> const elements{{"FloatStorage", "float32"},
                                                                             {"HalfStorage", "float16"},
                                                                             {"BFloat16Storage", "bfloat16"},
                                                                             {"ByteStorage", "uint8"}};
  pickle const inputs{data, pickle_writer::torchscript};
  if (inputs.result().type != kind::dict) return {};
  pickled const list = inputs.value_of(inputs.result(), "forward");
  if (list.type != kind::list || inputs.items_of(list).empty()) return {};
  pickled const first = inputs.items_of(list).front();
  if (first.type != kind::tensor) return {};
  pickled_tensor const& batch = inputs.tensor(first);
  auto const element = elements.find(inputs.storage(batch.storage).type);
  if (element == elements.end() || batch.sizes.size() < 2 || batch.sizes.size() > shape::max_rank) return {};
  std::string text{element->second};
  for (std::size_t i = 1; i < batch.sizes.size(); ++i)
    text += (i == 1 ? " " : "x") + std::to_string(std::max<std::int64_t>(batch.sizes[i], 1));
  return text;
}

// Copies into a new file what LibTorch reads a model from, once it is looked at. Nothing else goes
// along: lists of source lines, what a model was traced with but for its shape, and whatever newer
// versions add.
class copier {
 public:
  copier(zip_archive const& archive, input_file const& file) : archive_{archive}, file_{file} {}

  std::vector<std::byte> copy() {
    std::string const version = std::to_string(version_of(archive_, file_)) + "\n";
    check_byte_order(archive_, file_);
    std::vector<std::string> const names = archive_.names(most_code);
    out_.reserve(file_.size() + names.size() * 256);
    out_.add("version", std::as_bytes(std::span{version}));
    std::set<std::string> needed;
    for (char const* const name : {"data.pkl", "constants.pkl"}) {
      std::vector<std::byte> const data = archive_.unpacked(name);
      needed.merge(check_objects(archive_, name, data));
      out_.add(name, data);
    }
    for (std::string const& name : names)
      if (needed.contains(name) || name == input_name) out_.add(name, archive_.unpacked(name));
    for (std::string const& name : names)
      if (name.starts_with("code/") && name.ends_with(".py")) add_code(name);
    add_traced_sample();
    return out_.finish();
  }

 private:
  void add_code(std::string const& name) {
    std::vector<std::byte> const code = archive_.unpacked(name);
    check_code(code);
    out_.add(name, code);
  }

  // What a model was traced with says what its input is, unless the file does so itself.
  void add_traced_sample() {
    constexpr char const* name = "traced_inputs.pkl";
    if (!archive_.has(name) || archive_.has(input_name)) return;
    std::vector<std::byte> const data = archive_.unpacked(name);
    try {
      std::string const sample = traced_sample(data);
      if (!sample.empty()) out_.add(input_name, std::as_bytes(std::span{sample}));
    } catch (std::runtime_error const&) {
      // Inputs of other kinds than tensors: the model is none the worse for them.
    }
  }

  static constexpr char const* input_name = "extra/dsc.input";
  zip_archive const& archive_;
  input_file const& file_;
  zip_writer out_{"model"};
};

}  // namespace

std::vector<std::byte> checked_archive(std::filesystem::path const& path) {
  input_file file{path, errc::bad_file};
  std::vector<std::byte> const start = file.read(0, std::min<std::uint64_t>(file.size(), 4));
  bool const is_zip = start == std::vector{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  if (!is_zip) file.refuse("it is no TorchScript file; write one with torch.jit.save(torch.jit.script(model), file)");
  zip_archive const archive{file};
  if (!archive.has("constants.pkl"))
    file.refuse(
        "it holds weights or a pickled module, but no TorchScript; write torch.jit.script(model) or "
        "torch.jit.trace(model, input) with torch.jit.save");
  try {
    return copier{archive, file}.copy();
  } catch (error const&) {
    throw;
  } catch (std::runtime_error const& why) {
    file.refuse(why.what());
  }
}

}  // namespace dsc::libtorch::detail
