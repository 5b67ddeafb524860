#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <dsc/error.hpp>

namespace dsc {

/// Throws `cannot_write`, naming the file and the reason.
[[noreturn]] inline void cannot_write(std::filesystem::path const& path, std::string const& reason) {
  throw error{errc::cannot_write, "cannot write '" + path.string() + "': " + reason};
}

namespace detail {

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, close_file>;

inline std::string reason(int number) { return std::generic_category().message(number); }

// Writes and closes; what the disk has not taken is an error. `shown` is the file as errors call
// it, `like` the file whose owner and mode the new one gets; null where there is none.
inline void put(int opened, std::filesystem::path const& shown, std::string_view text, struct stat const* like,
                bool to_disk) {
  int const failed_to_open = errno;
  file_handle file{opened < 0 ? nullptr : ::fdopen(opened, "wb")};
  if (!file) cannot_write(shown, reason(opened < 0 ? failed_to_open : errno));
  bool const written =
      std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  if (!written) cannot_write(shown, reason(errno));
  if (like != nullptr) {
    [[maybe_unused]] int const owner_kept = ::fchown(opened, like->st_uid, like->st_gid);
    if (::fchmod(opened, like->st_mode & 07777U) != 0) cannot_write(shown, reason(errno));
  }
  if (to_disk && ::fsync(opened) != 0) cannot_write(shown, reason(errno));
  if (std::fclose(file.release()) != 0) cannot_write(shown, reason(errno));
}

// A file of its own, gone at the end unless it has been renamed. Its name is short, so that the
// target's may be as long as the file system takes.
class temporary_file {
 public:
  explicit temporary_file(std::filesystem::path const& folder)
      : path_{folder / (".tmp-" + std::to_string(std::random_device{}()))} {}
  ~temporary_file() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;

  std::filesystem::path const& path() const { return path_; }
  void rename_to(std::filesystem::path const& target, std::filesystem::path const& shown) {
    std::error_code failed;
    std::filesystem::rename(path_, target, failed);
    if (failed) cannot_write(shown, failed.message());
    path_.clear();
  }

