#pragma once

#include <filesystem>
#include <vector>

#include "memory_layout.hpp"
#include "script_piece.hpp"

namespace dsc::libtorch::detail {

/// The batch sizes for which an export must know the numbers that cross its first cut.
inline constexpr std::int64_t export_batches[] = {1, 2, 3, 5};

/// Writes the part of a graph between two cuts as a TorchScript module whose input is a batch of `sample`, brought into `layout`. `scalars` are the numbers
/// that cross the first cut, for each of `export_batches`: those that are the batch size or never change are written as such; others are refused
/// with `bad_split`. Throws `cannot_write`.
void export_piece(graph_outline const& outline, graph_cut const& from, graph_cut const& to, tensor_spec const& sample,
                  memory_layout const& layout, std::vector<std::vector<c10::IValue>> const& scalars, std::filesystem::path const& file);

}  // namespace dsc::libtorch::detail
