#include "server/request_check.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <dsc/oip/error.hpp>

namespace dsc::oip {
namespace {

using grpc::Status;
using grpc::StatusCode;
using inference::ModelInferRequest;

// Names come from outside; a sentence holds no more than the beginning of one.
std::string quoted(std::string const& text) {
  constexpr std::size_t longest = 80;
  std::string beginning = "'" + text.substr(0, longest) + (text.size() > longest ? "...'" : "'");
  for (char& c : beginning)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return beginning;
}

Status invalid(std::string const& sentence) { return {StatusCode::INVALID_ARGUMENT, sentence}; }

// As in `[-1, 3, 224, 224]`, where -1 is the batch.
std::string shape_text(served_tensor const& due) {
  std::string text = "[-1";
  for (std::int64_t const extent : due.sample.shape) text += ", " + std::to_string(extent);
  return text + "]";
}

// What a client says of itself must be so; a client that says nothing is believed.
Status check_identity(ModelInferRequest const& head, char const* name, std::string const& ours,
                      std::string const& noun) {
  auto const said = head.parameters().find(name);
  if (said == head.parameters().end() || ours.empty()) return Status::OK;
  std::string const theirs = said->second.string_param();
  if (theirs == ours || theirs.empty()) return Status::OK;
  return {StatusCode::FAILED_PRECONDITION, "this server hosts other " + noun + " than the client has: " + ours +
                                               ", not " + quoted(theirs) + "; give both the same file"};
}

// How many samples a request has: the first extent of a tensor whose others are those of the model.
Status check_tensor(ModelInferRequest::InferInputTensor const& tensor, served_tensor const& due,
                    std::optional<std::int64_t>& batch) {
  std::string const beginning = "input " + quoted(tensor.name());
  if (tensor.datatype() != datatype_of(due.sample.element))
    return invalid(beginning + " is " + quoted(tensor.datatype()) + " instead of " + datatype_of(due.sample.element));
  auto const& shape = tensor.shape();
  bool const fits = shape.size() == static_cast<int>(due.sample.shape.rank) + 1 &&
                    std::equal(shape.begin() + 1, shape.end(), due.sample.shape.begin());
  if (!fits) {
    std::string text;
    for (int i = 0; i < std::min(shape.size(), 9); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return invalid(beginning + " has the shape [" + text + "] instead of " + shape_text(due));
  }
  if (shape[0] < 1) return invalid(beginning + " holds no samples; send one at least");
  if (batch && *batch != shape[0]) return invalid("the inputs hold different numbers of samples");
  batch = shape[0];
  return Status::OK;
}

Status check_inputs(deployment const& served, served_tail const& tail, ModelInferRequest const& head,
                    batch_size& batch) {
  if (head.inputs_size() != static_cast<int>(tail.inputs.size()))
    return invalid("the model '" + tail.model + "' takes " + std::to_string(tail.inputs.size()) + " inputs, not " +
                   std::to_string(head.inputs_size()));
  std::optional<std::int64_t> samples;
  for (auto const& tensor : head.inputs()) {
    auto const due = std::ranges::find(tail.inputs, tensor.name(), &served_tensor::name);
    if (due == tail.inputs.end())
      return invalid("the model '" + tail.model + "' has no input " + quoted(tensor.name()) + "; it has '" +
                     tail.inputs.front().name + "'");
    if (Status const status = check_tensor(tensor, *due, samples); !status.ok()) return status;
  }
  batch = batch_size{static_cast<std::uint64_t>(samples.value_or(0))};
  if (served.largest_batch.count > 0 && batch > served.largest_batch)
    return invalid("a batch of " + std::to_string(batch.count) + " is too large; this server takes at most " +
                   std::to_string(served.largest_batch.count));
  return Status::OK;
}

Status check_outputs(served_tail const& tail, ModelInferRequest const& head) {
  for (auto const& output : head.outputs())
    if (std::ranges::find(tail.outputs, output.name(), &served_tensor::name) == tail.outputs.end())
      return invalid("the model '" + tail.model + "' has no output " + quoted(output.name()) + "; it has '" +
                     tail.outputs.front().name + "'");
  return Status::OK;
}

[[noreturn]] void refuse(std::string const& sentence) { throw error{oip_errc::bad_deployment, sentence}; }

}  // namespace

model_table::model_table(deployment const& served) {
  if (served.tails.empty()) refuse("a deployment without tails cannot be served; name a split at least");
  for (std::size_t i = 0; i < served.tails.size(); ++i) {
    served_tail const& tail = served.tails[i];
    if (tail.model.empty() || !places_.emplace(tail.model, i).second)
      refuse("two tails of a deployment have the name '" + tail.model + "', or one has none; each needs its own");
    if (tail.split.layers >= served.layers)
      refuse("the tail '" + tail.model + "' begins behind the last of " + std::to_string(served.layers) + " layers");
    if (tail.inputs.empty() || tail.outputs.empty())
      refuse("the tail '" + tail.model + "' must have an input and an output");
    for (auto const* const tensors : {&tail.inputs, &tail.outputs})
      for (served_tensor const& tensor : *tensors)
        if (tensor.sample.shape.rank >= shape::max_rank || tensor.sample.size() == bytes{})
          refuse("the tensor '" + tensor.name + "' of the tail '" + tail.model +
                 "' must be samples of at most 7 extents, none of them 0");
  }
}

std::size_t model_table::find(std::string const& name, std::string const& version) const {
  auto const place = places_.find(name);
  return place == places_.end() || (!version.empty() && version != "1") ? none : place->second;
}

Status check_request(deployment const& served, served_tail const& tail,
                     received_message<ModelInferRequest> const& message, checked_request& good) {
  ModelInferRequest const& head = message.head;
  if (Status status = check_identity(head, "dsc_network", served.signature, "network"); !status.ok()) return status;
  if (Status status = check_identity(head, "dsc_weights", served.weights, "weights"); !status.ok()) return status;
  if (Status status = check_inputs(served, tail, head, good.batch); !status.ok()) return status;
  if (Status status = check_outputs(tail, head); !status.ok()) return status;
  try {
    good.tensors = tensors_in(message, tail.inputs, "a request to '" + tail.model + "'");
  } catch (error const& failure) {
    std::string const sentence = failure.what();
    return invalid(sentence.substr(sentence.find(": ") + 2));
  }
  return Status::OK;
}

}  // namespace dsc::oip
