#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <zlib.h>

// The records of a zip file: PKWARE's APPNOTE.TXT, sections 4.3 (records) and 4.5.3 (zip64).
namespace dsc::libtorch::detail {

inline constexpr std::uint32_t header_mark = 0x04034b50;
inline constexpr std::uint32_t entry_mark = 0x02014b50;
inline constexpr std::uint32_t end_mark = 0x06054b50;
inline constexpr std::uint32_t end64_mark = 0x06064b50;
inline constexpr std::uint32_t locator64_mark = 0x07064b50;
inline constexpr std::size_t header_size = 30;
inline constexpr std::size_t entry_size = 46;
inline constexpr std::size_t end_size = 22;
inline constexpr std::size_t locator64_size = 20;
inline constexpr std::size_t end64_size = 56;
inline constexpr std::uint32_t in_zip64 = 0xffffffff;  ///< a number that stands in the zip64 field instead
inline constexpr std::uint16_t zip64_field = 1;

/// The CRC-32 of an entry.
inline std::uint32_t checksum_of(std::span<std::byte const> data) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  uLong value = crc32(0, nullptr, 0);
  while (!data.empty()) {
    auto const part = data.first(std::min(data.size(), most));
    value = crc32(value, reinterpret_cast<Bytef const*>(part.data()), static_cast<uInt>(part.size()));
    data = data.subspan(part.size());
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace dsc::libtorch::detail
