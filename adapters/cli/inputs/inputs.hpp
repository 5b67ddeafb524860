#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "options/options.hpp"
#include "running/experiment.hpp"

namespace dsc::cli {

/// The batches to run: request i comes at `i · interval` and is of the i-th batch size of the list,
/// which starts over at its end. Its samples are the images in turn or, without images, values made
/// up anew for every one. Throws `cannot_read`, `bad_image` and `bad_option`.
std::function<batch_input(std::size_t)> inputs(model_description const& model, image_options const& images,
                                               std::uint64_t seed, std::vector<batch_size> const& batches,
                                               seconds interval);

}  // namespace dsc::cli
