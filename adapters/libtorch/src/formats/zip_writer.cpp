#include "formats/zip_writer.hpp"

#include <concepts>
#include <limits>
#include <utility>

#include "formats/zip_records.hpp"

namespace dsc::libtorch::detail {
namespace {

constexpr std::uint16_t version_with_zip64 = 45;
constexpr std::uint16_t first_day = 0x21;  // 1 January 1980
constexpr std::size_t alignment = 64;
constexpr std::uint16_t padding_field = 0x4246;  // "FB", as PyTorch's writer has it

template <std::unsigned_integral Number>
void put(std::vector<std::byte>& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
}

void put(std::vector<std::byte>& out, std::string_view text) {
  for (char const c : text) out.push_back(static_cast<std::byte>(c));
}

// What a local header and an entry of the directory have in common.
void put_common(std::vector<std::byte>& out, std::uint32_t checksum, std::size_t name, std::size_t extra) {
  put(out, version_with_zip64);
  put(out, std::uint16_t{0});  // flags
  put(out, std::uint16_t{0});  // stored
  put(out, std::uint16_t{0});
  put(out, first_day);
  put(out, checksum);
  put(out, in_zip64);
  put(out, in_zip64);
  put(out, static_cast<std::uint16_t>(name));
  put(out, static_cast<std::uint16_t>(extra));
}

}  // namespace

void zip_writer::add(std::string_view name, std::span<std::byte const> data) {
  std::string const path = folder_ + "/" + std::string{name};
  std::uint32_t const checksum = checksum_of(data);
  std::uint64_t const header = file_.size();
  std::size_t const sizes = 4 + 2 * sizeof(std::uint64_t), unpadded = header_size + path.size() + sizes + 4;
  std::size_t const padding = (alignment - (header + unpadded) % alignment) % alignment;
  put(file_, header_mark);
  put_common(file_, checksum, path.size(), sizes + 4 + padding);
  put(file_, path);
  put(file_, zip64_field);
  put(file_, static_cast<std::uint16_t>(sizes - 4));
  put(file_, std::uint64_t{data.size()});
  put(file_, std::uint64_t{data.size()});
  put(file_, padding_field);
  put(file_, static_cast<std::uint16_t>(padding));
  file_.resize(file_.size() + padding);
  file_.insert(file_.end(), data.begin(), data.end());

  put(directory_, entry_mark);
  put(directory_, version_with_zip64);
  put_common(directory_, checksum, path.size(), sizes + sizeof header);
  put(directory_, std::uint16_t{0});  // comment
  put(directory_, std::uint16_t{0});  // disk
  put(directory_, std::uint16_t{0});
  put(directory_, std::uint32_t{0});  // attributes
  put(directory_, in_zip64);
  put(directory_, path);
  put(directory_, zip64_field);
  put(directory_, static_cast<std::uint16_t>(sizes - 4 + sizeof header));
  put(directory_, std::uint64_t{data.size()});
  put(directory_, std::uint64_t{data.size()});
  put(directory_, header);
  ++entries_;
}

std::vector<std::byte> zip_writer::finish() {
  std::uint64_t const directory = file_.size(), end64 = directory + directory_.size();
  file_.insert(file_.end(), directory_.begin(), directory_.end());
  put(file_, end64_mark);
  put(file_, std::uint64_t{end64_size - 12});
  put(file_, version_with_zip64);
  put(file_, version_with_zip64);
  put(file_, std::uint32_t{0});  // disk
  put(file_, std::uint32_t{0});
  put(file_, entries_);
  put(file_, entries_);
  put(file_, std::uint64_t{directory_.size()});
  put(file_, directory);
  put(file_, locator64_mark);
  put(file_, std::uint32_t{0});
  put(file_, end64);
  put(file_, std::uint32_t{1});  // disks
  put(file_, end_mark);
  put(file_, std::uint32_t{0});  // disks
  put(file_, std::numeric_limits<std::uint16_t>::max());
  put(file_, std::numeric_limits<std::uint16_t>::max());
  put(file_, in_zip64);
  put(file_, in_zip64);
  put(file_, std::uint16_t{0});  // comment
  return std::move(file_);
}

}  // namespace dsc::libtorch::detail
