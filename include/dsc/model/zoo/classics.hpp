#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <dsc/model/zoo/classic.hpp>
#include <dsc/model/zoo/efficientnet.hpp>

/// Networks to set beside the EfficientNets, at 224x224, in the layout of torchvision. A layer is
/// the smallest unit behind which one tensor alone is alive: no skip connection crosses a cut.
/// Sources: Simonyan and Zisserman, "Very Deep Convolutional Networks" (ICLR 2015); He et al.,
/// "Deep Residual Learning" (CVPR 2016); Howard et al., "Searching for MobileNetV3" (ICCV 2019);
/// Huang et al., "Densely Connected Convolutional Networks" (CVPR 2017).
namespace dsc::zoo {

namespace detail {

inline constexpr auto vgg16_rows = [] {
  struct stage {
    std::int64_t channels, convolutions;
  };
  classic_builder<22> net;
  std::size_t module = 0;
  for (auto const [channels, convolutions] :
       {stage{64, 2}, stage{128, 2}, stage{256, 3}, stage{512, 3}, stage{512, 3}}) {
    for (std::int64_t i = 0; i < convolutions; ++i, module += 2) {
      net.convolution(channels, 3);
      net.bias();
      net.cut({"features.", module}, true);
    }
    net.shrink(2);
    net.cut({"features.", module++}, true);
  }
  net.cut("avgpool");
  net.linear(4096);
  net.cut("classifier.0");
  net.linear(4096);
  net.cut("classifier.3");
  net.linear(classic_classes);
  net.cut("classifier.6");
  return net.rows;
}();

inline constexpr auto resnet50_rows = [] {
  struct stage {
    module_name label;
    std::int64_t width, stride;
    std::size_t blocks;
  };
  classic_builder<20> net;
  net.convolution(64, 7, 2);
  net.normalisation();
  net.cut("conv1");
  net.shrink(2);
  net.cut("maxpool");
  for (auto const& [label, width, stride, blocks] : {stage{"layer1.", 64, 1, 3}, stage{"layer2.", 128, 2, 4},
                                                     stage{"layer3.", 256, 2, 6}, stage{"layer4.", 512, 2, 3}}) {
    for (std::size_t i = 0; i < blocks; ++i) {
      std::int64_t const in = net.channels();
      net.convolution(width, 1);
      net.normalisation();
      net.convolution(width, 3, i == 0 ? stride : 1);
      net.normalisation();
      net.convolution(4 * width, 1);
      net.normalisation();
      if (i == 0) net.projection(in);
      net.cut({label.view(), i}, true);
    }
  }
  net.mean();
  net.cut("avgpool");
  net.linear(classic_classes);
  net.cut("fc");
  return net.rows;
}();

inline constexpr auto mobilenet_v3_large_rows = [] {
  struct residual {
    std::int64_t kernel, expanded, squeezed, out, stride;  // squeezed: 0 without squeeze-excitation
  };
  classic_builder<20> net;
  net.convolution(16, 3, 2);
  net.normalisation();
  std::size_t module = 0;
  net.cut({"features.", module++});
  for (auto const [kernel, expanded, squeezed, out, stride] :
       {residual{3, 16, 0, 16, 1}, residual{3, 64, 0, 24, 2}, residual{3, 72, 0, 24, 1}, residual{5, 72, 24, 40, 2},
        residual{5, 120, 32, 40, 1}, residual{5, 120, 32, 40, 1}, residual{3, 240, 0, 80, 2},
        residual{3, 200, 0, 80, 1}, residual{3, 184, 0, 80, 1}, residual{3, 184, 0, 80, 1},
        residual{3, 480, 120, 112, 1}, residual{3, 672, 168, 112, 1}, residual{5, 672, 168, 160, 2},
        residual{5, 960, 240, 160, 1}, residual{5, 960, 240, 160, 1}}) {
    if (expanded != net.channels()) {
      net.convolution(expanded, 1);
      net.normalisation();
    }
    net.convolution(expanded, kernel, stride, expanded);
    net.normalisation();
    if (squeezed > 0) net.squeeze_excitation(squeezed);
    net.convolution(out, 1);
    net.normalisation();
    net.cut({"features.", module++}, true);
  }
  net.convolution(960, 1);
  net.normalisation();
  net.cut({"features.", module});
  net.mean();
  net.cut("avgpool");
  net.linear(1280);
  net.cut("classifier.0");
  net.linear(classic_classes);
  net.cut("classifier.3");
  return net.rows;
}();

inline constexpr auto densenet121_rows = [] {
  constexpr std::int64_t growth = 32;
  classic_builder<66> net;
  net.convolution(2 * growth, 7, 2);
  net.normalisation();
  net.cut("features.conv0");
  net.shrink(2);
  net.cut("features.pool0");
  std::size_t block = 0;
  for (std::size_t const layers : {std::size_t{6}, std::size_t{12}, std::size_t{24}, std::size_t{16}}) {
    if (++block > 1) {
      net.normalisation();
      net.convolution(net.channels() / 2, 1);
      net.shrink(2);
      net.cut({"features.transition", block - 1}, true);
    }
    for (std::size_t i = 1; i <= layers; ++i) {
      std::int64_t const earlier = net.channels();
      net.normalisation();
      net.convolution(4 * growth, 1);
      net.normalisation();
      net.convolution(growth, 3);
      net.concatenate(earlier);
      module_name label{"features.denseblock", block};
      label.append(".denselayer");
      label.append(i);
      net.cut(label, true);
    }
  }
  net.normalisation();
  net.cut("features.norm5");
  net.mean();
  net.cut("avgpool");
  net.linear(classic_classes);
  net.cut("classifier");
  return net.rows;
}();

}  // namespace detail

inline constexpr classic vgg16 = detail::make_classic("vgg16", detail::vgg16_rows);
inline constexpr classic resnet50 = detail::make_classic("resnet50", detail::resnet50_rows);
inline constexpr classic mobilenet_v3_large =
    detail::make_classic("mobilenet_v3_large", detail::mobilenet_v3_large_rows);
/// What is alive behind a dense layer is everything that its dense block has put out so far: each
/// output is that concatenation.
inline constexpr classic densenet121 = detail::make_classic("densenet121", detail::densenet121_rows);

/// Every classic network.
inline constexpr std::array<classic const*, 4> classics{&vgg16, &resnet50, &mobilenet_v3_large, &densenet121};

}  // namespace dsc::zoo
