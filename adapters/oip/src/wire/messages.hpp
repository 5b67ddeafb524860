#pragma once

#include <string>
#include <vector>

#include <grpcpp/support/byte_buffer.h>

#include <dsc/run/deployment.hpp>
#include <dsc/run/wire.hpp>

#include "open_inference.pb.h"

/// Tensors in messages of the protocol, without copying them where that can be: the message's small
/// fields are protobuf's, the contents are slices beside it.
namespace dsc::oip {

/// As in `FP32`; the protocol's name of an element type, and back. Throws `bad_tensor` for a name
/// that stands for no `element_type`.
std::string datatype_of(element_type type);
element_type element_of_datatype(std::string const& datatype);

/// A message's bytes: `head` (with its tensors' names, types and shapes, without contents), then
/// the tensors' bytes as raw contents, which stay where they lie and are held until gRPC lets go
/// of them. Throws `bad_tensor` for a message of 2 GiB or more, which the protocol has not.
grpc::ByteBuffer to_message(inference::ModelInferRequest const& head, std::vector<shared_bytes> const& contents);
grpc::ByteBuffer to_message(inference::ModelInferResponse const& head, std::vector<shared_bytes> const& contents);

/// What a message holds: all fields but its tensors' contents in `head`, and those as bytes of
/// their own, one for each tensor of the head.
template <class Message>
struct received_message {
  Message head;
  std::vector<shared_bytes> contents;
};

/// How much beside contents a message may hold; what is larger is no message of inference.
inline constexpr bytes largest_head{256 * 1024};
inline constexpr std::size_t most_tensors = 256;

/// Takes a message apart. Raw contents are gathered once; typed ones (`fp32_contents`, ...), as
/// some servers answer, become the same bytes. Throws `bad_tensor` for bytes that are no such
/// message, before more is allocated than the message is long (typed whole numbers: eight times
/// that).
received_message<inference::ModelInferRequest> request_in(grpc::ByteBuffer const& message);
received_message<inference::ModelInferResponse> response_in(grpc::ByteBuffer const& message);

/// Type and shape of a tensor of a message. Throws `bad_tensor` where a `tensor_spec` cannot say
/// them.
tensor_spec spec_of(inference::ModelInferRequest::InferInputTensor const& tensor);
tensor_spec spec_of(inference::ModelInferResponse::InferOutputTensor const& tensor);

/// Names a tensor of a message, with its type and shape.
void describe(inference::ModelInferRequest::InferInputTensor& tensor, std::string const& name, tensor_spec const& spec);
void describe(inference::ModelInferResponse::InferOutputTensor& tensor, std::string const& name,
              tensor_spec const& spec);

/// The tensors of a message in the order of their `names`, where it holds those and no others with
/// as many bytes as their shapes mean. Throws `bad_tensor`; `owner` is what the sentence calls the
/// message, as in "a request to b0-tail-03".
std::vector<wire_tensor> tensors_in(received_message<inference::ModelInferRequest> const& message,
                                    std::vector<served_tensor> const& names, std::string const& owner);
std::vector<wire_tensor> tensors_in(received_message<inference::ModelInferResponse> const& message,
                                    std::vector<served_tensor> const& names, std::string const& owner);

}  // namespace dsc::oip
