#pragma once

#include <string>
#include <vector>

#include "torchscript/graph/memory_layout.hpp"
#include "torchscript/graph/subgraph.hpp"

namespace dsc::libtorch::detail {

/// The batch sizes for which an export must know the numbers that cross its first cut.
inline constexpr std::int64_t export_batches[] = {1, 2, 3, 5};

/// What crosses the first cut of a part that is to be exported.
struct export_input {
  tensor_spec sample;
  element_type element =
      element_type::float32;  ///< that the part computes in; a sample of another floating-point type is converted
  cut_layout layout;          ///< that the part is to see
  std::vector<std::vector<c10::IValue>> scalars;  ///< for each of `export_batches`
};

/// The part of a graph between two cuts as the file of a TorchScript module whose input is a batch
/// of samples. Numbers that cross the first cut are written as the batch size or as themselves;
/// those that are neither are refused with `bad_split`.
std::string exported_piece(cut_points const& points, graph_cut const& from, graph_cut const& to,
                           export_input const& input);

}  // namespace dsc::libtorch::detail
