#include "device/aten.hpp"

#include "formats/zip_archive.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "formats/zip_records.hpp"

// Layout: PKWARE's APPNOTE.TXT, sections 4.3 (records) and 4.5.3 (zip64).
namespace dsc::libtorch::detail {
namespace {

constexpr std::uint16_t deflated = 8;
constexpr std::uint32_t folder_attribute = 0x10;

// The bytes that `data` was made of by deflate; nothing where they are not `size` many.
std::optional<std::vector<std::byte>> inflated(std::vector<std::byte>& data, std::uint64_t size) {
  constexpr std::uint64_t most = std::numeric_limits<uInt>::max();
  if (data.size() > most || size > most) return {};
  std::vector<std::byte> unpacked(std::max<std::uint64_t>(size, 1));  // zlib wants a place even for nothing
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  stream.avail_out = static_cast<uInt>(size);
  int const state = inflate(&stream, Z_FINISH);
  bool const whole = state == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) return {};
  unpacked.resize(size);
  return unpacked;
}

// An entry that tells a file of torch.export.save: of PyTorch up to 2.7 and since.
bool is_exported_program(std::string_view name) {
  return name == "serialized_exported_program.json" || name.ends_with("/serialized_exported_program.json") ||
         name.ends_with("/archive_format");
}

// Replaces those of `fields` that are too large for 32 bits by their values in the zip64 field of
// `extra`, where they stand in this order.
bool widen(std::span<std::byte const> extra, std::initializer_list<std::uint64_t*> fields) {
  while (extra.size() >= 4) {
    auto const id = number_at<std::uint16_t>(extra, 0);
    std::size_t const size = number_at<std::uint16_t>(extra, 2);
    if (size > extra.size() - 4) return false;
    std::span<std::byte const> body = extra.subspan(4, size);
    extra = extra.subspan(4 + size);
    if (id != 1) continue;
    for (std::uint64_t* const field : fields) {
      if (*field != in_zip64) continue;
      if (body.size() < 8) return false;
      *field = number_at<std::uint64_t>(body, 0);
      body = body.subspan(8);
    }
    return true;
  }
  return std::ranges::none_of(fields, [](std::uint64_t const* field) { return *field == in_zip64; });
}

}  // namespace

zip_archive::zip_archive(input_file& file) : file_{file} {
  read_directory(find_directory());
  for (auto const& [name, place] : entries_)
    if (name.ends_with("/data.pkl") && name.find('/') == name.size() - 9) folder_ = name.substr(0, name.size() - 8);
  if (!folder_.empty()) return;
  if (std::ranges::any_of(entries_, [](auto const& item) { return is_exported_program(item.first); }))
    file_.refuse(
        "it is a program of torch.export, not TorchScript; write torch.jit.trace(model, input) of the same model "
        "with torch.jit.save");
  file_.refuse("it is a zip file, but not one of PyTorch; is it the right file?");
}

zip_archive::directory zip_archive::find_directory() const {
  std::uint64_t const tail_size =
      std::min<std::uint64_t>(file_.size(), end_size + std::numeric_limits<std::uint16_t>::max());
  std::uint64_t const tail_offset = file_.size() - tail_size;
  std::vector<std::byte> const tail = file_.read(tail_offset, tail_size);
  for (std::size_t from_end = end_size; from_end <= tail.size(); ++from_end) {
    std::size_t const at = tail.size() - from_end;
    if (number_at<std::uint32_t>(tail, at) != end_mark) continue;
    if (at >= locator64_size && number_at<std::uint32_t>(tail, at - locator64_size) == locator64_mark) {
      std::vector<std::byte> const end =
          file_.read(number_at<std::uint64_t>(tail, at - locator64_size + 8), end64_size);
      if (number_at<std::uint32_t>(end, 0) != end64_mark) break;
      return {.offset = number_at<std::uint64_t>(end, 48), .size = number_at<std::uint64_t>(end, 40)};
    }
    return {.offset = number_at<std::uint32_t>(tail, at + 16), .size = number_at<std::uint32_t>(tail, at + 12)};
  }
  file_.refuse("it is a torch.save file without its end; get it again");
}

void zip_archive::read_directory(directory const& where) {
  std::vector<std::byte> const data = file_.read(where.offset, where.size);
  for (std::span<std::byte const> rest = data; !rest.empty();) rest = rest.subspan(read_entry(rest));
}

