#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include <dsc/model/zoo/efficientnet.hpp>

namespace dsc::libtorch {

/// Parameters and statistics by torchvision's names, as in `features.1.0.block.0.0.weight`.
using state_dict = std::map<std::string, at::Tensor, std::less<>>;

/// Reads what `torch.save(model.state_dict(), file)` or `torch.save(dict(…), file)` wrote, or a
/// `.safetensors` file; the content decides, not the name. Nothing in the file is executed, and no
/// more is allocated than the file is long. Throws `cannot_read`, and `bad_weights` for a file that
/// is damaged, truncated or something else.
state_dict load_weights(std::filesystem::path const& file);

/// The same, checked against the network: throws `bad_weights` with the file's name and the names
/// of what does not fit (of each kind the first five, and how many more there are).
state_dict load_weights(std::filesystem::path const& file, zoo::efficientnet const& net);

/// Weights that nobody trained, always the same for one seed, through which activations neither
/// vanish nor overflow and roundings do not grow.
state_dict random_weights(zoo::efficientnet const& net, std::uint64_t seed = 0);

/// By what two sides tell that they have the same weights: a fingerprint of all names, types and
/// values in the order of the names, but for `num_batches_tracked`, which inference does not need.
/// The same for every file that holds them, on whatever device they lie, and another one where one
/// bit of a value differs.
std::string weights_fingerprint(state_dict const& weights);

/// Throws `bad_weights` with the names of entries that are missing, that the network does not have,
/// or that have another shape or no floating-point type. `num_batches_tracked`, which inference
/// does not need, may be there or not. `source` begins the sentence.
void check_weights(zoo::efficientnet const& net, state_dict const& weights, std::string const& source = "the weights");

}  // namespace dsc::libtorch
