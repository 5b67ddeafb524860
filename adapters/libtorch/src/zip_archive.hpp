#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "input_file.hpp"

namespace dsc::libtorch::detail {

/// The archive that `torch.save` writes: a zip whose entries are stored, never compressed.
class zip_archive {
 public:
  /// Reads the directory. Throws `bad_weights`. The file must outlive the archive.
  explicit zip_archive(input_file& file);

  bool has(std::string const& name) const { return entries_.contains(folder_ + name); }
  /// The bytes of an entry of the archive's one folder. Throws `bad_weights` where it is missing or damaged.
  std::vector<std::byte> read(std::string const& name) const;
  /// The same as numbers, `count` of them.
  at::Tensor read_tensor(std::string const& name, std::uint64_t count, at::ScalarType type) const;

 private:
  struct entry {
    std::uint64_t header = 0;
    std::uint64_t size = 0;
    std::uint32_t checksum = 0;
  };
  struct directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  directory find_directory() const;
  void read_directory(directory const& where);
  std::size_t read_entry(std::span<std::byte const> data);
  entry const& find(std::string const& name) const;
  std::uint64_t data_of(entry const& found) const;
  void check(entry const& found, std::span<std::byte const> data, std::string const& name) const;

  input_file& file_;
  std::map<std::string, entry> entries_;
  std::string folder_;
};

}  // namespace dsc::libtorch::detail
