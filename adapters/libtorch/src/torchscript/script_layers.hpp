#pragma once

#include <string>
#include <vector>

#include <dsc/libtorch/script_model.hpp>

#include "torchscript/graph/cut_points.hpp"
#include "torchscript/script_modules.hpp"

namespace dsc::libtorch::detail {

/// Of a graph's cuts those that are wanted, the first and the last always among them.
std::vector<graph_cut> chosen_cuts(cut_points const& points, module_map const& modules, cuts choice);

/// What the layer between two cuts is called, and its module's class.
script_layer named_layer(cut_points const& points, module_map const& modules, graph_cut const& from,
                         graph_cut const& to, cuts choice);

/// Gives layers that have the name of an earlier one a name of their own, as in `relu#2`.
void make_unique(std::vector<script_layer>& layers);

}  // namespace dsc::libtorch::detail
