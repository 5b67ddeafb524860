#include "options/writable.hpp"

#include <unistd.h>

#include <dsc/error.hpp>

namespace dsc::cli {

void check_writable(std::filesystem::path const& file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  if (fs::is_directory(file, ignored))
    throw error{errc::cannot_write, "cannot write '" + file.string() + "': it is a folder; give the name of a file"};
  if (!fs::is_directory(folder, ignored))
    throw error{errc::cannot_write,
                "cannot write '" + file.string() + "': there is no folder '" + folder.string() + "'; make it first"};
  // A file is replaced by way of another one beside it; a pipe or a device is written to as it is.
  bool const replaced = !fs::exists(file, ignored) || fs::is_regular_file(file, ignored);
  if (access(replaced ? folder.c_str() : file.c_str(), W_OK) != 0)
    throw error{errc::cannot_write, "cannot write '" + file.string() + "': nobody may write to it here"};
}

}  // namespace dsc::cli
