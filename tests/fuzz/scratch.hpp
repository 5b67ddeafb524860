#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace dsc::fuzz {

/// A file of this process, in memory where there is a /dev/shm, that holds what was fuzzed.
inline std::filesystem::path file_with(std::uint8_t const* data, std::size_t size) {
  static std::filesystem::path const path = [] {
    std::filesystem::path folder = "/dev/shm";
    if (!std::filesystem::is_directory(folder)) folder = std::filesystem::temp_directory_path();
    folder /= "dsc-fuzz-" + std::to_string(getpid());
    static std::filesystem::path const file = folder;
    std::atexit([] { std::filesystem::remove(file); });
    return folder;
  }();
  std::ofstream{path, std::ios::binary}.write(reinterpret_cast<char const*>(data), static_cast<std::streamsize>(size));
  return path;
}

}  // namespace dsc::fuzz
