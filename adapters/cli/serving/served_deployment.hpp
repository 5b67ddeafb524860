#pragma once

#include <string>
#include <vector>

#include <dsc/run/deployment.hpp>

#include "engines/model_description.hpp"

namespace dsc::cli {

/// The names of a tail's tensors: those that Triton's backend for TorchScript goes by.
inline constexpr char const* served_input = "INPUT__0";
inline constexpr char const* served_output = "OUTPUT__0";

/// What two sites compare to know that they cut the same network at the same places: SHA-256 of its
/// input, and of its layers' names, types and shapes.
std::string signature_of(model_description const& model);

/// The tails at these splits, each of one tensor in and one out. `weights` is
/// `engine::weights_fingerprint`. The splits are not checked.
deployment deployment_of(model_description const& model, std::vector<split_point> const& splits, std::string weights,
                         batch_size largest_batch);

}  // namespace dsc::cli
