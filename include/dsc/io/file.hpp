#pragma once

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <dsc/error.hpp>

namespace dsc {
namespace detail {

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, close_file>;

inline std::string reason(int number) { return std::generic_category().message(number); }

[[noreturn]] inline void cannot_write(std::filesystem::path const& path, std::string const& why) {
  throw error{errc::cannot_write, "cannot write '" + path.string() + "': " + why};
}

// Writes and closes; what the disk has not taken is an error.
inline void put(std::filesystem::path const& path, std::filesystem::path const& shown, char const* mode,
                std::string_view text) {
  file_handle file{std::fopen(path.c_str(), mode)};
  if (!file) cannot_write(shown, reason(errno));
  bool const written =
      std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  if (!written) cannot_write(shown, reason(errno));
  if (std::fclose(file.release()) != 0) cannot_write(shown, reason(errno));
}

// A file of its own, gone at the end unless it has been renamed.
class temporary_file {
 public:
  explicit temporary_file(std::filesystem::path const& beside) : path_{beside} {
    path_ += ".tmp-" + std::to_string(std::random_device{}());
  }
  ~temporary_file() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;

  std::filesystem::path const& path() const { return path_; }
  void rename_to(std::filesystem::path const& target) {
    std::error_code failed;
    std::filesystem::rename(path_, target, failed);
    if (failed) cannot_write(target, failed.message());
    path_.clear();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace detail

/// The bytes of a file. Throws `cannot_read` with the file's name and the system's reason.
inline std::string read_file(std::filesystem::path const& path) {
  errno = 0;
  detail::file_handle const file{std::fopen(path.c_str(), "rb")};
  std::string text;
  if (file) {
    std::array<char, 1 << 14> block;
    while (std::size_t const n = std::fread(block.data(), 1, block.size(), file.get())) text.append(block.data(), n);
    if (std::ferror(file.get()) == 0) return text;
  }
  throw error{errc::cannot_read, "cannot read '" + path.string() + "': " + detail::reason(errno)};
}

/// Makes or replaces a file: all of `text` or nothing, by way of a temporary file beside it. What
/// is no file of its own (a pipe, a device) is written to directly. Throws `cannot_write` with the
/// file's name and the reason; what stood there before is then untouched.
inline void write_file(std::filesystem::path const& path, std::string_view text) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const linked = fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : path;
  fs::path const target = linked.empty() ? path : linked;
  fs::file_status const there = fs::status(target, ignored);
  if (target.empty() || fs::is_directory(there)) detail::cannot_write(path, "it is a folder; give the name of a file");
  if (fs::exists(there) && !fs::is_regular_file(there)) return detail::put(target, path, "wb", text);
  fs::path const folder = target.has_parent_path() ? target.parent_path() : fs::path{"."};
  if (!fs::is_directory(folder, ignored))
    detail::cannot_write(path, "there is no folder '" + folder.string() + "'; make it first");

  detail::temporary_file temporary{target};
  detail::put(temporary.path(), path, "wbx", text);
  temporary.rename_to(target);
}

}  // namespace dsc
