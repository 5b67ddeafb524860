// expect: satisfaction of 'HasSplit<|'HasSplit<.*' evaluated to false|does not satisfy 'HasSplit'
#include <dsc/model/static_model.hpp>

#include "../support/static_archetypes.hpp"
constexpr dsc::static_model net{dsc::test::smallest{}, dsc::test::next{}};
auto const part = dsc::head<3>(net);
