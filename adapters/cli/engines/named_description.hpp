#pragma once

#include <string>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// What a person means by MODEL: a network of the zoo by its name, else a file by its path,
/// read by the engine that its ending belongs to. Throws `unknown_model` for a name that is
/// neither, `cannot_read` and what `engine::describe` throws for a file, and `bad_option` for
/// options of the one that were given for the other and for an engine that this build lacks.
model_description describe_model(std::string const& text, execution_options const& options);

}  // namespace dsc::cli
