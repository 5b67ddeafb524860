#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace dsc::test {

/// An empty folder that is gone, with all that is in it, at the end.
class temporary_folder {
 public:
  temporary_folder()
      : path_{std::filesystem::temp_directory_path() / ("dsc-test-" + std::to_string(std::random_device{}()))} {
    std::filesystem::create_directories(path_);
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;

  std::filesystem::path operator/(std::string const& name) const { return path_ / name; }
  std::filesystem::path const& path() const { return path_; }
  /// How many files and folders are in it.
  auto entries() const {
    return std::distance(std::filesystem::directory_iterator{path_}, std::filesystem::directory_iterator{});
  }

 private:
  std::filesystem::path path_;
};

}  // namespace dsc::test
