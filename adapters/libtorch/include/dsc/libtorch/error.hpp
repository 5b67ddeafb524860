#pragma once

#include <dsc/error.hpp>

namespace dsc::libtorch {

/// What went wrong, beside `dsc::errc`: the numbers of this adapter, 701 to 799.
enum class libtorch_errc : int {
  bad_weights = 701,  ///< weights that are missing, extra or of the wrong shape
  bad_option = 702,   ///< a device, element type or other option that is unknown, or that the model cannot take
};

}  // namespace dsc::libtorch
