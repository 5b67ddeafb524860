#include "result_folder.hpp"

#include <dsc/io/file.hpp>

#include "interrupt.hpp"

namespace dsc::paper {
namespace {

constexpr char const* settings_file = "settings.txt";
constexpr std::string_view title = "results of dsc_paper\n";

void make_folder(std::filesystem::path const& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed || !std::filesystem::is_directory(folder))
    throw error{errc::cannot_write, "cannot make the folder '" + folder.string() + "': " + (failed ? failed.message() : "there is a file of this name")};
}

}  // namespace

result_folder::result_folder(std::filesystem::path folder, std::string_view settings, bool fresh) : folder_{std::move(folder)} {
  make_folder(folder_);
  std::string const stamp = std::string{title} + std::string{settings};
  if (std::filesystem::path const old = folder_ / settings_file; std::filesystem::exists(old)) {
    std::string const found = read_file(old);
    if (!found.starts_with(title) || (found != stamp && !fresh))
      throw error{errc::cannot_write, "'" + folder_.string() + "' holds results of other settings or profiles; take another folder" +
                                          (found.starts_with(title) ? ", or --fresh to replace them" : "")};
    if (fresh) remove_results();
  }
  write(settings_file, stamp);
}

// Only what stands where this program puts it, in a folder that it has marked as its own.
void result_folder::remove_results() const {
  std::filesystem::remove_all(folder_ / "grid");
  for (auto const& entry : std::filesystem::directory_iterator{folder_})
    if (entry.is_regular_file() && entry.path().extension() == ".csv") std::filesystem::remove(entry.path());
}

bool result_folder::has(std::string_view file) const { return std::filesystem::is_regular_file(folder_ / file); }

void result_folder::write(std::string_view file, std::string_view text) const {
  std::filesystem::path const target = folder_ / file;
  make_folder(target.parent_path());
  cli::uninterrupted const writing;
  write_file(target, text);
}

}  // namespace dsc::paper
