#include "dsc/oip/client.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <dsc/oip/error.hpp>

#include "client/remote_server.hpp"
#include "wire/messages.hpp"

namespace dsc::oip {
namespace {

// What does not fit the deployment is told before it is sent; nothing where all fits.
std::optional<failure> misfit_of(request const& asked, deployment const& served, served_tail const* tail) {
  std::string const split = std::to_string(asked.layers.begin.layers);
  if (asked.layers.end.layers != served.layers || tail == nullptr)
    return failure{oip_errc::bad_deployment, "the layers " + split + " to " + std::to_string(asked.layers.end.layers) +
                                                 " are no tail of " + served.network +
                                                 " that the deployment names; choose among its splits"};
  if (asked.tensors.size() != tail->inputs.size())
    return failure{oip_errc::bad_deployment, "a request to " + tail->model + " has " +
                                                 std::to_string(asked.tensors.size()) + " tensors instead of " +
                                                 std::to_string(tail->inputs.size())};
  for (std::size_t i = 0; i < asked.tensors.size(); ++i) {
    tensor_spec const& spec = asked.tensors[i].spec;
    bool const has_batch = spec.shape.rank > 0;
    if (!has_batch || spec != batched(tail->inputs[i].sample, batch_size{static_cast<std::uint64_t>(spec.shape[0])}))
      return failure{oip_errc::bad_deployment, "a request to " + tail->model + " has " + text_of(spec) + " as " +
                                                   tail->inputs[i].name + ", whose samples are " +
                                                   text_of(tail->inputs[i].sample)};
    if (spec.size() != asked.tensors[i].data.size() || spec.shape[0] != asked.tensors[0].spec.shape[0])
      return failure{oip_errc::bad_deployment, "the tensors of a request to " + tail->model +
                                                   " are not as large as their shapes mean, or of different batches"};
  }
  auto const batch = static_cast<std::uint64_t>(asked.tensors[0].spec.shape[0]);
  if (served.largest_batch.count > 0 && batch > served.largest_batch.count)
    return failure{oip_errc::refused, "a batch of " + std::to_string(batch) + " is more than the server takes, " +
                                          std::to_string(served.largest_batch.count)};
  return std::nullopt;
}

}  // namespace

class client::implementation {
 public:
  implementation(std::vector<std::string> const& addresses, deployment const& served, client_options const& options)
      : served_{std::make_shared<deployment const>(served)}, options_{options} {
    if (addresses.empty()) throw error{oip_errc::bad_address, "a client needs one server at least, as HOST:PORT"};
    std::vector<endpoint> endpoints;
    for (std::string const& address : addresses) endpoints.emplace_back(address, options.tls, options.server_name);
    for (endpoint& to : endpoints) servers_.push_back(std::make_unique<remote_server>(std::move(to), served_, options));
  }

  void check() {
    time_point const until = deadline_after(run_clock::now(), options_.connect_within);
    for (auto const& server : servers_) server->wait_until_checked(until);
    bool any = false;
    std::string failures;
    for (auto const& server : servers_) {
      if (auto const fault = server->fault()) throw fault->as_error();
      server_state const state = server->state();
      any |= state.connected;
      if (!state.connected) failures += (failures.empty() ? "" : "; ") + reason_of(state);
    }
    if (!any) throw error{errc::transport_failed, failures};
  }

  remote_reply submit(request asked, time_point deadline) {
    served_tail const* const tail = served_->tail_of(asked.layers.begin);
    if (auto const misfit = misfit_of(asked, *served_, tail)) return failed(*misfit);
    inference::ModelInferRequest head;
    head.set_model_name(tail->model);
    head.set_id(std::to_string(++ids_));
    if (options_.check_weights) {
      if (!served_->signature.empty()) (*head.mutable_parameters())["dsc_network"].set_string_param(served_->signature);
      if (!served_->weights.empty()) (*head.mutable_parameters())["dsc_weights"].set_string_param(served_->weights);
    }
    std::vector<shared_bytes> contents;
    for (std::size_t i = 0; i < asked.tensors.size(); ++i) {
      describe(*head.add_inputs(), tail->inputs[i].name, asked.tensors[i].spec);
      contents.push_back(asked.tensors[i].data);
    }
    auto const sent = std::make_shared<exchange>(to_message(head, contents), asked.size(), deadline);
    sent->tail = tail;
    sent->batch = batch_size{static_cast<std::uint64_t>(asked.tensors[0].spec.shape[0])};
    return hand_over(sent, asked.route);
  }

  remote_reply send_probe(probe const& asked, time_point deadline) {
    constexpr std::uint64_t most = std::uint64_t{3} << 20U, around = 8;
    std::uint64_t const size = std::min(asked.size.count, most);
    inference::ModelReadyRequest padded;
    padded.set_name(std::string(size > around ? size - around : 1, '-'));
    auto const sent = std::make_shared<exchange>(bytes_of(padded), bytes{size}, deadline);
    return hand_over(sent, asked.route);
  }

  std::size_t route_count() const { return servers_.size(); }

  std::vector<server_state> servers() const {
    std::vector<server_state> states;
    for (auto const& server : servers_) states.push_back(server->state());
    return states;
  }

 private:
  static std::string reason_of(server_state const& state) {
    return state.last_failure.empty() ? "the server " + state.address + " could not be reached" : state.last_failure;
  }

  static remote_reply failed(failure const& reason) {
    auto const nothing = std::make_shared<exchange>(grpc::ByteBuffer{}, bytes{}, time_point{});
    nothing->promise.fail(reason.code, reason.sentence);
    return {nothing->promise.pending(), nothing};
  }

  remote_reply hand_over(std::shared_ptr<exchange> const& sent, std::size_t route) {
    if (route >= servers_.size())
      return failed({errc::transport_failed, "there is no route " + std::to_string(route) + " among the " +
                                                 std::to_string(servers_.size()) + " servers of this client"});
    servers_[route]->submit(sent);
    return {sent->promise.pending(), sent};
  }

  std::shared_ptr<deployment const> served_;
  client_options options_;
  std::atomic<std::uint64_t> ids_{0};
  std::vector<std::unique_ptr<remote_server>> servers_;
};

client::client(std::vector<std::string> const& servers, deployment const& served, client_options const& options)
    : implementation_{std::make_unique<implementation>(servers, served, options)} {}
client::~client() = default;

void client::check() { implementation_->check(); }
remote_reply client::submit(request asked, time_point deadline) {
  return implementation_->submit(std::move(asked), deadline);
}
std::size_t client::route_count() const { return implementation_->route_count(); }
remote_reply client::send_probe(probe const& asked, time_point deadline) {
  return implementation_->send_probe(asked, deadline);
}
std::vector<server_state> client::servers() const { return implementation_->servers(); }

void remote_reply::cancel() {
  pending_.cancel();
  if (exchange_->keeper) exchange_->keeper->ring();
}

bytes remote_reply::confirmed() const { return exchange_->confirmed(); }

}  // namespace dsc::oip
