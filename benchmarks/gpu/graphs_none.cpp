#include <cstdio>

#include "steps.hpp"

namespace gpu {

bool graphs(arguments const&) {
  std::printf("this LibTorch has no CUDA: nothing to capture\n");
  return true;
}

}  // namespace gpu
