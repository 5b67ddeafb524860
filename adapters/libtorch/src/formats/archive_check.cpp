#include "torchscript/jit.hpp"

#include "formats/archive_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>

#include <caffe2/serialize/inline_container.h>
#include <torch/version.h>

#include "formats/pickle.hpp"
#include "formats/zip_archive.hpp"

namespace dsc::libtorch::detail {
namespace {

using kind = pickled::kind;

/// What the code of a model may take when it is unpacked: torchvision's largest takes 2 MB.
constexpr std::uint64_t most_code = 64'000'000;

std::uint64_t bytes_of(std::string const& storage) {
  static std::map<std::string, std::uint64_t, std::less<>> const sizes{
      {"FloatStorage", 4}, {"DoubleStorage", 8}, {"HalfStorage", 2}, {"BFloat16Storage", 2}, {"LongStorage", 8},
      {"IntStorage", 4},   {"ShortStorage", 2},  {"CharStorage", 1}, {"ByteStorage", 1},     {"BoolStorage", 1}};
  auto const found = sizes.find(storage);
  if (found == sizes.end()) throw std::runtime_error{"it holds numbers in a '" + storage + "', which cannot be read"};
  return found->second;
}

// Where in the source code came from: a text or a list of places of lines, a file and a line.
bool is_source(pickle const& from, pickled const& source, std::size_t texts) {
  if (source.type != kind::tuple || from.items_of(source).size() != 3) return false;
  std::vector<pickled> const& parts = from.items_of(source);
  auto const is_place = [texts](pickled const& one) {
    return one.type == kind::integer && one.number >= 0 && static_cast<std::uint64_t>(one.number) < texts;
  };
  bool const text = parts[0].type == kind::text ||
                    (parts[0].type == kind::list && std::ranges::all_of(from.items_of(parts[0]), is_place));
  bool const file = parts[1].type == kind::text || parts[1].type == kind::none || is_place(parts[1]);
  return text && file && parts[2].type == kind::integer;
}

// (offset, (source, from, to), number), as LibTorch's SourceRangePickler writes them; before 1.12
// without the number.
bool is_range(pickle const& from, pickled const& entry, std::size_t texts) {
  if (entry.type != kind::tuple || from.items_of(entry).size() < 2 || from.items_of(entry).size() > 3) return false;
  std::vector<pickled> const& parts = from.items_of(entry);
  if (parts[0].type != kind::integer || parts.back().type == kind::text || parts[1].type != kind::tuple) return false;
  std::vector<pickled> const& range = from.items_of(parts[1]);
  return range.size() == 3 && is_source(from, range[0], texts) && range[1].type == kind::integer &&
         range[2].type == kind::integer;
}

void check_ranges(pickle const& from) {
  auto const refuse = [] { throw std::runtime_error{"its list of source lines is damaged; get it again"}; };
  if (from.result().type != kind::tuple) refuse();
  std::vector<pickled> entries = from.items_of(from.result());
  std::size_t texts = 0;
  if (!entries.empty() && entries[0].type == kind::text) {
    if (entries.size() != 3 || entries[1].type != kind::tuple || entries[2].type != kind::tuple) refuse();
    std::vector<pickled> const& table = from.items_of(entries[1]);
    if (!std::ranges::all_of(table, [](pickled const& one) { return one.type == kind::text; })) refuse();
    texts = table.size();
    entries = from.items_of(entries[2]);
  }
  if (!std::ranges::all_of(entries, [&](pickled const& entry) { return is_range(from, entry, texts); })) refuse();
}

pickle objects_in(std::string const& name, std::vector<std::byte> const& data) {
  try {
    return pickle{data, pickle_writer::torchscript};
  } catch (std::runtime_error const&) {
    std::string_view const text{reinterpret_cast<char const*>(data.data()), data.size()};
    if (text.find("_rebuild_qtensor") != std::string_view::npos)
      throw std::runtime_error{"it is quantised; save the module before it is quantised"};
    throw std::runtime_error{"its list of objects '" + name +
                             "' is damaged, or holds what torch.jit.save does not write; get it again"};
  }
}

void check_objects(zip_archive const& archive, std::string const& name, std::vector<std::byte> const& data) {
  pickle const objects = objects_in(name, data);
  std::string const folder = name.substr(0, name.size() - std::string_view{".pkl"}.size()) + "/";
  if (objects.result().type != (name == "data.pkl" ? kind::object : kind::tuple))
    throw std::runtime_error{"it holds no module; get it again"};
  for (pickled_storage const& storage : objects.storages())
    if (archive.size_of(folder + storage.key) / bytes_of(storage.type) < static_cast<std::uint64_t>(storage.count))
      throw std::runtime_error{"its entry '" + folder + storage.key + "' is shorter than announced; get it again"};
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
      throw std::runtime_error{"its code is nested too deeply"};
  }
}

void check_words(std::string_view code) {
  constexpr std::size_t most_in_a_line = 200;
  // Runs while the file is read.
  if (code.find("__setstate__") != std::string_view::npos)
    throw std::runtime_error{
        "its code has '__setstate__', as that of quantised modules, which runs while it is read; save the module "
        "before it is quantised"};
  while (!code.empty()) {
    std::string_view const line = code.substr(0, code.find('\n'));
    for (std::string_view const word : {" if ", "not "}) {
      std::size_t count = 0;
      for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) ++count;
      if (count > most_in_a_line) throw std::runtime_error{"its code is nested too deeply"};
    }
    code.remove_prefix(std::min(line.size() + 1, code.size()));
  }
}

