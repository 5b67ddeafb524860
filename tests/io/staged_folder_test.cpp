#include <dsc/io/staged_folder.hpp>

#include <filesystem>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a staged folder is there with all its files or not at all", "[folder]") {
  temporary_folder const folder;
  {
    staged_folder left{folder / "left"};
    left.write("a/b/file", "text");
    CHECK_FALSE(fs::exists(folder / "left"));
  }
  CHECK(folder.entries() == 0);
  staged_folder kept{folder / "kept"};
  kept.write("a/b/file", "text");
  kept.write("other", "");
  kept.publish();
  CHECK(read_file(folder / "kept/a/b/file") == "text");
  CHECK(read_file(folder / "kept/other").empty());
  CHECK(folder.entries() == 1);
}

TEST_CASE("an empty folder is taken, at the end of links and with a slash behind it, too", "[folder]") {
  temporary_folder const folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink("real", folder / "link");
  for (std::string const name : {"real", "link", "new/", "real/"}) {
    staged_folder staged{folder / name};
    staged.write("file", name);
    staged.publish();
    CHECK(read_file(folder / name / "file") == name);
    fs::remove(folder / name / "file");
  }
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(folder.entries() == 3);
}

TEST_CASE("what stands in the way of a staged folder is left as it is", "[folder]") {
  temporary_folder const folder;
  fs::create_directory(folder / "full");
  write_file(folder / "full/file", "old");
  CHECK_THROWS_WITH(staged_folder{folder / "full"}, Contains("something in this folder"));
  CHECK_THROWS_WITH(staged_folder{folder / "full/file"}, Contains("it is a file"));
  CHECK_THROWS_WITH(staged_folder{folder / "none/new"}, Contains("there is no folder") && Contains("none'"));
  CHECK_THROWS_WITH(staged_folder{""}, Contains("names no folder"));
  CHECK(code_of([&] { staged_folder{folder / "."}; }) == errc::cannot_write);
  CHECK(read_file(folder / "full/file") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a file of a staged folder is written once", "[folder]") {
  temporary_folder const folder;
  staged_folder staged{folder / "new"};
  staged.write("file", "one");
  CHECK_THROWS_WITH(staged.write("file", "two"), Contains((folder / "new/file").string()));
}

}  // namespace
