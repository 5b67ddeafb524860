#pragma once

#include <string>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// What a person means by MODEL: a network of the zoo by its name, else a TorchScript file by its
/// path. Throws `unknown_model` for a name that is neither, `cannot_read` and what `read_script`
/// throws for a file, and `bad_option` for options of the one that were given for the other.
model_description describe_model(std::string const& text, execution_options const& wanted);

}  // namespace dsc::cli
