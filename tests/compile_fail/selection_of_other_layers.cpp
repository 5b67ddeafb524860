// expect: satisfaction of 'LayerSelection<|'LayerSelection<.*' evaluated to false|does not satisfy
// 'LayerSelection'
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>
auto const natural = dsc::natural_bottlenecks(dsc::zoo::efficientnet_b0, [](int) { return true; });
