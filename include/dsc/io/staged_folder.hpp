#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <dsc/io/file.hpp>

namespace dsc {

/// A folder that is filled under a name of its own beside the one that it is for, and gone at the
/// end, with all that is in it, unless `publish` gave it that name: all of it or nothing.
class staged_folder {
 public:
  /// Throws `cannot_write` where no folder can be made at the path, and where one stands there with
  /// something in it, which stays as it is. Links are followed.
  explicit staged_folder(std::filesystem::path const& path) : shown_{path}, target_{target_of(path)} {
    std::error_code failed;
    std::filesystem::path const name = ".tmp-" + std::to_string(std::random_device{}());
    std::filesystem::create_directory(parent() / name, failed);
    if (failed) cannot_write(shown_, failed.message());
    staged_ = parent() / name;
  }
  ~staged_folder() {
    std::error_code ignored;
    if (!staged_.empty()) std::filesystem::remove_all(staged_, ignored);
  }
  staged_folder(staged_folder const&) = delete;
  staged_folder& operator=(staged_folder const&) = delete;

  /// A file in it, by its path from there; folders on the way are made. Throws `cannot_write`,
  /// naming the file as it will be called.
  void write(std::filesystem::path const& file, std::string_view text) {
    std::filesystem::path const path = staged_ / file;
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed) cannot_write(shown_ / file, failed.message());
    detail::put(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), shown_ / file, text, nullptr,
                true);
    detail::sync_folder(path.parent_path());
  }

  /// Takes the path over. Once.
  void publish() {
    detail::sync_folder(staged_);
    std::error_code failed;
    std::filesystem::rename(staged_, target_, failed);
    if (failed) cannot_write(shown_, failed.message());
    staged_.clear();
    detail::sync_folder(parent());
  }

 private:
  static std::filesystem::path target_of(std::filesystem::path const& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    fs::path const plain = path.has_filename() ? path : path.parent_path();  // `folder/` is `folder`
    if (plain.empty()) cannot_write(path, "it names no folder; give the name of one");
    fs::path target = detail::end_of_links(plain);
    if (!target.has_filename() || target.filename() == "." || target.filename() == "..")
      cannot_write(path, "it is a folder that is there already; give the name of a new one");
    if (fs::is_directory(target, ignored) && !fs::is_empty(target, ignored))
      cannot_write(path, "there is something in this folder; give the name of a new one, or remove it first");
    if (fs::exists(target, ignored) && !fs::is_directory(target, ignored))
      cannot_write(path, "it is a file; give the name of a folder");
    fs::path const parent = parent_of(target);
    if (!fs::is_directory(parent, ignored))
      cannot_write(path, "there is no folder '" + parent.string() + "'; make it first");
    return target;
  }
  static std::filesystem::path parent_of(std::filesystem::path const& target) {
    return target.has_parent_path() ? target.parent_path() : ".";
  }
  std::filesystem::path parent() const { return parent_of(target_); }

  std::filesystem::path shown_, target_, staged_;
};

}  // namespace dsc
