#pragma once

#include <array>
#include <string_view>

#include <dsc/model/zoo/efficientnet.hpp>

namespace dsc::zoo {

namespace detail {

inline constexpr auto fused = layer_kind::fused_mbconv;
inline constexpr auto mbconv = layer_kind::mbconv;

// kind, expansion, kernel, stride, in, out, repeats
inline constexpr std::array v1{stage{mbconv, 1, 3, 1, 32, 16, 1},  stage{mbconv, 6, 3, 2, 16, 24, 2},
                               stage{mbconv, 6, 5, 2, 24, 40, 2},  stage{mbconv, 6, 3, 2, 40, 80, 3},
                               stage{mbconv, 6, 5, 1, 80, 112, 3}, stage{mbconv, 6, 5, 2, 112, 192, 4},
                               stage{mbconv, 6, 3, 1, 192, 320, 1}};
inline constexpr std::array v2_s{stage{fused, 1, 3, 1, 24, 24, 2},    stage{fused, 4, 3, 2, 24, 48, 4},
                                 stage{fused, 4, 3, 2, 48, 64, 4},    stage{mbconv, 4, 3, 2, 64, 128, 6},
                                 stage{mbconv, 6, 3, 1, 128, 160, 9}, stage{mbconv, 6, 3, 2, 160, 256, 15}};
inline constexpr std::array v2_m{stage{fused, 1, 3, 1, 24, 24, 3},     stage{fused, 4, 3, 2, 24, 48, 5},
                                 stage{fused, 4, 3, 2, 48, 80, 5},     stage{mbconv, 4, 3, 2, 80, 160, 7},
                                 stage{mbconv, 6, 3, 1, 160, 176, 14}, stage{mbconv, 6, 3, 2, 176, 304, 18},
                                 stage{mbconv, 6, 3, 1, 304, 512, 5}};
inline constexpr std::array v2_l{stage{fused, 1, 3, 1, 32, 32, 4},     stage{fused, 4, 3, 2, 32, 64, 7},
                                 stage{fused, 4, 3, 2, 64, 96, 7},     stage{mbconv, 4, 3, 2, 96, 192, 10},
                                 stage{mbconv, 6, 3, 1, 192, 224, 19}, stage{mbconv, 6, 3, 2, 224, 384, 25},
                                 stage{mbconv, 6, 3, 1, 384, 640, 7}};
inline constexpr std::array v2_b{stage{fused, 1, 3, 1, 32, 16, 1},   stage{fused, 4, 3, 2, 16, 32, 2},
                                 stage{fused, 4, 3, 2, 32, 48, 2},   stage{mbconv, 4, 3, 2, 48, 96, 3},
                                 stage{mbconv, 6, 3, 1, 96, 112, 5}, stage{mbconv, 6, 3, 2, 112, 192, 8}};

}  // namespace detail

// EfficientNet V1 as in torchvision, at the resolution it was trained for.
inline constexpr efficientnet efficientnet_b0 =
    make_efficientnet<detail::v1, scaling{224, 10, 10}>("efficientnet_b0", 1e-5);
inline constexpr efficientnet efficientnet_b1 =
    make_efficientnet<detail::v1, scaling{240, 10, 11}>("efficientnet_b1", 1e-5);
inline constexpr efficientnet efficientnet_b2 =
    make_efficientnet<detail::v1, scaling{260, 11, 12}>("efficientnet_b2", 1e-5);
inline constexpr efficientnet efficientnet_b3 =
    make_efficientnet<detail::v1, scaling{300, 12, 14}>("efficientnet_b3", 1e-5);
inline constexpr efficientnet efficientnet_b4 =
    make_efficientnet<detail::v1, scaling{380, 14, 18}>("efficientnet_b4", 1e-5);
inline constexpr efficientnet efficientnet_b5 =
    make_efficientnet<detail::v1, scaling{456, 16, 22}>("efficientnet_b5", 1e-3);
inline constexpr efficientnet efficientnet_b6 =
    make_efficientnet<detail::v1, scaling{528, 18, 26}>("efficientnet_b6", 1e-3);
inline constexpr efficientnet efficientnet_b7 =
    make_efficientnet<detail::v1, scaling{600, 20, 31}>("efficientnet_b7", 1e-3);

// EfficientNet V2 as in torchvision.
inline constexpr efficientnet efficientnet_v2_s =
    make_efficientnet<detail::v2_s, scaling{384, 10, 10}>("efficientnet_v2_s", 1e-3);
inline constexpr efficientnet efficientnet_v2_m =
    make_efficientnet<detail::v2_m, scaling{480, 10, 10}>("efficientnet_v2_m", 1e-3);
inline constexpr efficientnet efficientnet_v2_l =
    make_efficientnet<detail::v2_l, scaling{480, 10, 10}>("efficientnet_v2_l", 1e-3);

// EfficientNet V2 B0 to B3 as in Keras, named in torchvision's way.
inline constexpr efficientnet efficientnet_v2_b0 =
    make_efficientnet<detail::v2_b, scaling{224, 10, 10}>("efficientnet_v2_b0", 1e-3);
inline constexpr efficientnet efficientnet_v2_b1 =
    make_efficientnet<detail::v2_b, scaling{240, 10, 11}>("efficientnet_v2_b1", 1e-3);
inline constexpr efficientnet efficientnet_v2_b2 =
    make_efficientnet<detail::v2_b, scaling{260, 11, 12}>("efficientnet_v2_b2", 1e-3);
inline constexpr efficientnet efficientnet_v2_b3 =
    make_efficientnet<detail::v2_b, scaling{300, 12, 14}>("efficientnet_v2_b3", 1e-3);

/// Every model of the zoo.
inline constexpr std::array<efficientnet const*, 15> models{
    &efficientnet_b0,   &efficientnet_b1,    &efficientnet_b2,    &efficientnet_b3,    &efficientnet_b4,
    &efficientnet_b5,   &efficientnet_b6,    &efficientnet_b7,    &efficientnet_v2_s,  &efficientnet_v2_m,
    &efficientnet_v2_l, &efficientnet_v2_b0, &efficientnet_v2_b1, &efficientnet_v2_b2, &efficientnet_v2_b3};

}  // namespace dsc::zoo
