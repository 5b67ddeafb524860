#include "client/server_check.hpp"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "wire/messages.hpp"

namespace dsc::oip {
namespace {

template <class Message>
struct answer {
  grpc::Status status;
  Message message;
};

/// What a server says of one tail.
struct offered_tail {
  answer<inference::ModelReadyResponse> ready;
  answer<inference::ModelMetadataResponse> metadata;
  answer<inference::ModelConfigResponse> config;
};

/// Text that another machine sent, short enough for a sentence.
std::string quoted(std::string const& text) { return "'" + text.substr(0, 100) + "'"; }

class server_check : public std::enable_shared_from_this<server_check> {
 public:
  server_check(endpoint const& server, std::shared_ptr<deployment const> served, bool check_weights,
               std::function<void(std::optional<failure>)> done)
      : server_{server}, served_{std::move(served)}, check_weights_{check_weights}, done_{std::move(done)} {}

  std::vector<std::shared_ptr<call>> begin(connection& through, time_point until) {
    offered_.resize(served_->tails.size());
    missing_ = 1 + 3 * offered_.size();
    ask(through, "ServerReady", inference::ServerReadyRequest{}, ready_, until);
    for (std::size_t i = 0; i < offered_.size(); ++i) {
      std::string const& name = served_->tails[i].model;
      ask(through, "ModelReady", named<inference::ModelReadyRequest>(name), offered_[i].ready, until);
      ask(through, "ModelMetadata", named<inference::ModelMetadataRequest>(name), offered_[i].metadata, until);
      ask(through, "ModelConfig", named<inference::ModelConfigRequest>(name), offered_[i].config, until);
    }
    return std::move(calls_);
  }

 private:
  template <class Request>
  static Request named(std::string const& model) {
    Request asked;
    asked.set_name(model);
    return asked;
  }

  template <class Response>
  void ask(connection& through, char const* method, google::protobuf::MessageLite const& asked,
           answer<Response>& result, time_point until) {
    calls_.push_back(through.start(
        method, bytes_of(asked), until,
        [self = shared_from_this(), &result](grpc::Status const& status, grpc::ByteBuffer const& message) {
          std::unique_lock lock{self->mutex_};
          result.status = status;
          if (status.ok() && !parse(message, result.message))
            result.status = {grpc::StatusCode::INTERNAL, "the answer is damaged"};
          if (--self->missing_ > 0) return;
          lock.unlock();
          self->done_(self->misfit());
        }));
  }

  std::optional<failure> misfit() const {
    if (!ready_.status.ok()) return failure_of(ready_.status, server_);
    if (!ready_.message.ready())
      return failure{errc::transport_failed, "the server " + server_.address + " is not ready yet"};
    for (std::size_t i = 0; i < offered_.size(); ++i)
      if (auto found = misfit_of(served_->tails[i], offered_[i])) return found;
    return std::nullopt;
  }

  std::optional<failure> misfit_of(served_tail const& tail, offered_tail const& offered) const {
    if (!offered.metadata.status.ok()) {
      auto const code = offered.metadata.status.error_code();
      if (code == grpc::StatusCode::NOT_FOUND || code == grpc::StatusCode::INVALID_ARGUMENT)
        return other("offers no model " + tail.model + ", the tail after " + std::to_string(tail.split.layers) +
                     " layers; serve the splits of this deployment there, or take its own");
      return failure_of(offered.metadata.status, server_);
    }
    if (!offered.ready.status.ok()) return failure_of(offered.ready.status, server_);
    if (!offered.ready.message.ready())
      return failure{errc::transport_failed,
                     "the server " + server_.address + " has not loaded the model " + tail.model + " yet"};
    bool const has_config = offered.config.status.ok();
    if (!has_config && offered.config.status.error_code() != grpc::StatusCode::UNIMPLEMENTED)
      return failure_of(offered.config.status, server_);
    auto const& config = offered.config.message.config();
    bool const batches = has_config && config.max_batch_size() > 0;
    if (auto found = misfit_of(tail, "input", tail.inputs, offered.metadata.message.inputs(), batches)) return found;
    if (auto found = misfit_of(tail, "output", tail.outputs, offered.metadata.message.outputs(), batches)) return found;
    if (!has_config || !check_weights_) return std::nullopt;
    return misfit_of(tail, config.parameters());
  }

  // Network and weights, as far as the server tells them.
  std::optional<failure> misfit_of(
      served_tail const& tail, google::protobuf::Map<std::string, inference::ModelParameter> const& parameters) const {
    auto const differs = [&](char const* key, std::string const& mine) {
      auto const found = parameters.find(key);
      return !mine.empty() && found != parameters.end() && found->second.string_value() != mine;
    };
    if (differs("dsc_signature", served_->signature))
      return other("serves another network as " + tail.model + ": its layers are not those of " + served_->network);
    if (differs("dsc_weights", served_->weights))
      return other("serves " + tail.model + " with other weights (" +
                   quoted(parameters.at("dsc_weights").string_value()) + " instead of " + quoted(served_->weights) +
                   "); give both sides the same file");
    return std::nullopt;
  }

  template <class Offered>
  std::optional<failure> misfit_of(served_tail const& tail, char const* kind,
                                   std::vector<served_tensor> const& expected, Offered const& offered,
                                   bool batches) const {
    if (static_cast<std::size_t>(offered.size()) != expected.size())
      return other("serves " + tail.model + " with " + std::to_string(offered.size()) + " " + kind + "s instead of " +
                   std::to_string(expected.size()));
    for (served_tensor const& tensor : expected) {
      int at = 0;
      while (at < offered.size() && offered[at].name() != tensor.name) ++at;
      if (at == offered.size()) return other("serves " + tail.model + " without the " + kind + " " + tensor.name);
      if (offered[at].datatype() != datatype_of(tensor.sample.element) || !fits(tensor, offered[at].shape(), batches))
        return other("serves " + tail.model + " with an " + kind + " " + tensor.name +
                     " of another type or shape than " + text_of(tensor.sample) + " for each sample");
    }
    return std::nullopt;
  }

  // The shape of one sample behind the batch; a server that batches may leave the batch out.
  template <class Shape>
  static bool fits(served_tensor const& tensor, Shape const& offered, bool batches) {
    auto const size = static_cast<std::size_t>(offered.size()), rank = tensor.sample.shape.rank;
    if (size != rank + 1 && !(batches && size == rank)) return false;
    for (std::size_t i = 0; i < rank; ++i) {
      std::int64_t const extent = offered[static_cast<int>(size - rank + i)];
      if (extent != -1 && extent != tensor.sample.shape[i]) return false;
    }
    return true;
  }

  failure other(std::string const& sentence) const {
    return {oip_errc::other_network, "the server " + server_.address + " " + sentence};
  }

  endpoint server_;
  std::shared_ptr<deployment const> served_;
  bool check_weights_;
  std::function<void(std::optional<failure>)> done_;
  std::vector<std::shared_ptr<call>> calls_;
  std::mutex mutex_;
  std::size_t missing_ = 0;
  answer<inference::ServerReadyResponse> ready_;
  std::vector<offered_tail> offered_;
};

}  // namespace

std::vector<std::shared_ptr<call>> begin_check(connection& through, endpoint const& server,
                                               std::shared_ptr<deployment const> const& served, bool check_weights,
                                               time_point until, std::function<void(std::optional<failure>)> done) {
  return std::make_shared<server_check>(server, served, check_weights, std::move(done))->begin(through, until);
}

}  // namespace dsc::oip
