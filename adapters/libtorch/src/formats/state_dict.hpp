#pragma once

#include <dsc/libtorch/weights.hpp>

#include "formats/zip_archive.hpp"
#include "torchscript/input_file.hpp"

namespace dsc::libtorch::detail {

/// The tensors of `archive`, which `torch.save` wrote. Its pickle is read, not executed. Throws
/// `bad_weights`.
state_dict read_pickled(input_file const& file, zip_archive const& archive);

/// The tensors of a safetensors file. Throws `bad_weights`.
state_dict read_safetensors(input_file& file);

}  // namespace dsc::libtorch::detail
