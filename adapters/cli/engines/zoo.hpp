#pragma once

#include <string_view>

#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/shape.hpp>

namespace dsc::cli {

/// The zoo's model of this name. Throws `unknown_model`, naming those whose names come near.
zoo::efficientnet const& model_named(std::string_view name);

/// The zoo's model of this name, or null.
zoo::efficientnet const* find_model(std::string_view name);

/// The name of an element type, as in `float32`.
std::string_view name_of(element_type type);

}  // namespace dsc::cli
