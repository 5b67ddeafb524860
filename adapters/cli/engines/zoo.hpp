#pragma once

#include <string_view>

#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/shape.hpp>

namespace dsc::cli {

/// The zoo's model of this name. Throws `unknown_model`, naming those whose names come near.
zoo::efficientnet const& model_named(std::string_view name);

/// The zoo's model of this name, or null.
zoo::efficientnet const* find_model(std::string_view name);

/// `float32` or `uint8`. Throws `bad_option`.
element_type input_type_named(std::string_view name);

/// The type that layers compute in: `float32`, `float16` or `bfloat16`. Throws `bad_option`.
element_type feature_type_named(std::string_view name);

/// The name of an element type, as in `float32`.
std::string_view name_of(element_type type);

/// Whether `granularity` means blocks; `layers` it is else. Throws `bad_option` for another word.
bool means_blocks(std::string_view granularity);

/// Whether `cuts` means all places where a file may be cut; between `blocks` it is else. Throws
/// `bad_option` for another word.
bool means_all_cuts(std::string_view cuts);

}  // namespace dsc::cli
