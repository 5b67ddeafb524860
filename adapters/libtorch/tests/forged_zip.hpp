#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace dsc::test {

/// A stored (not compressed) entry of a zip file.
struct zip_entry {
  std::string name;
  std::size_t checksum_at;  ///< in the directory
  std::size_t data_at;
  std::size_t size;
};

template <class Number>
Number number_in(std::vector<char> const& file, std::size_t at) {
  Number value{};
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

/// The stored entries of a small zip file, as its directory lists them.
inline std::vector<zip_entry> stored_entries(std::vector<char> const& file) {
  std::size_t end = file.size() - 22;
  while (number_in<std::uint32_t>(file, end) != 0x06054b50) --end;
  std::vector<zip_entry> entries;
  for (std::size_t at = number_in<std::uint32_t>(file, end + 16); number_in<std::uint32_t>(file, at) == 0x02014b50;) {
    std::size_t const name = number_in<std::uint16_t>(file, at + 28), extra = number_in<std::uint16_t>(file, at + 30);
    std::size_t const header = number_in<std::uint32_t>(file, at + 42);
    std::size_t const data =
        header + 30 + number_in<std::uint16_t>(file, header + 26) + number_in<std::uint16_t>(file, header + 28);
    if (number_in<std::uint16_t>(file, at + 10) == 0)
      entries.push_back({{file.data() + at + 46, name}, at + 16, data, number_in<std::uint32_t>(file, at + 24)});
    at += 46 + name + extra + number_in<std::uint16_t>(file, at + 32);
  }
  return entries;
}

/// Makes the checksum of an entry fit what it holds now.
inline void forge_checksum(std::vector<char>& file, zip_entry const& entry) {
  std::uint32_t value = 0xffffffff;
  for (std::size_t i = 0; i < entry.size; ++i) {
    value ^= static_cast<unsigned char>(file[entry.data_at + i]);
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
  }
  value = ~value;
  std::memcpy(file.data() + entry.checksum_at, &value, sizeof value);
}

}  // namespace dsc::test
