// expect: (conversion|no viable conversion) from .*double.* to .*dsc::seconds
#include <dsc/units.hpp>
dsc::seconds wait = 0.5;
