#include "device/aten.hpp"

#include "torchscript/input_file.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/ScalarType.h>

#include <dsc/libtorch/error.hpp>

namespace dsc::libtorch::detail {

input_file::input_file(std::filesystem::path const& path, error_code refusal)
    : name_{path.string()}, refusal_{refusal} {
  std::error_code failed;
  std::filesystem::file_status const there = std::filesystem::status(path, failed);
  if (std::filesystem::is_directory(there))
    throw error{errc::cannot_read, "cannot read '" + name_ + "': it is a folder; give a file"};
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    throw error{errc::cannot_read, "cannot read '" + name_ +
                                       "': it is a pipe or a device; give a file, which can be "
                                       "read at any place"};
  if (!std::filesystem::exists(there))
    throw error{errc::cannot_read, "cannot read '" + name_ + "': there is no such file; check the path"};
  size_ = std::filesystem::file_size(path, failed);
  if (!failed) stream_.open(path, std::ios::binary);
  if (failed || !stream_) throw error{errc::cannot_read, "cannot read '" + name_ + "'; check its permissions"};
}

void input_file::refuse(std::string const& why) const {
  std::string const beginning = refusal_ == libtorch_errc::bad_weights ? "cannot take weights from '" : "cannot read '";
  throw error{refusal_, beginning + name_ + "': " + why};
}

void input_file::check(std::uint64_t offset, std::uint64_t count) const {
  if (offset > size_ || count > size_ - offset) refuse("it is damaged or truncated; get it again");
}

void input_file::read(std::uint64_t offset, std::span<std::byte> into) {
  check(offset, into.size());
  stream_.seekg(static_cast<std::streamoff>(offset));
  stream_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  if (!stream_) throw error{errc::cannot_read, "reading '" + name_ + "' failed half-way; is its disk still there?"};
}

std::vector<std::byte> input_file::read(std::uint64_t offset, std::uint64_t count) {
  check(offset, count);
  std::vector<std::byte> data(count);
  read(offset, data);
  return data;
}

at::Tensor input_file::read_tensor(std::uint64_t offset, std::uint64_t count, at::ScalarType type) {
  std::uint64_t const each = c10::elementSize(type);
  if (count > size_ / each) refuse("it is damaged or truncated; get it again");
  check(offset, count * each);
  tensor_bytes_ += count * each;
  if (tensor_bytes_ > size_) refuse("its tensors overlap, which no tool writes; get it again");
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(count)}, type);
  read(offset, {static_cast<std::byte*>(tensor.data_ptr()), count * each});
  return tensor;
}

}  // namespace dsc::libtorch::detail
