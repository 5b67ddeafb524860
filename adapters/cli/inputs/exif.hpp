#pragma once

#include <string_view>

namespace dsc::cli {

/// How a JPEG says that it must be turned to be seen as it was taken: EXIF's orientation, 1..8; 1
/// where it says nothing or is no JPEG.
int exif_orientation(std::string_view jpeg);

}  // namespace dsc::cli
