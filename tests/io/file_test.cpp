#include <dsc/io/file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("what was written is read", "[file]") {
  temporary_folder const folder;
  std::string const text{"a\0b\r\n\xff", 6};
  write_file(folder / "some file", text);
  CHECK(read_file(folder / "some file") == text);
  write_file(folder / "some file", "");
  CHECK(read_file(folder / "some file").empty());
  CHECK(folder.entries() == 1);
}

TEST_CASE("long files are read whole", "[file]") {
  temporary_folder const folder;
  std::string const text(100'001, 'x');
  write_file(folder / "long", text);
  CHECK(read_file(folder / "long") == text);
}

TEST_CASE("a name without a folder means the folder that one is in", "[file]") {
  temporary_folder const folder;
  fs::path const before = fs::current_path();
  fs::current_path(folder.path());
  write_file("here", "text");
  fs::current_path(before);
  CHECK(read_file(folder / "here") == "text");
}

TEST_CASE("what cannot be read is named with the reason", "[file]") {
  temporary_folder const folder;
  CHECK(code_of([&] { (void)read_file(folder / "none"); }) == errc::cannot_read);
  CHECK_THROWS_WITH(read_file(folder / "none"), Contains((folder / "none").string()) && Contains("No such file"));
  CHECK_THROWS_WITH(read_file(folder.path()), Contains(folder.path().string()) && Contains("directory"));
}

TEST_CASE("what cannot be written leaves nothing behind", "[file]") {
  temporary_folder const folder;
  CHECK_THROWS_WITH(write_file(folder.path(), "x"), Contains("is a folder"));
  CHECK_THROWS_WITH(write_file(folder.path() / "", "x"), Contains("is a folder"));
  CHECK_THROWS_WITH(write_file("", "x"), Contains("is a folder"));
  CHECK_THROWS_WITH(write_file(folder / "none/file", "x"),
                    Contains("no folder") && Contains((folder / "none").string()));
  write_file(folder / "file", "kept");
  CHECK(code_of([&] { write_file(folder / "file/below", "x"); }) == errc::cannot_write);
  CHECK(code_of([&] { write_file(folder.path(), "x"); }) == errc::cannot_write);
  CHECK(folder.entries() == 1);
  CHECK(read_file(folder / "file") == "kept");
}

TEST_CASE("a link is written through", "[file]") {
  temporary_folder const folder;
  write_file(folder / "file", "old");
  fs::create_symlink(folder / "file", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "file") == "new");
}

TEST_CASE("a link that leads nowhere yet is written through, too", "[file]") {
  temporary_folder const folder;
  fs::create_symlink("later", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "later") == "new");
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK_THROWS_WITH(write_file(folder / "a", "x"), Contains("/a'") && Contains("symbolic links"));
  CHECK(fs::is_symlink(folder / "a"));
}

::mode_t mode_of(fs::path const& file) {
  struct stat is{};
  CHECK(::stat(file.c_str(), &is) == 0);
  return is.st_mode & 07777U;
}

TEST_CASE("a file that is replaced keeps its mode", "[file]") {
  temporary_folder const folder;
  for (::mode_t const mode : {0600U, 0640U, 0755U}) {
    write_file(folder / "file", "old");
    CHECK(::chmod((folder / "file").c_str(), mode) == 0);
    write_file(folder / "file", "new");
    CHECK(mode_of(folder / "file") == mode);
  }
  ::mode_t const masked = ::umask(022);
  write_file(folder / "fresh", "new");
  ::umask(masked);
  CHECK(mode_of(folder / "fresh") == 0644);
}

TEST_CASE("staged files take their places when they are told to, and only then", "[file]") {
  temporary_folder const folder;
  write_file(folder / "file", "old");
  CHECK(::chmod((folder / "file").c_str(), 0600) == 0);
  fs::create_symlink("file", folder / "link");
  {
    staged_file const dropped{folder / "link", "never"};
    CHECK(folder.entries() == 3);
    CHECK(read_file(folder / "file") == "old");
  }
  CHECK(folder.entries() == 2);
  staged_file first{folder / "link", "new"}, second{folder / "other", "also new"};
  first.publish();
  second.publish();
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "file") == "new");
  CHECK(mode_of(folder / "file") == 0600);
  CHECK(read_file(folder / "other") == "also new");
  CHECK(folder.entries() == 3);
  CHECK_THROWS_WITH((staged_file{"/dev/null", "x"}), Contains("/dev/null") && Contains("pipe or a device"));
}

TEST_CASE("a write-protected file is left alone, whoever asks", "[file]") {
  temporary_folder const folder;
  write_file(folder / "file", "old");
  CHECK(::chmod((folder / "file").c_str(), 0444) == 0);
  CHECK_THROWS_WITH(write_file(folder / "file", "new"), Contains("/file'") && Contains("write-protected"));
  CHECK(code_of([&] { check_writable(folder / "file"); }) == errc::cannot_write);
  CHECK(read_file(folder / "file") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("names may be as long as the file system takes", "[file]") {
  temporary_folder const folder;
  std::string const longest(255, 'n');
  write_file(folder / longest, "text");
  write_file(folder / longest, "again");
  CHECK(read_file(folder / longest) == "again");
  CHECK_THROWS_WITH(write_file(folder / (longest + "n"), "x"), Contains("too long"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("what never ends is not read for ever", "[file]") {
  temporary_folder const folder;
  write_file(folder / "file", "12345678");
  CHECK(read_file(folder / "file", 8).size() == 8);
  CHECK_THROWS_WITH(read_file(folder / "file", 7), Contains("/file'") && Contains("more than 7 bytes"));
  CHECK(code_of([&] { (void)read_file("/dev/zero", 1'000'000); }) == errc::cannot_read);
}

TEST_CASE("whether a file can be written is known before", "[file]") {
  temporary_folder const folder;
  CHECK_NOTHROW(check_writable(folder / "new"));
  CHECK(folder.entries() == 0);
  CHECK_THROWS_WITH(check_writable(folder.path()), Contains("is a folder"));
  CHECK_THROWS_WITH(check_writable(folder / "none/file"), Contains("no folder"));
  write_file(folder / "taken", "x");
  CHECK_THROWS_WITH(check_writable(folder / "taken/file"), Contains("taken' is a file, where a folder is needed"));
  CHECK_NOTHROW(check_writable("/dev/null"));
}

TEST_CASE("devices stay devices, and a full one is an error", "[file]") {
  if (!fs::exists("/dev/full") || !fs::exists("/dev/null")) return;
  write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(code_of([] { write_file("/dev/full", "x"); }) == errc::cannot_write);
  CHECK_THROWS_WITH(write_file("/dev/full", "x"), Contains("/dev/full") && Contains("No space"));
  CHECK(fs::is_character_file("/dev/full"));
}

}  // namespace
