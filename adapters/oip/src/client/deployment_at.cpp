#include <future>
#include <string_view>
#include <thread>
#include <utility>

#include <dsc/io/deployment_json.hpp>
#include <dsc/oip/client.hpp>

#include "client/server_check.hpp"
#include "open_inference.pb.h"

namespace dsc::oip {
namespace {

/// A connection for a few questions, asked one after the other.
class inquiry {
 public:
  inquiry(endpoint const& server, time_point until) : server_{server}, until_{until}, connection_{server} {}
  ~inquiry() {
    connection_.close(true);
    while (!connection_.idle()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  inquiry(inquiry const&) = delete;
  inquiry& operator=(inquiry const&) = delete;

  template <class Response>
  Response ask(char const* method, google::protobuf::MessageLite const& question) {
    auto const told = std::make_shared<std::promise<std::pair<grpc::Status, Response>>>();
    auto future = told->get_future();
    auto const under_way = connection_.start(method, bytes_of(question), until_,
                                             [told](grpc::Status const& status, grpc::ByteBuffer const& message) {
                                               Response response;
                                               grpc::Status outcome = status;
                                               if (status.ok() && !parse(message, response))
                                                 outcome = {grpc::StatusCode::INTERNAL, "the answer is damaged"};
                                               told->set_value({outcome, std::move(response)});
                                             });
    if (future.wait_until(until_) != std::future_status::ready) {
      under_way->cancel();
      throw error{errc::transport_failed, "the server " + server_.address + " did not answer in time"};
    }
    auto [status, response] = future.get();
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
      throw error{errc::transport_failed, "the server " + server_.address + " did not answer in time"};
    if (!status.ok()) throw failure_to_begin(failure_of(status, server_), server_, connection_.heard()).as_error();
    return response;
  }

 private:
  endpoint const& server_;
  time_point until_;
  connection connection_;
};

}  // namespace

deployment deployment_at(std::string const& server, client_options const& options) {
  endpoint const to{server, options.tls, options.server_name};
  inquiry questions{to, deadline_after(run_clock::now(), options.connect_within)};
  auto const metadata =
      questions.ask<inference::ServerMetadataResponse>("ServerMetadata", inference::ServerMetadataRequest{});
  for (std::string const& extension : metadata.extensions()) {
    std::string_view const prefix = deployment_extension;
    if (extension.compare(0, prefix.size(), prefix) != 0) continue;
    inference::ModelConfigRequest question;
    question.set_name(extension.substr(prefix.size()));
    auto const answer = questions.ask<inference::ModelConfigResponse>("ModelConfig", question);
    auto const& parameters = answer.config().parameters();
    auto const told = parameters.find("dsc_deployment");
    if (told == parameters.end()) break;
    return parse_deployment(told->second.string_value(), "the deployment that the server " + server + " tells");
  }
  throw error{oip_errc::other_network, "the server " + server +
                                           " tells no deployment, as only dsc's own does: give the client the file "
                                           "that was exported with its models"};
}

}  // namespace dsc::oip
