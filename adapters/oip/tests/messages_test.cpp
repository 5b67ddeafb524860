#include "wire/messages.hpp"

#include <cstring>
#include <numeric>

#include "catch.hpp"
#include "support/errors.hpp"

namespace {

using namespace dsc;
using dsc::test::code_of;
using dsc::test::message_of;
using inference::ModelInferRequest;
using inference::ModelInferResponse;

shared_bytes bytes_of(std::vector<std::uint8_t> const& values) {
  auto const owner = std::make_shared<std::vector<std::uint8_t> const>(values);
  return {owner, std::as_bytes(std::span{*owner})};
}

shared_bytes counted_bytes(std::size_t size) {
  std::vector<std::uint8_t> values(size);
  std::iota(values.begin(), values.end(), std::uint8_t{1});
  return bytes_of(values);
}

std::string text_of(shared_bytes const& contents) {
  return {reinterpret_cast<char const*>(contents.view().data()), contents.view().size()};
}

std::string text_of(grpc::ByteBuffer const& message) {
  std::vector<grpc::Slice> slices;
  REQUIRE(message.Dump(&slices).ok());
  std::string text;
  for (grpc::Slice const& slice : slices) text.append(reinterpret_cast<char const*>(slice.begin()), slice.size());
  return text;
}

// A message as it may come from the network: in pieces of any size.
grpc::ByteBuffer message_in_pieces(std::string const& text, std::size_t piece) {
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < text.size(); at += piece)
    slices.emplace_back(text.data() + at, std::min(piece, text.size() - at));
  return {slices.data(), slices.size()};
}

ModelInferRequest head_of_three() {
  ModelInferRequest head;
  head.set_model_name("b0-tail-03");
  head.set_id("17");
  (*head.mutable_parameters())["dsc_weights"].set_string_param("abcd");
  oip::describe(*head.add_inputs(), "features", {element_type::float32, {2, 3}});
  oip::describe(*head.add_inputs(), "nothing", {element_type::uint8, {0, 7}});
  oip::describe(*head.add_inputs(), "scale", {element_type::float64, {}});
  head.add_outputs()->set_name("classes");
  return head;
}

std::vector<shared_bytes> contents_of_three() { return {counted_bytes(24), {}, counted_bytes(8)}; }

TEST_CASE("a request goes to protobuf and back, its contents where they lie") {
  ModelInferRequest const head = head_of_three();
  std::vector<shared_bytes> const contents = contents_of_three();
  grpc::ByteBuffer const message = oip::to_message(head, contents);

  ModelInferRequest read;
  REQUIRE(read.ParseFromString(text_of(message)));
  REQUIRE(read.raw_input_contents_size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(read.raw_input_contents(i) == text_of(contents[static_cast<std::size_t>(i)]));
  read.clear_raw_input_contents();
  CHECK(read.SerializeAsString() == head.SerializeAsString());

  std::vector<grpc::Slice> slices;
  REQUIRE(message.Dump(&slices).ok());
  bool lies_there = false;
  for (grpc::Slice const& slice : slices)
    lies_there |= static_cast<void const*>(slice.begin()) == contents[0].view().data();
  CHECK(lies_there);
}

TEST_CASE("what protobuf wrote is read, in pieces of any size") {
  ModelInferRequest written = head_of_three();
  for (shared_bytes const& contents : contents_of_three()) written.add_raw_input_contents(text_of(contents));
  for (std::size_t const piece : {1U, 2U, 3U, 7U, 64U, 10000U}) {
    auto const read = oip::request_in(message_in_pieces(written.SerializeAsString(), piece));
    CHECK(read.head.SerializeAsString() == head_of_three().SerializeAsString());
    REQUIRE(read.contents.size() == 3);
    CHECK(text_of(read.contents[0]) == text_of(counted_bytes(24)));
    CHECK(read.contents[1].view().empty());
    CHECK(text_of(read.contents[2]) == text_of(counted_bytes(8)));
  }
}

TEST_CASE("a response goes both ways") {
  ModelInferResponse head;
  head.set_model_name("b0-tail-03");
  (*head.mutable_parameters())["dsc_exec_us"].set_int64_param(12);
  oip::describe(*head.add_outputs(), "classes", {element_type::float32, {1, 6}});
  grpc::ByteBuffer const message = oip::to_message(head, {counted_bytes(24)});
  ModelInferResponse read;
  REQUIRE(read.ParseFromString(text_of(message)));
  CHECK(read.raw_output_contents(0) == text_of(counted_bytes(24)));
  auto const again = oip::response_in(message);
  CHECK(again.head.parameters().at("dsc_exec_us").int64_param() == 12);
  auto const tensors = oip::tensors_in(again, {{"classes", {element_type::float32, {6}}}}, "the answer of b0-tail-03");
  REQUIRE(tensors.size() == 1);
  CHECK(tensors[0].spec == tensor_spec{element_type::float32, {1, 6}});
}

TEST_CASE("contents are held until gRPC lets go of them, and no longer") {
  auto owner = std::make_shared<std::vector<std::byte>>(1000);
  std::weak_ptr<void const> const seen = owner;
  {
    std::vector<std::byte> const& values = *owner;
    grpc::ByteBuffer const message = oip::to_message(ModelInferRequest{}, {shared_bytes{owner, values}});
    owner.reset();
    CHECK_FALSE(seen.expired());
  }
  CHECK(seen.expired());
}

TEST_CASE("no truncation and no flipped bit of a message does more than be refused") {
  ModelInferRequest typed;
  oip::describe(*typed.add_inputs(), "t", {element_type::int32, {3}});
  for (int const number : {1, -2, 300000}) typed.mutable_inputs(0)->mutable_contents()->add_int_contents(number);
  for (std::string const& text :
       {text_of(oip::to_message(head_of_three(), contents_of_three())), typed.SerializeAsString()}) {
    std::size_t refused = 0;
    auto const read = [&](std::string const& bytes_read) {
      for (std::size_t const piece : {5U, 1000U}) {
        auto const code = code_of([&] { static_cast<void>(oip::request_in(message_in_pieces(bytes_read, piece))); });
        CHECK((!code || *code == errc::bad_tensor));
        refused += code.has_value() ? 1 : 0;
      }
    };
    for (std::size_t size = 0; size < text.size(); ++size) read(text.substr(0, size));
    CHECK(refused > text.size());
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
      std::string flipped = text;
      flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << bit % 8));
      read(flipped);
    }
  }
}

