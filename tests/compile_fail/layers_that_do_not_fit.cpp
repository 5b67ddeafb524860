// expect: satisfaction of 'ChainedLayers<|constraints not satisfied for class template
// 'static_model'.*ChainedLayers<
#include <dsc/model/static_model.hpp>

#include "../support/static_archetypes.hpp"
constexpr dsc::test::smallest first;
constexpr dsc::test::next second;
constexpr dsc::static_model net{second, first};
