#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <dsc/oip/client.hpp>

#include "client/connection.hpp"
#include "client/failure.hpp"

namespace dsc::oip {

/// Asks a server, by `through`, whether it is ready and offers the tails of `served` with the same
/// tensors, network and weights. `done` hears what does not fit, nothing where all does, from a
/// thread of gRPC. The calls are there to be cancelled.
std::vector<std::shared_ptr<call>> begin_check(connection& through, endpoint const& server,
                                               std::shared_ptr<deployment const> const& served, bool check_weights,
                                               time_point until, std::function<void(std::optional<failure>)> done);

/// As the entry of a server's extensions that names a model whose configuration holds the
/// deployment, as in `dsc.deployment/1:b0-tail-03`.
inline constexpr char const* deployment_extension = "dsc.deployment/1:";

}  // namespace dsc::oip
