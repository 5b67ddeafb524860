#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "torchscript/input_file.hpp"

namespace dsc::libtorch::detail {

/// The archive that `torch.save` and `torch.jit.save` write: a zip whose entries are stored, but
/// for the code in the latter, which is compressed.
class zip_archive {
 public:
  /// Reads the directory. Refuses the file where it is damaged, where two entries differ in
  /// capitals alone, and where another reader might take an entry for something else: a folder, or
  /// one of a shorter name. The file must outlive the archive.
  explicit zip_archive(input_file& file);

  bool has(std::string const& name) const { return entries_.contains(folder_ + name); }
  /// The bytes of a stored entry of the archive's one folder. Refuses the file where it is missing,
  /// damaged or compressed.
  std::vector<std::byte> read(std::string const& name) const;
  /// The same as numbers, `count` of them.
  at::Tensor read_tensor(std::string const& name, std::uint64_t count, at::ScalarType type) const;

  /// The names of all entries, within the archive's folder. Refuses the file where one lies outside
  /// of it, where the stored ones are together larger than the file, and where the compressed ones
  /// would take more than `most_unpacked` bytes.
  std::vector<std::string> names(std::uint64_t most_unpacked) const;
  /// The bytes of an entry that `names` told, unpacked where it is compressed. Refuses the file
  /// where it is missing or damaged.
  std::vector<std::byte> unpacked(std::string const& name) const;

  /// Bytes of an entry when unpacked; 0 where there is none.
  std::uint64_t size_of(std::string const& name) const;

 private:
  struct entry {
    std::uint64_t header = 0;
    std::uint64_t size = 0;
    std::uint64_t stored_size = 0;
    std::uint32_t checksum = 0;
    bool compressed = false;
  };
  struct directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  directory find_directory() const;
  void read_directory(directory const& where);
  std::size_t read_entry(std::span<std::byte const> data);
  void check_name(std::string const& name, bool is_folder);
  entry const& find(std::string const& name) const;
  entry const& find_stored(std::string const& name) const;
  std::uint64_t data_of(entry const& place) const;
  void check(entry const& place, std::span<std::byte const> data, std::string const& name) const;

  input_file& file_;
  std::map<std::string, entry> entries_;
  std::set<std::string> lower_names_;
  std::string folder_;
};

}  // namespace dsc::libtorch::detail
