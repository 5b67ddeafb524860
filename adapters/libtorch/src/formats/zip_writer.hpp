#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsc::libtorch::detail {

/// Writes a zip file into memory as PyTorch's own writer does: entries in one folder, stored, their
/// data at multiples of 64. Every entry carries its zip64 field, so that one way of writing serves
/// all sizes.
class zip_writer {
 public:
  explicit zip_writer(std::string folder) : folder_{std::move(folder)} {}

  /// Makes room for a file of about this size.
  void reserve(std::uint64_t bytes) { file_.reserve(bytes); }
  void add(std::string_view name, std::span<std::byte const> data);
  /// The whole file; the writer is used up.
  std::vector<std::byte> finish();

 private:
  std::string folder_;
  std::vector<std::byte> file_, directory_;
  std::uint64_t entries_ = 0;
};

}  // namespace dsc::libtorch::detail
