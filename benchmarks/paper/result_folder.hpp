#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dsc::paper {

/// Where results go. It remembers what they were asked with, so that a run that was stopped goes on, and results of different settings never mix.
class result_folder {
 public:
  /// Makes the folder where there is none. With `fresh`, results that are there already are removed first; else throws `cannot_write` where they are
  /// of other settings.
  result_folder(std::filesystem::path folder, std::string_view settings, bool fresh);

  std::filesystem::path const& path() const { return folder_; }

  /// Whether a run with these settings has written the file.
  bool has(std::string_view file) const;

  /// Writes a file, all or nothing, and the folders on the way to it.
  void write(std::string_view file, std::string_view text) const;

 private:
  void remove_results() const;

  std::filesystem::path folder_;
};

}  // namespace dsc::paper
