#pragma once

#include <dsc/error.hpp>

namespace dsc::cli {

/// What went wrong, beside `dsc::errc`: the numbers of the command, 801 to 899.
enum class cli_errc : int {
  bad_option = 801,     ///< an option that makes no sense
  unknown_model = 802,  ///< a model name that is neither in the zoo nor a file
  bad_image = 803,      ///< an image that cannot be decoded
};

}  // namespace dsc::cli
