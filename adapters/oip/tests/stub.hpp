#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include <dsc/oip/server.hpp>

#include "open_inference.grpc.pb.h"
#include "toy.hpp"

/// A client that is nothing but generated code, as anybody's is.
namespace dsc::test {

class stub_client {
 public:
  explicit stub_client(std::string const& address, std::shared_ptr<grpc::ChannelCredentials> const& credentials =
                                                       grpc::InsecureChannelCredentials()) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address, credentials, arguments);
    stub_ = inference::GRPCInferenceService::NewStub(channel_);
  }

  inference::GRPCInferenceService::Stub& operator*() { return *stub_; }
  inference::GRPCInferenceService::Stub* operator->() { return stub_.get(); }
  std::shared_ptr<grpc::Channel> const& channel() const { return channel_; }

  grpc::Status infer(inference::ModelInferRequest const& asked, inference::ModelInferResponse& answer,
                     std::chrono::milliseconds within = std::chrono::seconds{20}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + within);
    return stub_->ModelInfer(&context, asked, &answer);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<inference::GRPCInferenceService::Stub> stub_;
};

/// A good request to a tail of the toy.
inline inference::ModelInferRequest request_to(std::size_t split, toy_tensor const& h) {
  inference::ModelInferRequest asked;
  asked.set_model_name(tail_name("toy", split_point{split}, 4));
  asked.set_id("7");
  auto& input = *asked.add_inputs();
  input.set_name("INPUT__0");
  input.set_datatype("FP32");
  for (std::int64_t const extent : h.spec().shape) input.add_shape(extent);
  auto const data = h.data();
  asked.add_raw_input_contents(data.data(), data.size());
  return asked;
}

}  // namespace dsc::test
