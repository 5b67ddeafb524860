// expect: (conversion|no viable conversion) from .*int.* to .*dsc::split_point
#include <dsc/units.hpp>
dsc::split_point split = 3;