void check_code(std::vector<std::byte> const& data) {
  std::string_view const code{reinterpret_cast<char const*>(data.data()), data.size()};
  check_nesting(code);
  check_words(code);
}

// Every entry is known, and its name means nothing else to a reader that does not tell capitals
// from small letters, as LibTorch's does.
void check_entry(zip_archive const& archive, std::string const& name, std::vector<std::byte> const& data) {
  auto const in = [&](std::string_view folder) { return name.starts_with(folder); };
  bool const is_plain = name == "version" || name == "byteorder" || in(".data/") || in(".format_version") ||
                        in(".storage_alignment") || in("data/") || in("constants/") || in("extra/");
  if (name == "data.pkl" || name == "constants.pkl")
    check_objects(archive, name, data);
  else if (in("code/") && name.ends_with(".debug_pkl"))
    check_ranges(objects_in(name, data));
  else if (in("code/") && name.ends_with(".py"))
    check_code(data);
  else if (!is_plain)
    throw std::runtime_error{"it has an entry '" + name + "' that torch.jit.save does not write"};
}

// LibTorch's reader leaks where it cannot make sense of the version.
void check_version(zip_archive const& archive, input_file const& file) {
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
}

}  // namespace

void check_script_archive(std::filesystem::path const& path) {
  input_file file{path, errc::bad_file};
  std::vector<std::byte> const start = file.read(0, std::min<std::uint64_t>(file.size(), 4));
  bool const is_zip = start == std::vector{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  if (!is_zip) file.refuse("it is no TorchScript file; write one with torch.jit.save(torch.jit.script(model), file)");
  zip_archive const archive{file};
  if (!archive.has("constants.pkl"))
    file.refuse(
        "it holds weights or a pickled module, but no TorchScript; write torch.jit.script(model) or "
        "torch.jit.trace(model, input) with torch.jit.save");
  check_version(archive, file);
  caffe2::serialize::PyTorchStreamReader reader{path.string()};
  auto const unpack = [&](std::string const& name) {
    auto const [data, size] = reader.getRecord(name);
    std::vector<std::byte> bytes(size);
    if (size > 0) std::memcpy(bytes.data(), data.get(), size);
    return bytes;
  };
  auto const look = [&](std::string const& name, std::vector<std::byte> const& data) {
    try {
      check_entry(archive, name, data);
    } catch (std::runtime_error const& why) {
      file.refuse(why.what());
    }
  };
  archive.for_each(unpack, most_code, look);
}

}  // namespace dsc::libtorch::detail
