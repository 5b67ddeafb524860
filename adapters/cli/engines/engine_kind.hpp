#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dsc::cli {

/// An engine as a person meets it, whether this build has it or not.
struct engine_kind {
  std::string_view name;                           ///< as in `LibTorch`
  std::string_view file_type;                      ///< of the files that it reads and writes, as in `TorchScript`
  std::span<std::string_view const> file_endings;  ///< that such files have; the first one is written
  std::string_view package;                        ///< whatever has to be installed for it
  bool runs_zoo = false;                           ///< networks of the zoo, too
};

/// Every kind of engine that the command knows. Files of unknown endings are the first one's.
std::span<engine_kind const* const> engine_kinds();

/// The kind that a file belongs to, by its name alone; null where no ending is known.
engine_kind const* kind_of_ending(std::string_view file);

/// The kind of the networks of the zoo.
engine_kind const& kind_of_zoo();

/// The types of all files that the command takes, as in `TorchScript` or `TorchScript or ONNX`.
std::string file_types();

}  // namespace dsc::cli
