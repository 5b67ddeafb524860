#pragma once

#include <filesystem>
#include <string>

#include <dsc/run/deployment.hpp>

#include "engines/engine.hpp"
#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// A model repository of NVIDIA's Triton: for each tail a folder with its `config.pbtxt`, and in
/// `1/` its layers and the program that Triton's Python backend runs them with; beside the folders
/// `deployment.json`. All of it or nothing. Throws `cannot_write`, `bad_split` for a tail that no
/// file can hold, and `bad_model` for tensors that Triton cannot be told of.
void write_triton_repository(std::filesystem::path const& folder, deployment const& served,
                             triton_options const& options, model_description const& model,
                             layer_writer const& layers_as_file);

/// The `config.pbtxt` of a tail; `comment` says in one line what it is.
std::string triton_config(deployment const& served, served_tail const& tail, triton_options const& options,
                          std::string const& comment);

}  // namespace dsc::cli
