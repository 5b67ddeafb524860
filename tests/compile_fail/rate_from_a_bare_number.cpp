// expect: (conversion|no viable conversion) from .*double.* to .*dsc::data_rate
#include <dsc/units.hpp>
dsc::data_rate rate = 20e6;
