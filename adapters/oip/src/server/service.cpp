#include "server/service.hpp"

#include <utility>

#include <dsc/io/deployment_json.hpp>
#include <dsc/version.hpp>

namespace dsc::oip {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;
using grpc::StatusCode;
using namespace inference;

using base = GRPCInferenceService;
using callbacks = base::WithCallbackMethod_ServerLive<
    base::WithCallbackMethod_ServerReady<base::WithCallbackMethod_ModelReady<base::WithCallbackMethod_ServerMetadata<
        base::WithCallbackMethod_ModelMetadata<base::WithRawCallbackMethod_ModelInfer<
            base::WithCallbackMethod_ModelConfig<base::WithCallbackMethod_ModelStatistics<base::Service>>>>>>>>;

ServerUnaryReactor* finished(CallbackServerContext* context, Status const& status = Status::OK) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

template <class Metadata>
void describe_served(Metadata& metadata, served_tensor const& tensor) {
  metadata.set_name(tensor.name);
  metadata.set_datatype(datatype_of(tensor.sample.element));
  metadata.add_shape(-1);
  for (std::int64_t const extent : tensor.sample.shape) metadata.add_shape(extent);
}

Status no_model(std::string const& name) {
  return {StatusCode::NOT_FOUND, "there is no model '" + name.substr(0, 80) + "' here"};
}

class inference_service final : public callbacks {
 public:
  inference_service(deployment const& served, model_table const& models, tail_queue& queue, counters& counts)
      : served_{served}, models_{models}, queue_{queue}, counts_{counts}, document_{deployment_json(served)} {}

  ServerUnaryReactor* ServerLive(CallbackServerContext* context, ServerLiveRequest const*,
                                 ServerLiveResponse* answer) override {
    answer->set_live(true);
    return finished(context);
  }

  ServerUnaryReactor* ServerReady(CallbackServerContext* context, ServerReadyRequest const*,
                                  ServerReadyResponse* answer) override {
    answer->set_ready(!queue_.is_closed());
    return finished(context);
  }

  ServerUnaryReactor* ModelReady(CallbackServerContext* context, ModelReadyRequest const* asked,
                                 ModelReadyResponse* answer) override {
    bool const known = models_.find(asked->name(), asked->version()) != model_table::none;
    answer->set_ready(known && !queue_.is_closed());
    return finished(context);
  }

  ServerUnaryReactor* ServerMetadata(CallbackServerContext* context, ServerMetadataRequest const*,
                                     ServerMetadataResponse* answer) override {
    answer->set_name("dsc");
    answer->set_version(std::string{version_text});
    answer->add_extensions("dsc.deployment/1:" + served_.tails.front().model);
    answer->add_extensions("model_configuration");
    answer->add_extensions("statistics");
    return finished(context);
  }

  ServerUnaryReactor* ModelMetadata(CallbackServerContext* context, ModelMetadataRequest const* asked,
                                    ModelMetadataResponse* answer) override {
    std::size_t const place = models_.find(asked->name(), asked->version());
    if (place == model_table::none) return finished(context, no_model(asked->name()));
    served_tail const& tail = served_.tails[place];
    answer->set_name(tail.model);
    answer->add_versions("1");
    answer->set_platform("dsc");
    for (served_tensor const& tensor : tail.inputs) describe_served(*answer->add_inputs(), tensor);
    for (served_tensor const& tensor : tail.outputs) describe_served(*answer->add_outputs(), tensor);
    return finished(context);
  }

  ServerUnaryReactor* ModelConfig(CallbackServerContext* context, ModelConfigRequest const* asked,
                                  ModelConfigResponse* answer) override {
    std::size_t const place = models_.find(asked->name(), asked->version());
    if (place == model_table::none) return finished(context, no_model(asked->name()));
    inference::ModelConfig& config = *answer->mutable_config();
    config.set_name(served_.tails[place].model);
    config.set_platform("dsc");
    config.set_backend("dsc");
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    std::uint64_t const batch = served_.largest_batch.count;
    config.set_max_batch_size(static_cast<std::int32_t>(batch == 0 ? most : std::min(batch, most)));
    auto& parameters = *config.mutable_parameters();
    parameters["dsc_signature"].set_string_value(served_.signature);
    parameters["dsc_weights"].set_string_value(served_.weights);
    parameters["dsc_deployment"].set_string_value(document_);
    return finished(context);
  }

  ServerUnaryReactor* ModelStatistics(CallbackServerContext* context, ModelStatisticsRequest const* asked,
                                      ModelStatisticsResponse* answer) override {
    std::size_t const place = models_.find(asked->name(), asked->version());
    if (!asked->name().empty() && place == model_table::none) return finished(context, no_model(asked->name()));
    for (std::size_t i = 0; i < served_.tails.size(); ++i)
      if (asked->name().empty() || i == place)
        *answer->add_model_stats() = statistics_of(served_.tails[i], counts_.of(i));
    return finished(context);
  }

  ServerUnaryReactor* ModelInfer(CallbackServerContext* context, grpc::ByteBuffer const* message,
                                 grpc::ByteBuffer* answer) override {
    tail_job job{.call = infer_call::begin(*context, *answer, queue_),
                 .model = counts_.unknown(),
                 .batch = {},
                 .tensors = {},
                 .id = {},
                 .size = bytes{message->Length()},
                 .arrival = run_clock::now()};
    infer_call* const reactor = job.call.get();
    // A full queue costs no more than this line, whatever is asked.
    Status status = queue_.refusal(job.size);
    outcome const what = status.ok() ? outcome::invalid : outcome::refused;
    if (status.ok()) status = read(*message, job);
    if (status.ok()) {
      queue_.push(std::move(job));
    } else if (job.call->claim()) {
      counts_.count(job.model, what, job.size);
      job.call->finish(status);
    }
    return reactor;
  }

 private:
  Status read(grpc::ByteBuffer const& message, tail_job& job) const {
    try {
      received_message<ModelInferRequest> const received = request_in(message);
      std::size_t const place = models_.find(received.head.model_name(), received.head.model_version());
      if (place == model_table::none) return no_model(received.head.model_name());
      job.model = place;
      job.id = received.head.id();
      checked_request good;
      Status const status = check_request(served_, served_.tails[place], received, good);
      job.batch = good.batch;
      job.tensors = std::move(good.tensors);
      return status;
    } catch (error const& failure) {
      std::string const sentence = failure.what();
      return {StatusCode::INVALID_ARGUMENT, sentence.substr(sentence.find(": ") + 2)};
    } catch (std::bad_alloc const&) {
      return {StatusCode::RESOURCE_EXHAUSTED, "this server has no memory for the request"};
    }
  }

  deployment const& served_;
  model_table const& models_;
  tail_queue& queue_;
  counters& counts_;
  std::string document_;
};

}  // namespace

std::unique_ptr<grpc::Service> service_of(deployment const& served, model_table const& models, tail_queue& queue,
                                          counters& counts) {
  return std::make_unique<inference_service>(served, models, queue, counts);
}

}  // namespace dsc::oip
