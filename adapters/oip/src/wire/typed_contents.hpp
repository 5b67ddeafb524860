#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/io/coded_stream.h>

#include <dsc/run/wire.hpp>

namespace dsc::oip {

/// The contents of one tensor as the protocol's typed lists have them, of `fp32_contents` and its
/// like, read as they come.
class typed_contents {
 public:
  /// Reads the list, or the element of one, that follows its tag; false where it is damaged. Throws
  /// `bad_tensor` for a second kind of list, and for texts.
  bool take(google::protobuf::io::CodedInputStream& in, std::uint32_t tag);

  bool empty() const { return elements_.empty(); }

  /// The elements as the bytes of a tensor. Throws `bad_tensor` where the list is not the one of
  /// its datatype, or a number does not fit that.
  shared_bytes as(std::string const& datatype);

 private:
  bool take_number(google::protobuf::io::CodedInputStream& in);
  bool take_fixed(google::protobuf::io::CodedInputStream& in, std::size_t size);

  int list_ = 0;                     // the field's number; 0: none yet
  std::vector<std::byte> elements_;  // 4 or 8 bytes each, as the list's type has
};

}  // namespace dsc::oip
