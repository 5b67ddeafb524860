#include "engines/fingerprint.hpp"

#include <algorithm>
#include <bit>

namespace dsc::cli {
namespace {

constexpr std::array<std::uint32_t, 64> round_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(std::span<std::byte const> four) {
  std::uint32_t number = 0;
  for (std::byte const each : four) number = number << 8U | std::to_integer<std::uint32_t>(each);
  return number;
}

std::array<std::uint32_t, 64> schedule(std::span<std::byte const> block) {
  std::array<std::uint32_t, 64> words{};
  for (std::size_t i = 0; i < 16; ++i) words.at(i) = big_endian(block.subspan(4 * i, 4));
  for (std::size_t i = 16; i < words.size(); ++i) {
    std::uint32_t const early = words.at(i - 15), late = words.at(i - 2);
    std::uint32_t const a = std::rotr(early, 7) ^ std::rotr(early, 18) ^ early >> 3U;
    std::uint32_t const b = std::rotr(late, 17) ^ std::rotr(late, 19) ^ late >> 10U;
    words.at(i) = words.at(i - 16) + a + words.at(i - 7) + b;
  }
  return words;
}

}  // namespace

void fingerprint::add(std::span<std::byte const> data) {
  while (!data.empty()) {
    std::size_t const filled = size_ % block_size, part = std::min(block_size - filled, data.size());
    std::ranges::copy(data.first(part), block_.begin() + static_cast<std::ptrdiff_t>(filled));
    data = data.subspan(part);
    size_ += part;
    if (size_ % block_size == 0) take_block();
  }
}

void fingerprint::take_block() {
  std::array<std::uint32_t, 64> const words = schedule(block_);
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t const one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) +
                              round_constants[i] + words[i];
    std::uint32_t const two = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
  }
  std::array<std::uint32_t, 8> const sum{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < sum.size(); ++i) state_[i] += sum[i];
}

std::string fingerprint::digits() const {
  fingerprint whole = *this;
  std::uint64_t const bits = 8 * size_;
  std::byte const end{0x80}, zero{0};
  whole.add(std::span{&end, 1});
  while (whole.size_ % block_size != block_size - sizeof bits) whole.add(std::span{&zero, 1});
  for (std::size_t i = sizeof bits; i-- > 0;) {
    auto const each = static_cast<std::byte>(bits >> (8 * i));
    whole.add(std::span{&each, 1});
  }
  std::string text;
  for (std::uint32_t const word : whole.state_)
    for (std::size_t i = 8; i-- > 0;) text += "0123456789abcdef"[word >> (4 * i) & 0xfU];
  return text;
}

}  // namespace dsc::cli
