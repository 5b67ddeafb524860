// expect: StaticLayer<Layers>\)[^;]* evaluated to 'false'|does not satisfy 'StaticLayer'
#include <dsc/model/static_model.hpp>

#include "../support/static_archetypes.hpp"
dsc::static_model<dsc::test::without_call> const net;
