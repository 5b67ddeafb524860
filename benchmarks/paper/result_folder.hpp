#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dsc::paper {

/// Where the results of one experiment go. It remembers what they were asked with, so that a run
/// that was stopped goes on, and results of different settings never mix.
class result_folder {
 public:
  /// Makes the folder where there is none. `files` are those that the experiment will write. With
  /// `fresh`, what it has written there before is removed first; else throws `cannot_write` where
  /// that was of other settings. Files of the same names that it did not write are never touched:
  /// `cannot_write`.
  result_folder(std::filesystem::path folder, std::string_view experiment, std::string_view settings,
                std::vector<std::string> const& files, bool fresh);

  /// Whether a run with these settings has written the file.
  bool has(std::string_view file) const;

  /// Writes a file, all or nothing, and the folders on the way to it.
  void write(std::string_view file, std::string_view text) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace dsc::paper
