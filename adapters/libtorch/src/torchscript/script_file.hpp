#pragma once

#include "torchscript/graph/jit.hpp"

#include <filesystem>
#include <optional>

#include <dsc/shape.hpp>

namespace dsc::libtorch::detail {

/// A module out of a file, and what the file says of its input.
struct script_file {
  torch::jit::Module module;
  std::optional<tensor_spec> input;
};

/// Reads what `torch.jit.save` wrote, from the copy that `checked_archive` makes. Throws
/// `cannot_read`, `bad_file`, and `bad_model` for operators that do more than compute.
script_file read_script(std::filesystem::path const& path);

/// The name of the extra file that says what the input is, as in `float32 3x224x224`.
inline constexpr char const* input_entry = "dsc.input";

/// `float32 3x224x224`.
std::string text_of(tensor_spec const& sample);
/// The way back; nothing for other text.
std::optional<tensor_spec> spec_of(std::string const& text);

}  // namespace dsc::libtorch::detail