TEST_CASE("typed contents become the bytes of their tensors") {
  ModelInferResponse written;
  auto const add = [&](element_type type, std::int64_t extent) -> inference::InferTensorContents& {
    auto& tensor = *written.add_outputs();
    oip::describe(tensor, std::string{element_name(type)}, {type, {extent}});
    return *tensor.mutable_contents();
  };
  std::vector<float> const floats{1.5F, -2.0F};
  for (float const value : floats) add(element_type::float32, 2).add_fp32_contents(value);
  written.mutable_outputs()->RemoveLast();
  written.mutable_outputs(0)->mutable_contents()->add_fp32_contents(floats[1]);
  add(element_type::float64, 1).add_fp64_contents(0.25);
  auto& wide = add(element_type::int64, 2);
  wide.add_int64_contents(-1);
  wide.add_int64_contents(std::int64_t{1} << 40U);
  add(element_type::int32, 1).add_int_contents(-7);
  add(element_type::int8, 1).add_int_contents(-7);
  add(element_type::uint8, 1).add_uint_contents(255);
  add(element_type::float32, 0);
  auto const read = oip::response_in(message_in_pieces(written.SerializeAsString(), 3));
  REQUIRE(read.contents.size() == 7);
  auto const holds = [&](std::size_t at, auto const&... values) {
    std::string expected;
    (expected.append(reinterpret_cast<char const*>(&values), sizeof values), ...);
    CHECK(text_of(read.contents[at]) == expected);
  };
  holds(0, floats[0], floats[1]);
  holds(1, 0.25);
  holds(2, std::int64_t{-1}, std::int64_t{1} << 40U);
  holds(3, std::int32_t{-7});
  holds(4, std::int8_t{-7});
  holds(5, std::uint8_t{255});
  holds(6);
  CHECK_FALSE(read.head.outputs(0).has_contents());
}

TEST_CASE("typed contents that do not fit their tensor are refused") {
  auto const code = [](element_type type, auto const& fill) {
    ModelInferRequest written;
    oip::describe(*written.add_inputs(), "t", {type, {1}});
    fill(written);
    return code_of([&] { static_cast<void>(oip::request_in(message_in_pieces(written.SerializeAsString(), 100))); });
  };
  auto const contents = [](ModelInferRequest& written) { return written.mutable_inputs(0)->mutable_contents(); };
  error_code const bad = errc::bad_tensor;
  CHECK(code(element_type::uint8, [&](auto& r) { contents(r)->add_uint_contents(256); }) == bad);
  CHECK(code(element_type::int8, [&](auto& r) { contents(r)->add_int_contents(-129); }) == bad);
  CHECK(code(element_type::float32, [&](auto& r) { contents(r)->add_fp64_contents(1.0); }) == bad);
  CHECK(code(element_type::float16, [&](auto& r) { contents(r)->add_fp32_contents(1.0F); }) == bad);
  CHECK(code(element_type::uint8, [&](auto& r) { contents(r)->add_bool_contents(true); }) == bad);
  CHECK(code(element_type::uint8, [&](auto& r) { contents(r)->add_bytes_contents("text"); }) == bad);
  CHECK(code(element_type::float32, [&](auto& r) {
          contents(r)->add_fp32_contents(1.0F);
          contents(r)->add_fp64_contents(1.0);
        }) == bad);
  CHECK(code(element_type::float32, [&](auto& r) {
          contents(r)->add_fp32_contents(1.0F);
          r.add_raw_input_contents("1234");
        }) == bad);
}

