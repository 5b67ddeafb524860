#include "wire/typed_contents.hpp"

#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include <google/protobuf/wire_format_lite.h>

#include "open_inference.pb.h"
#include "wire/messages.hpp"

namespace dsc::oip {
namespace {

using google::protobuf::io::CodedInputStream;
using inference::InferTensorContents;
using wire_format = google::protobuf::internal::WireFormatLite;

/// Bytes of an element of a list; 0 for lists that dsc has no elements for: bools and texts.
constexpr std::size_t size_in(int list) {
  switch (list) {
    case InferTensorContents::kIntContentsFieldNumber:
    case InferTensorContents::kUintContentsFieldNumber:
    case InferTensorContents::kFp32ContentsFieldNumber:
      return 4;
    case InferTensorContents::kInt64ContentsFieldNumber:
    case InferTensorContents::kFp64ContentsFieldNumber:
      return 8;
    default:
      return 0;
  }
}

constexpr bool is_of_floats(int list) {
  return list == InferTensorContents::kFp32ContentsFieldNumber || list == InferTensorContents::kFp64ContentsFieldNumber;
}

/// The list that holds the elements of a type; 0 where they come as raw contents alone.
constexpr int list_of(element_type type) {
  switch (type) {
    case element_type::uint8:
      return InferTensorContents::kUintContentsFieldNumber;
    case element_type::int8:
    case element_type::int32:
      return InferTensorContents::kIntContentsFieldNumber;
    case element_type::int64:
      return InferTensorContents::kInt64ContentsFieldNumber;
    case element_type::float32:
      return InferTensorContents::kFp32ContentsFieldNumber;
    case element_type::float64:
      return InferTensorContents::kFp64ContentsFieldNumber;
    case element_type::float16:
    case element_type::bfloat16:
      break;
  }
  return 0;
}

// Numbers that came with four bytes each, with one.
template <class From, class To>
std::vector<std::byte> narrowed(std::vector<std::byte> const& elements, std::string const& datatype) {
  std::vector<std::byte> narrow(elements.size() / sizeof(From));
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    From number;
    std::memcpy(&number, elements.data() + i * sizeof number, sizeof number);
    if (number < std::numeric_limits<To>::min() || number > std::numeric_limits<To>::max())
      throw error{errc::bad_tensor, "the number " + std::to_string(number) + " is no element of " + datatype};
    auto const element = static_cast<To>(number);
    std::memcpy(narrow.data() + i, &element, 1);
  }
  return narrow;
}

}  // namespace

bool typed_contents::take(CodedInputStream& in, std::uint32_t tag) {
  int const list = wire_format::GetTagFieldNumber(tag);
  if (list > InferTensorContents::kBytesContentsFieldNumber) return wire_format::SkipField(&in, tag);
  std::size_t const size = size_in(list);
  if (size == 0) throw error{errc::bad_tensor, "a tensor of bools, texts or UINT64 is none that dsc has"};
  if (list_ != 0 && list_ != list) throw error{errc::bad_tensor, "a tensor's contents come as lists of two types"};
  list_ = list;
  auto const type = wire_format::GetTagWireType(tag);
  if (type != wire_format::WIRETYPE_LENGTH_DELIMITED) {
    if (!is_of_floats(list)) return type == wire_format::WIRETYPE_VARINT && take_number(in);
    auto const fixed = size == 4 ? wire_format::WIRETYPE_FIXED32 : wire_format::WIRETYPE_FIXED64;
    return type == fixed && take_fixed(in, size);
  }
  std::uint32_t length = 0;
  if (!in.ReadVarint32(&length) || length > static_cast<std::uint32_t>(in.BytesUntilLimit())) return false;
  if (is_of_floats(list)) return length % size == 0 && take_fixed(in, length);
  auto const outer = in.PushLimit(static_cast<int>(length));
  while (in.BytesUntilLimit() > 0)
    if (!take_number(in)) return false;
  in.PopLimit(outer);
  return true;
}

bool typed_contents::take_number(CodedInputStream& in) {
  std::uint64_t number = 0;
  if (!in.ReadVarint64(&number)) return false;
  std::size_t const size = size_in(list_), end = elements_.size();
  elements_.resize(end + size);
  std::memcpy(elements_.data() + end, &number, size);  // the low bytes come first
  return true;
}

bool typed_contents::take_fixed(CodedInputStream& in, std::size_t size) {
  std::size_t const end = elements_.size();
  elements_.resize(end + size);
  return size == 0 || in.ReadRaw(elements_.data() + end, static_cast<int>(size));
}

shared_bytes typed_contents::as(std::string const& datatype) {
  if (elements_.empty()) return {};
  element_type const type = element_of_datatype(datatype);
  if (list_ != list_of(type))
    throw error{errc::bad_tensor, "the contents of a tensor of " + datatype + " come as a list of another type"};
  if (type == element_type::int8) elements_ = narrowed<std::int32_t, std::int8_t>(elements_, datatype);
  if (type == element_type::uint8) elements_ = narrowed<std::uint32_t, std::uint8_t>(elements_, datatype);
  auto const owner = std::make_shared<std::vector<std::byte> const>(std::move(elements_));
  return {owner, *owner};
}

}  // namespace dsc::oip
