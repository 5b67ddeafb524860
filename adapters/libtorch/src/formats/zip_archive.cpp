#include "device/aten.hpp"

#include "formats/zip_archive.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

// Layout: PKWARE's APPNOTE.TXT, sections 4.3 (records) and 4.5.3 (zip64).
namespace dsc::libtorch::detail {
namespace {

constexpr std::uint32_t header_mark = 0x04034b50;
constexpr std::uint32_t entry_mark = 0x02014b50;
constexpr std::uint32_t end_mark = 0x06054b50;
constexpr std::uint32_t end64_mark = 0x06064b50;
constexpr std::uint32_t locator64_mark = 0x07064b50;
constexpr std::size_t header_size = 30;
constexpr std::size_t entry_size = 46;
constexpr std::size_t end_size = 22;
constexpr std::size_t locator64_size = 20;
constexpr std::size_t end64_size = 56;
constexpr std::uint32_t in_zip64 = 0xffffffff;

// Of every byte what it adds to the checksum when 0 to 7 bytes follow it: eight bytes are then
// taken in at once.
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320u ^ (value >> 1) : value >> 1;
    tables[0][i] = value;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i) tables[t][i] = tables[0][tables[t - 1][i] & 0xff] ^ (tables[t - 1][i] >> 8);
  return tables;
}();

std::uint32_t crc32(std::span<std::byte const> data) {
  std::byte const* at = data.data();
  std::byte const* const end = at + data.size();
  auto const& t = crc_tables;
  std::uint32_t value = 0xffffffff;
  for (; end - at >= 8; at += 8) {
    std::uint32_t first = 0, second = 0;
    std::memcpy(&first, at, 4);
    std::memcpy(&second, at + 4, 4);
    first ^= value;
    value = t[7][first & 0xff] ^ t[6][first >> 8 & 0xff] ^ t[5][first >> 16 & 0xff] ^ t[4][first >> 24] ^
            t[3][second & 0xff] ^ t[2][second >> 8 & 0xff] ^ t[1][second >> 16 & 0xff] ^ t[0][second >> 24];
  }
  for (; at != end; ++at) value = t[0][(value ^ std::to_integer<std::uint32_t>(*at)) & 0xff] ^ (value >> 8);
  return ~value;
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
  for (auto const& [name, where] : entries_)
    if (name.ends_with("/data.pkl") && name.find('/') == name.size() - 9) folder_ = name.substr(0, name.size() - 8);
  if (folder_.empty()) file_.refuse("it is a zip file, but not one of PyTorch");
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
  std::uint64_t stored = number_at<std::uint32_t>(data, 20);
  entry found{.header = number_at<std::uint32_t>(data, 42),
              .size = number_at<std::uint32_t>(data, 24),
              .checksum = number_at<std::uint32_t>(data, 16),
              .compressed = number_at<std::uint16_t>(data, 10) != 0};
  if (!widen(data.subspan(entry_size + name_size, extra_size), {&found.size, &stored, &found.header}) ||
      (!found.compressed && stored != found.size))
    file_.refuse("its directory is damaged; get it again");
  std::string lower = name;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (!lower_names_.insert(lower).second) file_.refuse("it has two entries '" + name + "'; get it again");
  entries_.emplace(name, found);
  return total;
}

zip_archive::entry const& zip_archive::find(std::string const& name) const {
  auto const found = entries_.find(folder_ + name);
  if (found == entries_.end()) file_.refuse("its entry '" + name + "' is missing; get it again");
  if (found->second.compressed) file_.refuse("its entry '" + name + "' is compressed, which torch.save never does");
  return found->second;
}

std::uint64_t zip_archive::data_of(entry const& found) const {
  std::vector<std::byte> const header = file_.read(found.header, header_size);
  if (number_at<std::uint32_t>(header, 0) != header_mark) file_.refuse("it is damaged; get it again");
  return found.header + header_size + number_at<std::uint16_t>(header, 26) + number_at<std::uint16_t>(header, 28);
}

void zip_archive::check(entry const& found, std::span<std::byte const> data, std::string const& name) const {
  if (crc32(data) != found.checksum) file_.refuse("its entry '" + name + "' is damaged (wrong checksum); get it again");
}

std::vector<std::byte> zip_archive::read(std::string const& name) const {
  entry const& found = find(name);
  std::vector<std::byte> data = file_.read(data_of(found), found.size);
  check(found, data, name);
  return data;
}

at::Tensor zip_archive::read_tensor(std::string const& name, std::uint64_t count, at::ScalarType type) const {
  entry const& found = find(name);
  std::uint64_t const each = c10::elementSize(type);
  if (found.size % each != 0 || found.size / each != count)
    file_.refuse("its entry '" + name + "' has another length than announced; get it again");
  at::Tensor tensor = file_.read_tensor(data_of(found), count, type);
  check(found, {static_cast<std::byte const*>(tensor.data_ptr()), found.size}, name);
  return tensor;
}

std::uint64_t zip_archive::size_of(std::string const& name) const {
  auto const found = entries_.find(folder_ + name);
  return found == entries_.end() ? 0 : found->second.size;
}

void zip_archive::for_each(unpacker const& unpack, std::uint64_t most_unpacked, looker const& look) const {
  std::uint64_t stored = 0, unpacked = 0;
  for (auto const& [path, found] : entries_) {
    std::uint64_t& total = found.compressed ? unpacked : stored;
    if (found.size > std::max(file_.size(), most_unpacked)) file_.refuse("its entry '" + path + "' is too large");
    total += found.size;
    if (stored > file_.size() || unpacked > most_unpacked) file_.refuse("its entries are larger than it can hold");
  }
  for (auto const& [path, found] : entries_) {
    if (!path.starts_with(folder_)) file_.refuse("it has more than one folder, as '" + path + "' shows");
    std::string const name = path.substr(folder_.size());
    std::vector<std::byte> const data = found.compressed ? unpack(name) : file_.read(data_of(found), found.size);
    check(found, data, name);
    look(name, data);
  }
}

}  // namespace dsc::libtorch::detail
