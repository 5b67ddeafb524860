#include "result_folder.hpp"

#include <algorithm>

#include <dsc/io/file.hpp>

#include "console/interrupt.hpp"

namespace dsc::paper {
namespace {

constexpr std::string_view title = "results of dsc_paper\n", list_of_files = "files\n";

void make_folder(std::filesystem::path const& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed || !std::filesystem::is_directory(folder))
    throw error{errc::cannot_write, "cannot make the folder '" + folder.string() +
                                        "': " + (failed ? failed.message() : "there is a file of this name")};
}

// What a stamp says was written, as far as such a file can only be one of this program's tables.
std::vector<std::filesystem::path> files_in(std::string_view stamp) {
  std::vector<std::filesystem::path> files;
  std::size_t const list = stamp.find(list_of_files);
  std::string_view rest =
      list == std::string_view::npos ? std::string_view{} : stamp.substr(list + list_of_files.size());
  while (!rest.empty()) {
    std::size_t const end = std::min(rest.find('\n'), rest.size());
    std::filesystem::path const file{rest.substr(0, end)};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (file.is_relative() && file.extension() == ".csv" && file.lexically_normal() == file && *file.begin() != "..")
      files.push_back(file);
  }
  return files;
}

std::string stamp_of(std::string_view settings, std::vector<std::string> const& files) {
  std::string stamp{title};
  stamp.append(settings).append(list_of_files);
  for (std::string const& file : files) stamp.append(file).append("\n");
  return stamp;
}

}  // namespace

result_folder::result_folder(std::filesystem::path folder, std::string_view experiment, std::string_view settings,
                             std::vector<std::string> const& files, bool fresh)
    : folder_{std::move(folder)} {
  make_folder(folder_);
  std::string const stamp = stamp_of(settings, files), stamp_file = "settings-" + std::string{experiment} + ".txt";
  std::filesystem::path const old = folder_ / stamp_file;
  std::string const stamp_there = std::filesystem::exists(old) ? read_file(old) : std::string{};
  bool const ours = stamp_there.starts_with(title);
  if (ours && stamp_there != stamp && !fresh)
    throw error{errc::cannot_write,
                "'" + folder_.string() + "' holds results of '" + std::string{experiment} +
                    "' with other settings or profiles; take another folder, or --fresh to replace them"};
  if (ours && fresh)
    for (std::filesystem::path const& file : files_in(stamp_there)) std::filesystem::remove(folder_ / file);
  if (!ours || fresh)
    for (std::string const& file : files)
      if (has(file))
        throw error{errc::cannot_write,
                    "'" + (folder_ / file).string() +
                        "' was not written by this program with known settings; take another folder"};
  write(stamp_file, stamp);
}

bool result_folder::has(std::string_view file) const { return std::filesystem::is_regular_file(folder_ / file); }

void result_folder::write(std::string_view file, std::string_view text) const {
  std::filesystem::path const target = folder_ / file;
  make_folder(target.parent_path());
  cli::uninterrupted const writing;
  write_file(target, text);
}

}  // namespace dsc::paper
