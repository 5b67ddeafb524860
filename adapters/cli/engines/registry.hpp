#pragma once

#include <vector>

#include "engines/engine.hpp"

/// The engines of this program: those that it was built with, as `main` hands them over.
namespace dsc::cli {

/// Sets the engines, before any other function of this file is called.
void use_engines(std::vector<engine const*> engines);

/// The engine of this kind. Throws `bad_option` where this build has none, with what to install.
engine const& engine_of(engine_kind const& kind);

/// The engine that a model belongs to. Throws as above.
engine const& engine_of(model_description const& model);

}  // namespace dsc::cli
