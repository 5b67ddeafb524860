#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dsc::cli {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece: what is the same for the same bytes, and
/// for others is not.
class fingerprint {
 public:
  void add(std::span<std::byte const> data);
  void add(std::string_view text) { add(std::as_bytes(std::span{text})); }

  /// Of everything added so far, as 64 hexadecimal digits.
  std::string digits() const;

 private:
  void take_block();

  static constexpr std::size_t block_size = 64;
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, block_size> block_{};
  std::uint64_t size_ = 0;  // in bytes
};

}  // namespace dsc::cli
