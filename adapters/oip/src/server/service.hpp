#pragma once

#include <memory>
#include <string>

#include <dsc/oip/server.hpp>

#include "open_inference.grpc.pb.h"
#include "server/counters.hpp"
#include "server/request_check.hpp"
#include "server/tail_queue.hpp"

namespace dsc::oip {

/// The protocol's service on a queue of tails. What is referred to must outlive it.
std::unique_ptr<grpc::Service> service_of(deployment const& served, model_table const& models, tail_queue& queue,
                                          counters& counts);

}  // namespace dsc::oip
