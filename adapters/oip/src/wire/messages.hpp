#pragma once

#include <string>
#include <vector>

#include <grpcpp/support/byte_buffer.h>

#include <dsc/run/wire.hpp>

#include "open_inference.pb.h"

/// Tensors in messages of the protocol, without copying them where that can be: the message's small
/// fields are protobuf's, the raw contents are slices beside it.
namespace dsc::oip {

/// As in `FP32`; the protocol's name of an element type, and back. Throws `bad_tensor` for a name
/// that stands for no `element_type`.
std::string datatype_of(element_type type);
element_type element_of_datatype(std::string const& datatype);

/// A message's bytes: `head` (with its tensors' names, types and shapes, without contents), then
/// the tensors' bytes as raw contents, which stay where they lie and are held until gRPC lets go
/// of them.
grpc::ByteBuffer to_message(inference::ModelInferRequest const& head, std::vector<shared_bytes> const& contents);
grpc::ByteBuffer to_message(inference::ModelInferResponse const& head, std::vector<shared_bytes> const& contents);

/// What a message holds: all fields but raw contents in `head`, and those as bytes of their own.
template <class Message>
struct received_message {
  Message head;
  std::vector<shared_bytes> contents;
};

/// Takes a message apart; raw contents are gathered once. Throws `bad_tensor` for bytes that are no
/// such message, before more is allocated than the message is long.
received_message<inference::ModelInferRequest> request_in(grpc::ByteBuffer const& message);
received_message<inference::ModelInferResponse> response_in(grpc::ByteBuffer const& message);

}  // namespace dsc::oip
