#pragma once

// LibTorch and Catch2 both define CHECK: LibTorch comes first, and Catch2's stays. ivalue.h leads
// for clang, see src/device/aten.hpp.
#include <ATen/core/ivalue.h>

#include <ATen/core/Tensor.h>

#undef CHECK

#include "catch.hpp"
#include "support/errors.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <dsc/libtorch/tensor.hpp>

namespace dsc::test {

inline bool same_bytes(at::Tensor const& a, at::Tensor const& b) {
  using traits = tensor_traits<at::Tensor>;
  return traits::spec(a) == traits::spec(b) && std::ranges::equal(traits::data(a), traits::data(b));
}

/// What reference.py wrote under this name.
inline std::filesystem::path reference(std::string const& name) {
  return std::filesystem::path{DSC_REFERENCE_DIR} / name;
}

inline std::vector<char> contents(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The batch whose bytes a file holds.
inline at::Tensor recorded(std::filesystem::path const& file, tensor_spec const& sample, std::int64_t batch) {
  tensor_spec spec{.element = sample.element, .shape = {batch}};
  for (std::int64_t const extent : sample.shape) spec.shape.push_back(extent);
  std::vector<char> const data = contents(file);
  return tensor_traits<at::Tensor>::make(spec, std::as_bytes(std::span{data}));
}

/// A file that is gone with its scope.
class scratch_file {
 public:
  explicit scratch_file(std::vector<char> const& data) : path_{unique_path()} {
    std::ofstream{path_, std::ios::binary}.write(data.data(), static_cast<std::streamsize>(data.size()));
  }
  scratch_file(scratch_file const&) = delete;
  scratch_file& operator=(scratch_file const&) = delete;
  ~scratch_file() { std::filesystem::remove(path_); }

  std::filesystem::path const& path() const { return path_; }

 private:
  static std::filesystem::path unique_path() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dsc-test-XXXXXX").string();
    int const file = mkstemp(pattern.data());
    if (file >= 0) close(file);
    return pattern;
  }

  std::filesystem::path path_;
};

}  // namespace dsc::test