TEST_CASE("a message that claims more than it holds is refused before anything is allocated") {
  // Two gigabytes of raw contents, in six bytes.
  CHECK(code_of([] { static_cast<void>(oip::request_in(message_in_pieces("\x3a\xff\xff\xff\xff\x07", 6))); }) ==
        error_code{errc::bad_tensor});
  ModelInferRequest many;
  for (std::size_t i = 0; i <= oip::most_tensors; ++i) many.add_inputs();
  CHECK(code_of([&] { static_cast<void>(oip::request_in(message_in_pieces(many.SerializeAsString(), 100))); }) ==
        error_code{errc::bad_tensor});
  ModelInferRequest wordy;
  wordy.set_id(std::string(oip::largest_head.count, 'x'));
  CHECK(code_of([&] { static_cast<void>(oip::request_in(message_in_pieces(wordy.SerializeAsString(), 1U << 20U))); }) ==
        error_code{errc::bad_tensor});
  CHECK(code_of([] { static_cast<void>(oip::request_in(grpc::ByteBuffer{})); }) == error_code{errc::bad_tensor});
}

TEST_CASE("a field whose number is written in more bytes than protobuf reads is damage") {
  // Field 13, a number of 64 bits; its tag in one byte, then in six.
  std::string const number(8, '\x01');
  CHECK_NOTHROW(oip::request_in(message_in_pieces("\x69" + number, 4)));
  CHECK(code_of([&] {
          static_cast<void>(
              oip::request_in(message_in_pieces("\xe9\x80\x80\x80\x80" + std::string(1, '\0') + number, 4)));
        }) == error_code{errc::bad_tensor});
}

TEST_CASE("tensors are taken by their names, and must be all there, as large as they say") {
  std::vector<served_tensor> const names{{"scale", {}}, {"features", {}}};
  ModelInferRequest head;
  oip::describe(*head.add_inputs(), "features", {element_type::float32, {2, 3}});
  oip::describe(*head.add_inputs(), "scale", {element_type::float64, {}});
  auto const tensors = [&](std::vector<shared_bytes> const& contents) {
    return oip::tensors_in(oip::request_in(oip::to_message(head, contents)), names, "a request");
  };
  auto const ordered = tensors({counted_bytes(24), counted_bytes(8)});
  CHECK(ordered[0].spec == tensor_spec{element_type::float64, {}});
  CHECK(ordered[1].spec == tensor_spec{element_type::float32, {2, 3}});
  CHECK(message_of([&] { tensors({counted_bytes(23), counted_bytes(8)}); }) ==
        "dsc-105: a request holds 23 bytes of the tensor features, whose type and shape, float32 [2, 3], mean 24");
  CHECK(code_of([&] { tensors({counted_bytes(24)}); }) == error_code{errc::bad_tensor});
  head.mutable_inputs(0)->set_name("other");
  CHECK(message_of([&] { tensors({counted_bytes(24), counted_bytes(8)}); }) ==
        "dsc-105: a request holds no tensor features");
  head.mutable_inputs()->RemoveLast();
  CHECK(message_of([&] { tensors({counted_bytes(24)}); }) == "dsc-105: a request holds 1 tensors instead of 2");
}

TEST_CASE("shapes and types that a tensor cannot have are refused") {
  ModelInferRequest::InferInputTensor tensor;
  oip::describe(tensor, "t", {element_type::bfloat16, {4, 5}});
  CHECK(oip::spec_of(tensor) == tensor_spec{element_type::bfloat16, {4, 5}});
  tensor.add_shape(-1);
  CHECK(code_of([&] { oip::spec_of(tensor); }) == error_code{errc::bad_tensor});
  tensor.mutable_shape()->Clear();
  for (int i = 0; i < 9; ++i) tensor.add_shape(1);
  CHECK(code_of([&] { oip::spec_of(tensor); }) == error_code{errc::bad_tensor});
  tensor.mutable_shape()->Clear();
  tensor.set_datatype("BYTES");
  CHECK(code_of([&] { oip::spec_of(tensor); }) == error_code{errc::bad_tensor});
}

TEST_CASE("datatypes are the protocol's names of element types") {
  for (auto const type : {element_type::uint8, element_type::int8, element_type::float16, element_type::bfloat16,
                          element_type::int32, element_type::float32, element_type::int64, element_type::float64})
    CHECK(oip::element_of_datatype(oip::datatype_of(type)) == type);
  CHECK(oip::datatype_of(element_type::bfloat16) == "BF16");
}

}  // namespace
