#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

/// A number of what two sides should have in common. It tells a slip (other weights, another
/// network), not a forgery: it is no cryptographic hash.
namespace dsc {

namespace detail {

// XXH64, as its specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) has it.
class xxh64 {
 public:
  static std::uint64_t of(std::span<std::byte const> data, std::uint64_t seed) {
    std::byte const* at = data.data();
    std::byte const* const end = at + data.size();
    std::uint64_t hash = seed + prime5;
    if (data.size() >= 32) {
      std::uint64_t lane[4] = {seed + prime1 + prime2, seed + prime2, seed, seed - prime1};
      for (; end - at >= 32; at += 32)
        for (int i = 0; i < 4; ++i) lane[i] = round(lane[i], read<std::uint64_t>(at + std::ptrdiff_t{8} * i));
      hash = std::rotl(lane[0], 1) + std::rotl(lane[1], 7) + std::rotl(lane[2], 12) + std::rotl(lane[3], 18);
      for (std::uint64_t const each : lane) hash = (hash ^ round(0, each)) * prime1 + prime4;
    }
    return avalanche(rest(hash + data.size(), at, end));
  }

 private:
  static constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87U, prime2 = 0xC2B2AE3D27D4EB4FU,
                                 prime3 = 0x165667B19E3779F9U, prime4 = 0x85EBCA77C2B2AE63U,
                                 prime5 = 0x27D4EB2F165667C5U;

  template <class Word>
  static Word read(std::byte const* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  static constexpr std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
    return std::rotl(lane + word * prime2, 31) * prime1;
  }

  // The last bytes, fewer than 32.
  static std::uint64_t rest(std::uint64_t hash, std::byte const* at, std::byte const* end) {
    for (; end - at >= 8; at += 8) hash = std::rotl(hash ^ round(0, read<std::uint64_t>(at)), 27) * prime1 + prime4;
    if (end - at >= 4) {
      hash = std::rotl(hash ^ (read<std::uint32_t>(at) * prime1), 23) * prime2 + prime3;
      at += 4;
    }
    for (; at != end; ++at) hash = std::rotl(hash ^ (std::to_integer<std::uint64_t>(*at) * prime5), 11) * prime1;
    return hash;
  }

  static constexpr std::uint64_t avalanche(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33U)) * prime2;
    hash = (hash ^ (hash >> 29U)) * prime3;
    return hash ^ (hash >> 32U);
  }
};

}  // namespace detail

/// Takes in bytes, piece by piece; another order or another division gives another number. Some 5
/// GB/s.
class fingerprint {
 public:
  void add(std::span<std::byte const> piece) { state_ = detail::xxh64::of(piece, state_); }
  void add(std::string_view piece) { add(std::as_bytes(std::span{piece.data(), piece.size()})); }
  void add(std::uint64_t number) { add(std::as_bytes(std::span{&number, 1})); }

  std::uint64_t number() const { return state_; }

  /// Sixteen hexadecimal digits.
  std::string text() const {
    std::string digits(16, '0');
    for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = "0123456789abcdef"[(state_ >> (60 - 4 * i)) & 15U];
    return digits;
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace dsc