std::size_t zip_archive::read_entry(std::span<std::byte const> data) {
  if (data.size() < entry_size || number_at<std::uint32_t>(data, 0) != entry_mark)
    file_.refuse("its directory is damaged; get it again");
  std::size_t const name_size = number_at<std::uint16_t>(data, 28);
  std::size_t const extra_size = number_at<std::uint16_t>(data, 30);
  std::size_t const total = entry_size + name_size + extra_size + number_at<std::uint16_t>(data, 32);
  if (total > data.size()) file_.refuse("its directory is damaged; get it again");
  std::string const name{reinterpret_cast<char const*>(data.data()) + entry_size, name_size};
  auto const method = number_at<std::uint16_t>(data, 10);
  entry place{.header = number_at<std::uint32_t>(data, 42),
              .size = number_at<std::uint32_t>(data, 24),
              .stored_size = number_at<std::uint32_t>(data, 20),
              .checksum = number_at<std::uint32_t>(data, 16),
              .compressed = method != 0};
  if (!widen(data.subspan(entry_size + name_size, extra_size), {&place.size, &place.stored_size, &place.header}) ||
      (!place.compressed && place.stored_size != place.size) || (place.compressed && method != deflated))
    file_.refuse("its directory is damaged; get it again");
  check_name(name, (number_at<std::uint32_t>(data, 38) & folder_attribute) != 0);
  entries_.emplace(name, place);
  return total;
}

void zip_archive::check_name(std::string const& name, bool is_folder) {
  if (is_folder || name.ends_with('/'))
    file_.refuse("its entry '" + name + "' is said to be a folder, which PyTorch never writes; get it again");
  if (name.find('\0') != std::string::npos)
    file_.refuse("the name of its entry '" + std::string{name.c_str()} + "' goes on behind a zero; get it again");
  std::string lower = name;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (!lower_names_.insert(lower).second) file_.refuse("it has two entries '" + name + "'; get it again");
}

zip_archive::entry const& zip_archive::find(std::string const& name) const {
  auto const place = entries_.find(folder_ + name);
  if (place == entries_.end()) file_.refuse("its entry '" + name + "' is missing; get it again");
  return place->second;
}

zip_archive::entry const& zip_archive::find_stored(std::string const& name) const {
  entry const& place = find(name);
  if (place.compressed)
    file_.refuse("its entry '" + name + "' is compressed, which torch.save never does; save it again");
  return place;
}

std::uint64_t zip_archive::data_of(entry const& place) const {
  std::vector<std::byte> const header = file_.read(place.header, header_size);
  if (number_at<std::uint32_t>(header, 0) != header_mark) file_.refuse("it is damaged; get it again");
  return place.header + header_size + number_at<std::uint16_t>(header, 26) + number_at<std::uint16_t>(header, 28);
}

void zip_archive::check(entry const& place, std::span<std::byte const> data, std::string const& name) const {
  if (checksum_of(data) != place.checksum)
    file_.refuse("its entry '" + name + "' is damaged (wrong checksum); get it again");
}

std::vector<std::byte> zip_archive::read(std::string const& name) const {
  find_stored(name);
  return unpacked(name);
}

std::vector<std::byte> zip_archive::unpacked(std::string const& name) const {
  entry const& place = find(name);
  std::vector<std::byte> data = file_.read(data_of(place), place.stored_size);
  if (place.compressed) {
    auto whole = inflated(data, place.size);
    if (!whole) file_.refuse("its entry '" + name + "' is damaged; get it again");
    data = std::move(*whole);
  }
  check(place, data, name);
  return data;
}

at::Tensor zip_archive::read_tensor(std::string const& name, std::uint64_t count, at::ScalarType type) const {
  entry const& place = find_stored(name);
  std::uint64_t const each = c10::elementSize(type);
  if (place.size % each != 0 || place.size / each != count)
    file_.refuse("its entry '" + name + "' has another length than announced; get it again");
  at::Tensor tensor = file_.read_tensor(data_of(place), count, type);
  check(place, {static_cast<std::byte const*>(tensor.data_ptr()), place.size}, name);
  return tensor;
}

std::uint64_t zip_archive::size_of(std::string const& name) const {
  auto const place = entries_.find(folder_ + name);
  return place == entries_.end() ? 0 : place->second.size;
}

std::vector<std::string> zip_archive::names(std::uint64_t most_unpacked) const {
  std::vector<std::string> list;
  std::uint64_t stored = 0, unpacked = 0;
  for (auto const& [path, place] : entries_) {
    if (!path.starts_with(folder_))
      file_.refuse("it has more than one folder, as '" + path + "' shows, which PyTorch never writes; get it again");
    list.push_back(path.substr(folder_.size()));
    if (place.size > std::max(file_.size(), most_unpacked))
      file_.refuse("its entry '" + path + "' is larger than it can hold; get it again");
    stored += std::min(place.stored_size, file_.size());
    unpacked += place.compressed ? place.size : 0;
    if (stored > file_.size() || unpacked > most_unpacked)
      file_.refuse("its entries are larger than it can hold; get it again");
  }
  return list;
}

}  // namespace dsc::libtorch::detail
