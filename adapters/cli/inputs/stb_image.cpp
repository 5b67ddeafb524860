// The one copy of stb_image; what no camera makes is refused before it is allocated.
#define STBI_MAX_DIMENSIONS 16384
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
