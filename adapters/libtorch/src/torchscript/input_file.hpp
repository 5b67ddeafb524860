#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include <dsc/error.hpp>
#include <dsc/libtorch/error.hpp>

namespace dsc::libtorch::detail {

/// A file that nobody vouches for: reads are checked against its end, and all tensors read from it
/// may together take no more bytes than it has.
class input_file {
 public:
  /// `refusal` is the number of the errors that the file's content causes. Throws `cannot_read`.
  explicit input_file(std::filesystem::path const& path, error_code refusal = libtorch_errc::bad_weights);

  std::uint64_t size() const { return size_; }

  /// Refuses where the bytes do not lie within the file.
  void read(std::uint64_t offset, std::span<std::byte> into);
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count);

  /// A contiguous tensor of `count` numbers, which lie from `offset` on. Refuses before anything is
  /// allocated.
  at::Tensor read_tensor(std::uint64_t offset, std::uint64_t count, at::ScalarType type);

  /// Throws for this file, because of `why`.
  [[noreturn]] void refuse(std::string const& why) const;

 private:
  void check(std::uint64_t offset, std::uint64_t count) const;

  std::string name_;
  error_code refusal_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
  std::uint64_t tensor_bytes_ = 0;
};

/// Little-endian numbers out of bytes; the caller has checked that they are there.
template <class Number>
Number number_at(std::span<std::byte const> data, std::size_t offset) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    value = static_cast<Number>(
        value | static_cast<Number>(static_cast<Number>(std::to_integer<std::uint8_t>(data[offset + i])) << (8 * i)));
  return value;
}

}  // namespace dsc::libtorch::detail
