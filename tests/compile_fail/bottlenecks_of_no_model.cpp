// expect: satisfaction of 'Model<|'std::vector<int>' does not satisfy 'Model'
#include <vector>

#include <dsc/model/bottlenecks.hpp>
auto const natural = dsc::natural_bottlenecks(std::vector<int>{1, 2, 3});
