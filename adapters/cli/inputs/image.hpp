#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <dsc/shape.hpp>

#include "options/options.hpp"

namespace dsc::cli {

/// An image file (JPEG, PNG, BMP and what else stb_image reads) as one sample of a network's input,
/// channels first: turned upright as its EXIF says, brought to the input's height and width and, in
/// float32, normalised. In uint8 the levels are the image's. Throws `cannot_read` and `bad_image`,
/// naming the file, and `bad_option` where the input is no image.
std::vector<std::byte> load_image(std::string const& file, tensor_spec const& sample, image_options const& options);

}  // namespace dsc::cli
