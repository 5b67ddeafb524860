#include "wire/messages.hpp"

#include <array>
#include <limits>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "wire/typed_contents.hpp"

namespace dsc::oip {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;
using wire_format = google::protobuf::internal::WireFormatLite;
using inference::ModelInferRequest;
using inference::ModelInferResponse;

struct datatype {
  element_type type;
  char const* name;
};
constexpr std::array<datatype, 8> datatypes{{{element_type::uint8, "UINT8"},
                                             {element_type::int8, "INT8"},
                                             {element_type::float16, "FP16"},
                                             {element_type::bfloat16, "BF16"},
                                             {element_type::int32, "INT32"},
                                             {element_type::float32, "FP32"},
                                             {element_type::int64, "INT64"},
                                             {element_type::float64, "FP64"}}};

/// What the two messages differ in, for us: the number of their raw contents' field.
template <class Message>
constexpr int raw_field = 0;
template <>
constexpr int raw_field<ModelInferRequest> = ModelInferRequest::kRawInputContentsFieldNumber;
template <>
constexpr int raw_field<ModelInferResponse> = ModelInferResponse::kRawOutputContentsFieldNumber;

constexpr int tensor_field = ModelInferRequest::kInputsFieldNumber;
static_assert(tensor_field == ModelInferResponse::kOutputsFieldNumber);
constexpr int contents_field = ModelInferRequest::InferInputTensor::kContentsFieldNumber;
static_assert(contents_field == ModelInferResponse::InferOutputTensor::kContentsFieldNumber);

auto const& tensors_of(ModelInferRequest const& head) { return head.inputs(); }
auto const& tensors_of(ModelInferResponse const& head) { return head.outputs(); }

[[noreturn]] void refuse(std::string const& sentence) { throw error{errc::bad_tensor, sentence}; }
[[noreturn]] void refuse_damaged() { refuse("these bytes are no message of inference: they are damaged or cut off"); }

grpc::Slice slice_of(std::string const& text) { return {text.data(), text.size()}; }

// The slice keeps its bytes' owner until gRPC has sent it.
grpc::Slice slice_of(shared_bytes const& contents) {
  auto const view = contents.view();
  auto* const held = new shared_bytes{contents};
  // gRPC takes a pointer to what may change, and changes nothing.
  return {const_cast<std::byte*>(view.data()), view.size(),
          [](void* owner) { delete static_cast<shared_bytes*>(owner); }, held};
}

template <class Message>
grpc::ByteBuffer message_of(Message const& head, std::vector<shared_bytes> const& contents) {
  std::uint64_t size = head.ByteSizeLong();
  for (shared_bytes const& tensor : contents) size += tensor.size().count + 16;
  if (size > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
    refuse("tensors of " + std::to_string(size) +
           " bytes are more than a message can hold, which is 2 GiB; take a smaller batch");
  std::string fields = head.SerializeAsString();
  std::vector<grpc::Slice> slices;
  for (shared_bytes const& tensor : contents) {
    {
      StringOutputStream out{&fields};
      CodedOutputStream coded{&out};
      coded.WriteTag(wire_format::MakeTag(raw_field<Message>, wire_format::WIRETYPE_LENGTH_DELIMITED));
      coded.WriteVarint32(static_cast<std::uint32_t>(tensor.size().count));
    }
    if (tensor.view().empty()) continue;
    slices.push_back(slice_of(fields));
    slices.push_back(slice_of(tensor));
    fields.clear();
  }
  if (!fields.empty() || slices.empty()) slices.push_back(slice_of(fields));
  return {slices.data(), slices.size()};
}

/// Walks through a message's fields and keeps the contents apart from the rest.
template <class Message>
class message_walk {
 public:
  explicit message_walk(grpc::ByteBuffer message) : message_{std::move(message)}, reader_{&message_}, in_{&reader_} {
    if (!message_.Valid() || !reader_.status().ok()) refuse_damaged();
    if (message_.Length() > std::size_t{std::numeric_limits<std::int32_t>::max()})
      refuse("a message of 2 GiB or more is no message of inference");
    in_.SetTotalBytesLimit(std::numeric_limits<std::int32_t>::max());
    in_.PushLimit(static_cast<int>(message_.Length()));
  }

  received_message<Message> received() {
    while (std::uint32_t const tag = next_tag()) {
      int const field = wire_format::GetTagFieldNumber(tag);
      bool const delimited = wire_format::GetTagWireType(tag) == wire_format::WIRETYPE_LENGTH_DELIMITED;
      if (field == raw_field<Message>) {
        if (!delimited) refuse_damaged();
        take_raw();
      } else if (field == tensor_field) {
        if (!delimited) refuse_damaged();
        take_tensor();
      } else {
        copy_field(tag, fields_);
      }
    }
    received_message<Message> result;
    google::protobuf::LogSilencer const silent;  // what damaged bytes are told by is our own sentence
    if (!result.head.ParseFromString(fields_)) refuse_damaged();
    result.contents = contents_for(result.head);
    return result;
  }

 private:
  // 0 at the end of the message or of the field that is walked through.
  std::uint32_t next_tag() {
    constexpr int longest_tag = 5;  // in bytes; protobuf's own reader takes no longer ones
    int const before = in_.CurrentPosition();
    std::uint32_t const tag = in_.ReadTag();
    if (in_.CurrentPosition() - before > longest_tag) refuse_damaged();
    if (tag == 0) {
      if (!in_.ConsumedEntireMessage() || in_.BytesUntilLimit() != 0) refuse_damaged();
      return 0;
    }
    if (wire_format::GetTagFieldNumber(tag) == 0) refuse_damaged();
    return tag;
  }

  // The length of the field that comes, as far as the message holds so much.
  int next_length() {
    std::uint32_t length = 0;
    if (!in_.ReadVarint32(&length) || length > static_cast<std::uint32_t>(in_.BytesUntilLimit())) refuse_damaged();
    return static_cast<int>(length);
  }

  void require_room(std::string const& kept, int more) const {
    if (kept.size() + fields_.size() + static_cast<std::size_t>(more) > largest_head.count)
      refuse("a message holds more than " + std::to_string(largest_head.count) +
             " bytes beside its tensors' contents, which none of inference does");
  }

  // A field that is protobuf's to read.
  void copy_field(std::uint32_t tag, std::string& kept) {
    std::string payload;
    std::uint64_t number = 0;
    int length = 0;
    switch (wire_format::GetTagWireType(tag)) {
      case wire_format::WIRETYPE_VARINT:
        if (!in_.ReadVarint64(&number)) refuse_damaged();
        break;
      case wire_format::WIRETYPE_FIXED32:
        length = 4;
        break;
      case wire_format::WIRETYPE_FIXED64:
        length = 8;
        break;
      case wire_format::WIRETYPE_LENGTH_DELIMITED:
        length = next_length();
        number = static_cast<std::uint64_t>(length);
        break;
      default:
        refuse_damaged();
    }
    require_room(kept, length);
    if (length > 0 && !in_.ReadString(&payload, length)) refuse_damaged();
    StringOutputStream out{&kept};
    CodedOutputStream coded{&out};
    coded.WriteTag(tag);
    auto const type = wire_format::GetTagWireType(tag);
    if (type == wire_format::WIRETYPE_VARINT || type == wire_format::WIRETYPE_LENGTH_DELIMITED)
      coded.WriteVarint64(number);
    coded.WriteString(payload);
    coded.Trim();
    require_room(kept, 0);
  }

  void take_raw() {
    if (raw_.size() == most_tensors) refuse_many();
    auto const length = static_cast<std::size_t>(next_length());
    // Not set to zero first: a gigabyte takes its time.
    auto const gathered = std::make_shared_for_overwrite<std::byte[]>(length);
    if (length > 0 && !in_.ReadRaw(gathered.get(), static_cast<int>(length))) refuse_damaged();
    raw_.emplace_back(gathered, std::span<std::byte const>{gathered.get(), length});
  }

  void take_tensor() {
    if (typed_.size() == most_tensors) refuse_many();
    typed_.emplace_back();
    std::string tensor;
    auto const outer = in_.PushLimit(next_length());
    while (std::uint32_t const tag = next_tag()) {
      if (wire_format::GetTagFieldNumber(tag) != contents_field) {
        copy_field(tag, tensor);
        continue;
      }
      if (wire_format::GetTagWireType(tag) != wire_format::WIRETYPE_LENGTH_DELIMITED) refuse_damaged();
      auto const end_of_tensor = in_.PushLimit(next_length());
      while (std::uint32_t const list = next_tag())
        if (!typed_.back().take(in_, list)) refuse_damaged();
      in_.PopLimit(end_of_tensor);
    }
    in_.PopLimit(outer);
    StringOutputStream out{&fields_};
    CodedOutputStream coded{&out};
    coded.WriteTag(wire_format::MakeTag(tensor_field, wire_format::WIRETYPE_LENGTH_DELIMITED));
    coded.WriteVarint32(static_cast<std::uint32_t>(tensor.size()));
    coded.WriteString(tensor);
  }

  [[noreturn]] static void refuse_many() {
    refuse("a message of more than " + std::to_string(most_tensors) + " tensors is none of inference");
  }

  std::vector<shared_bytes> contents_for(Message const& head) {
    auto const& tensors = tensors_of(head);
    if (!raw_.empty()) {
      for (typed_contents const& typed : typed_)
        if (!typed.empty()) refuse("a message holds raw and typed contents; one of them can be meant");
      if (raw_.size() != typed_.size())
        refuse("a message names " + std::to_string(typed_.size()) + " tensors and holds the contents of " +
               std::to_string(raw_.size()));
      return std::move(raw_);
    }
    std::vector<shared_bytes> contents;
    for (std::size_t i = 0; i < typed_.size(); ++i)
      contents.push_back(typed_[i].as(tensors[static_cast<int>(i)].datatype()));
    return contents;
  }

  grpc::ByteBuffer message_;
  grpc::ProtoBufferReader reader_;
  CodedInputStream in_;
  std::string fields_;  // of the head, as protobuf reads them
  std::vector<shared_bytes> raw_;
  std::vector<typed_contents> typed_;  // one for each tensor, most of them empty
};

template <class Tensor>
tensor_spec spec_in(Tensor const& tensor) {
  tensor_spec spec{element_of_datatype(tensor.datatype()), {}};
  for (std::int64_t const extent : tensor.shape()) spec.shape.push_back(extent);
  return spec;
}

template <class Tensor>
void describe_tensor(Tensor& tensor, std::string const& name, tensor_spec const& spec) {
  tensor.set_name(name);
  tensor.set_datatype(datatype_of(spec.element));
  tensor.mutable_shape()->Clear();
  for (std::int64_t const extent : spec.shape) tensor.add_shape(extent);
}

template <class Message>
std::vector<wire_tensor> tensors_by_name(received_message<Message> const& message,
                                         std::vector<served_tensor> const& names, std::string const& owner) {
  auto const& tensors = tensors_of(message.head);
  if (static_cast<std::size_t>(tensors.size()) != names.size())
    refuse(owner + " holds " + std::to_string(tensors.size()) + " tensors instead of " + std::to_string(names.size()));
  std::vector<wire_tensor> ordered;
  for (served_tensor const& expected : names) {
    int at = 0;
    while (at < tensors.size() && tensors[at].name() != expected.name) ++at;
    if (at == tensors.size()) refuse(owner + " holds no tensor " + expected.name);
    wire_tensor tensor{spec_of(tensors[at]), message.contents[static_cast<std::size_t>(at)]};
    if (tensor.spec.size() != tensor.data.size())
      refuse(owner + " holds " + std::to_string(tensor.data.size().count) + " bytes of the tensor " + expected.name +
             ", whose type and shape, " + text_of(tensor.spec) + ", mean " + std::to_string(tensor.spec.size().count));
    ordered.push_back(std::move(tensor));
  }
  return ordered;
}

}  // namespace

std::string datatype_of(element_type type) {
  for (datatype const& known : datatypes)
    if (known.type == type) return known.name;
  refuse("this element type is none of dsc::element_type");
}

element_type element_of_datatype(std::string const& name) {
  for (datatype const& known : datatypes)
    if (known.name == name) return known.type;
  refuse("the datatype '" + name.substr(0, 32) + "' is none that dsc has, as FP32 and UINT8 are");
}

grpc::ByteBuffer to_message(ModelInferRequest const& head, std::vector<shared_bytes> const& contents) {
  return message_of(head, contents);
}
grpc::ByteBuffer to_message(ModelInferResponse const& head, std::vector<shared_bytes> const& contents) {
  return message_of(head, contents);
}

received_message<ModelInferRequest> request_in(grpc::ByteBuffer const& message) {
  return message_walk<ModelInferRequest>{message}.received();
}
received_message<ModelInferResponse> response_in(grpc::ByteBuffer const& message) {
  return message_walk<ModelInferResponse>{message}.received();
}

tensor_spec spec_of(ModelInferRequest::InferInputTensor const& tensor) { return spec_in(tensor); }
tensor_spec spec_of(ModelInferResponse::InferOutputTensor const& tensor) { return spec_in(tensor); }

void describe(ModelInferRequest::InferInputTensor& tensor, std::string const& name, tensor_spec const& spec) {
  describe_tensor(tensor, name, spec);
}
void describe(ModelInferResponse::InferOutputTensor& tensor, std::string const& name, tensor_spec const& spec) {
  describe_tensor(tensor, name, spec);
}

std::vector<wire_tensor> tensors_in(received_message<ModelInferRequest> const& message,
                                    std::vector<served_tensor> const& names, std::string const& owner) {
  return tensors_by_name(message, names, owner);
}
std::vector<wire_tensor> tensors_in(received_message<ModelInferResponse> const& message,
                                    std::vector<served_tensor> const& names, std::string const& owner) {
  return tensors_by_name(message, names, owner);
}

}  // namespace dsc::oip
