#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/model/zoo/efficientnet.hpp>

#include "engines/engine_kind.hpp"

namespace dsc::cli {

/// A layer of what the command was given.
class layer_description {
 public:
  std::string label;
  tensor_spec output_spec;            ///< one sample
  std::optional<std::uint64_t> macs;  ///< nothing where nobody counted them
  bool block = true;                  ///< of a file every layer is one
  std::string module;                 ///< the class of the file's module, as in `Bottleneck`; empty where there is none

  std::string_view name() const { return label; }
  tensor_spec const& output() const { return output_spec; }
  bytes output_bytes() const { return output_spec.size(); }
  bool is_block() const { return block; }
};

/// A file as an engine has read it; only that engine looks inside.
class loaded_model {
 public:
  loaded_model() = default;
  loaded_model(loaded_model const&) = delete;
  loaded_model& operator=(loaded_model const&) = delete;
  virtual ~loaded_model() = default;
};

/// What a command is about, a network of the zoo or a file: a `dsc::Model`. Copies share the file's
/// weights.
class model_description {
 public:
  std::string label;
  std::string given;  ///< as a person named it: the zoo's name, or a path
  tensor_spec input_spec;
  std::vector<layer_description> list;
  std::optional<zoo::efficientnet> network;  ///< with its input's type; of the zoo
  std::shared_ptr<loaded_model const> file;  ///< of a file
  engine_kind const* kind = nullptr;         ///< of the engine that runs it; never null in what is described

  std::string_view name() const { return label; }
  tensor_spec const& input() const { return input_spec; }
  bytes input_bytes() const { return input_spec.size(); }
  std::span<layer_description const> layers() const { return list; }
};

/// A network of the zoo whose features have this element type.
model_description description_of(zoo::efficientnet const& network, element_type feature = element_type::float32);

/// What crosses a split, for one sample. The split is not checked.
tensor_spec const& spec_at(model_description const& model, split_point split);

}  // namespace dsc::cli
