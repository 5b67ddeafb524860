#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <grpcpp/support/status.h>

#include <dsc/run/deployment.hpp>
#include <dsc/run/wire.hpp>

#include "wire/messages.hpp"

namespace dsc::oip {

/// The served models by their names.
class model_table {
 public:
  /// Throws `bad_deployment` for a deployment that cannot be served.
  explicit model_table(deployment const& served);

  /// The model's place in the deployment, of this version or of any; `none` where there is no such
  /// model.
  std::size_t find(std::string const& name, std::string const& version) const;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// What a good request to a tail holds.
struct checked_request {
  batch_size batch;
  std::vector<wire_tensor> tensors;
};

/// Checks a request against the tail that it names: whose network and weights it means, which
/// tensors it brings and wants. Fails with one sentence.
grpc::Status check_request(deployment const& served, served_tail const& tail,
                           received_message<inference::ModelInferRequest> const& message, checked_request& good);

}  // namespace dsc::oip