 private:
  std::filesystem::path path_;
};

// Makes a rename in the folder last through a loss of power, where the file system can.
inline void sync_folder(std::filesystem::path const& folder) {
  int const opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  [[maybe_unused]] int const synced = ::fsync(opened);
  ::close(opened);
}

// Where a path leads by its links, whether a file is there or not.
inline std::filesystem::path end_of_links(std::filesystem::path const& path) {
  constexpr int most_links = 40;
  std::filesystem::path target = path;
  std::error_code failed;
  for (int i = 0; std::filesystem::is_symlink(target, failed); ++i) {
    if (i == most_links) cannot_write(path, reason(ELOOP));
    std::filesystem::path const next = std::filesystem::read_symlink(target, failed);
    if (failed) cannot_write(path, failed.message());
    target = target.parent_path() / next;
  }
  return target;
}

// Nobody may write to it: not this process, or no one at all, which root would not be stopped by.
inline bool is_write_protected(std::filesystem::path const& path, struct stat const& existing) {
  return (existing.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 || ::access(path.c_str(), W_OK) != 0;
}

}  // namespace detail

/// The most bytes that `read_file` takes if it is told nothing else: more than any document of dsc
/// has, and little enough to be read from a device that never ends.
inline constexpr std::size_t largest_document = std::size_t{1} << 28U;

/// The bytes of a file. Throws `cannot_read` with the file's name and the system's reason, and for
/// a file of more than `most` bytes.
inline std::string read_file(std::filesystem::path const& path, std::size_t most = largest_document) {
  errno = 0;
  detail::file_handle const file{std::fopen(path.c_str(), "rb")};
  std::string text;
  if (file) {
    std::array<char, 1 << 14> block;
    while (std::size_t const n = std::fread(block.data(), 1, block.size(), file.get())) {
      text.append(block.data(), n);
      if (text.size() > most)
        throw error{errc::cannot_read, "cannot read '" + path.string() + "': it holds more than " +
                                           std::to_string(most) +
                                           " bytes, the most that is read; is it the right file?"};
    }
    if (std::ferror(file.get()) == 0) return text;
  }
  throw error{errc::cannot_read, "cannot read '" + path.string() + "': " + detail::reason(errno)};
}

/// Throws `cannot_write` where `write_file` would for this path, whatever is written, as far as
/// that can be seen before: for long work whose result goes there.
inline void check_writable(std::filesystem::path const& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (path.empty()) cannot_write(path, "it is a folder; give the name of a file");
  fs::path const target = detail::end_of_links(path);
  fs::file_status const there = fs::status(target, ignored);
  if (!target.has_filename() || fs::is_directory(there)) cannot_write(path, "it is a folder; give the name of a file");
  if (fs::exists(there) && !fs::is_regular_file(there)) {  // written to as it is
    if (::access(target.c_str(), W_OK) != 0) cannot_write(path, detail::reason(errno));
    return;
  }
  fs::path const folder = target.has_parent_path() ? target.parent_path() : fs::path{"."};
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    cannot_write(path, "'" + folder.string() + "' is a file, where a folder is needed; give another name");
  if (!fs::is_directory(folder, ignored))
    cannot_write(path, "there is no folder '" + folder.string() + "'; make it first");
  struct stat existing{};
  if (::stat(target.c_str(), &existing) == 0 && detail::is_write_protected(target, existing))
    cannot_write(path, "it is write-protected; give another name, or allow writing to it");
  if (::access(folder.c_str(), W_OK) != 0)
    cannot_write(path, "no file can be made in '" + folder.string() + "': " + detail::reason(errno));
}

/// A file that is complete and on the disk, under a name of its own beside the one that it is for,
/// and gone at the end unless `publish` gave it that name. For several files that belong together:
/// each is staged before the first is published. A file that was there keeps its owner and its
/// mode; links are followed.
class staged_file {
 public:
  /// Throws `cannot_write` as `write_file` does, and for what is no file of its own (a pipe, a
  /// device). What stands at the path is untouched.
  staged_file(std::filesystem::path const& path, std::string_view text)
      : shown_{path}, target_{target_of(path)}, temporary_{folder()} {
    struct stat existing{};
    bool const replaces = ::stat(target_.c_str(), &existing) == 0;
    if (replaces && !S_ISREG(existing.st_mode)) cannot_write(path, "it is a pipe or a device; give the name of a file");
    // Nobody else reads what will be private, not even while it is being written.
    ::mode_t const mode = replaces ? 0600 : 0666;
    detail::put(::open(temporary_.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), path, text,
                replaces ? &existing : nullptr, true);
  }

  /// Takes the path over, also where power is lost right after it. Once.
  void publish() {
    temporary_.rename_to(target_, shown_);
    detail::sync_folder(folder());
  }

 private:
  static std::filesystem::path target_of(std::filesystem::path const& path) {
    check_writable(path);
    return detail::end_of_links(path);
  }
  std::filesystem::path folder() const { return target_.has_parent_path() ? target_.parent_path() : "."; }

  std::filesystem::path shown_, target_;
  detail::temporary_file temporary_;
};

/// Makes or replaces a file: all of `text` or nothing, also where power is lost, by way of a
/// `staged_file`. What is no file of its own (a pipe, a device) is written to directly. Throws
/// `cannot_write` with the file's name and the reason, as for a file that is write-protected; what
/// stood there before is then untouched.
inline void write_file(std::filesystem::path const& path, std::string_view text) {
  check_writable(path);
  std::filesystem::path const target = detail::end_of_links(path);
  struct stat existing{};
  if (::stat(target.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode))
    return detail::put(::open(target.c_str(), O_WRONLY | O_CLOEXEC), path, text, nullptr, false);
  staged_file{path, text}.publish();
}

}  // namespace dsc
