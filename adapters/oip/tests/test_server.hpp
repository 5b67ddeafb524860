#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include <dsc/io/deployment_json.hpp>
#include <dsc/run/deployment.hpp>

#include "open_inference.grpc.pb.h"
#include "wire/messages.hpp"

namespace dsc::oip::test {

/// A network "net" of four layers; its tails after two and three of them are served. Samples are
/// rows: of any length after two layers, of 4 after three; an answer is a sample doubled.
inline deployment small_deployment(std::int64_t wide = 6) {
  auto const tensor = [](char const* name, std::int64_t extent) {
    return std::vector<served_tensor>{{name, {element_type::float32, {extent}}}};
  };
  deployment served{"net", 4, "51", "abcd", batch_size{8}, {}};
  served.tails.push_back({split_point{2}, "net-tail-2", tensor("h", wide), tensor("y", wide)});
  served.tails.push_back({split_point{3}, "net-tail-3", tensor("h", 4), tensor("y", 4)});
  return served;
}

/// A server of the protocol, by protobuf's and gRPC's own code. What it does is set before it is
/// asked.
class test_service final : public inference::GRPCInferenceService::Service {
 public:
  explicit test_service(deployment offers) : offered{std::move(offers)} {}

  deployment offered;
  bool has_extensions = true;  // ModelConfig and ModelStatistics
  bool tells_deployment = false;
  int max_batch_size = 0;
  std::atomic<bool> ready = true, live = true;
  std::atomic<int> requests = 0;
  std::atomic<std::size_t> longest_name = 0;
  std::function<grpc::Status(inference::ModelInferRequest const&, inference::ModelInferResponse&)> infer = doubled;
  inference::ModelStatistics statistics;
  std::mutex mutex;  // of statistics

  /// The answer of an honest server.
  static grpc::Status doubled(inference::ModelInferRequest const& asked, inference::ModelInferResponse& answer) {
    auto& y = *answer.add_outputs();
    y.set_name("y");
    y.set_datatype("FP32");
    *y.mutable_shape() = asked.inputs(0).shape();
    std::string contents = asked.raw_input_contents(0);
    auto* const values = reinterpret_cast<float*>(contents.data());
    for (std::size_t i = 0; i < contents.size() / sizeof(float); ++i) values[i] *= 2;
    answer.add_raw_output_contents(std::move(contents));
    return grpc::Status::OK;
  }

 private:
  using context = grpc::ServerContext;
  static grpc::Status unknown() { return {grpc::StatusCode::NOT_FOUND, "no such model"}; }
  served_tail const* tail(std::string const& model) const {
    for (served_tail const& tail : offered.tails)
      if (tail.model == model) return &tail;
    return nullptr;
  }

  grpc::Status ServerLive(context*, inference::ServerLiveRequest const*,
                          inference::ServerLiveResponse* answer) override {
    answer->set_live(live);
    return grpc::Status::OK;
  }
  grpc::Status ServerReady(context*, inference::ServerReadyRequest const*,
                           inference::ServerReadyResponse* answer) override {
    answer->set_ready(ready);
    return grpc::Status::OK;
  }
  grpc::Status ServerMetadata(context*, inference::ServerMetadataRequest const*,
                              inference::ServerMetadataResponse* answer) override {
    answer->add_extensions("other");
    if (tells_deployment) answer->add_extensions("dsc.deployment/1:" + offered.tails.back().model);
    return grpc::Status::OK;
  }
  grpc::Status ModelReady(context*, inference::ModelReadyRequest const* asked,
                          inference::ModelReadyResponse* answer) override {
    longest_name = std::max(longest_name.load(), asked->name().size());
    answer->set_ready(tail(asked->name()) != nullptr);
    return grpc::Status::OK;
  }
  grpc::Status ModelMetadata(context*, inference::ModelMetadataRequest const* asked,
                             inference::ModelMetadataResponse* answer) override {
    served_tail const* const offer = tail(asked->name());
    if (offer == nullptr) return unknown();
    auto const add = [&](served_tensor const& tensor, auto& entry) {
      entry.set_name(tensor.name);
      entry.set_datatype(datatype_of(tensor.sample.element));
      if (max_batch_size == 0) entry.add_shape(-1);
      for (std::int64_t const extent : tensor.sample.shape) entry.add_shape(extent);
    };
    for (served_tensor const& tensor : offer->inputs) add(tensor, *answer->add_inputs());
    for (served_tensor const& tensor : offer->outputs) add(tensor, *answer->add_outputs());
    return grpc::Status::OK;
  }
  grpc::Status ModelConfig(context*, inference::ModelConfigRequest const* asked,
                           inference::ModelConfigResponse* answer) override {
    if (!has_extensions) return {grpc::StatusCode::UNIMPLEMENTED, ""};
    if (tail(asked->name()) == nullptr) return unknown();
    auto& config = *answer->mutable_config();
    config.set_max_batch_size(max_batch_size);
    auto& parameters = *config.mutable_parameters();
    parameters["dsc_signature"].set_string_value(offered.signature);
    parameters["dsc_weights"].set_string_value(offered.weights);
    if (tells_deployment) parameters["dsc_deployment"].set_string_value(deployment_json(offered));
    return grpc::Status::OK;
  }
  grpc::Status ModelStatistics(context*, inference::ModelStatisticsRequest const*,
                               inference::ModelStatisticsResponse* answer) override {
    if (!has_extensions) return {grpc::StatusCode::UNIMPLEMENTED, ""};
    std::lock_guard const lock{mutex};
    *answer->add_model_stats() = statistics;
    return grpc::Status::OK;
  }
  grpc::Status ModelInfer(context*, inference::ModelInferRequest const* asked,
                          inference::ModelInferResponse* answer) override {
    ++requests;
    return infer(*asked, *answer);
  }
};

/// A service that listens on loopback.
class test_server {
 public:
  explicit test_server(deployment const& offered = small_deployment(), int port = 0,
                       std::shared_ptr<grpc::ServerCredentials> const& credentials = grpc::InsecureServerCredentials())
      : service{offered} {
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials, &port_);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    if (!server_) port_ = 0;
  }
  ~test_server() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
  }
  test_server(test_server const&) = delete;
  test_server& operator=(test_server const&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  test_service service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace dsc::oip::test
