#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <google/protobuf/stubs/logging.h>

#include "fuzz.hpp"
#include "wire/messages.hpp"

namespace dsc::fuzz {

inline auto& tensors_of(inference::ModelInferRequest& message) { return *message.mutable_inputs(); }
inline auto& tensors_of(inference::ModelInferResponse& message) { return *message.mutable_outputs(); }
inline auto& raw_of(inference::ModelInferRequest& message) { return *message.mutable_raw_input_contents(); }
inline auto& raw_of(inference::ModelInferResponse& message) { return *message.mutable_raw_output_contents(); }

/// Bytes as they may come from the network: in pieces as long as the first byte says.
inline grpc::ByteBuffer message_of(std::uint8_t const* data, std::size_t size) {
  std::size_t const piece = size == 0 ? 1 : std::size_t{1} + data[0];
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < size; at += piece) slices.emplace_back(data + at, std::min(piece, size - at));
  return {slices.data(), slices.size()};
}

/// Reads bytes by `read`. What is read must be what protobuf reads, and as many bytes as it told.
template <class Message, class Read>
void read_message(std::uint8_t const* data, std::size_t size, Read const& read) {
  refuse_only({errc::bad_tensor}, [&] {
    auto const received = read(message_of(data, size));
    Message expected;
    google::protobuf::LogSilencer const silent;
    require(expected.ParseFromArray(data, static_cast<int>(size)), "what is read, protobuf reads");
    auto& tensors = tensors_of(expected);
    require(received.contents.size() == static_cast<std::size_t>(tensors.size()), "each tensor has contents");
    std::size_t total = 0;
    for (std::size_t i = 0; i < received.contents.size(); ++i) {
      auto const contents = received.contents[i].view();
      total += contents.size();
      if (raw_of(expected).empty()) continue;
      std::string const& raw = raw_of(expected)[static_cast<int>(i)];
      require(raw.size() == contents.size() && std::memcmp(raw.data(), contents.data(), raw.size()) == 0,
              "raw contents are those of the message");
    }
    require(total <= 8 * size, "no more is allocated than the message means");
    for (auto& tensor : tensors) tensor.clear_contents();
    raw_of(expected).Clear();
    require(received.head.ByteSizeLong() == expected.ByteSizeLong(), "the head is that of the message");
    for (int i = 0; i < tensors.size(); ++i) refuse_only({errc::bad_tensor}, [&] { oip::spec_of(tensors[i]); });
  });
}

}  // namespace dsc::fuzz
