#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <dsc/shape.hpp>

namespace dsc::cli {

/// An image file (JPEG, PNG, BMP and what else stb_image reads) as one sample of a network's input:
/// resized bilinearly to its height and width, channels first. In uint8 the values are those of the
/// image; in float32 they are normalised with ImageNet's mean and deviation. Throws `cannot_read`
/// and `bad_image`, naming the file, and `bad_option` where the input is no image.
std::vector<std::byte> load_image(std::string const& file, tensor_spec const& sample);

}  // namespace dsc::cli
