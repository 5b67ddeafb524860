// expect: (conversion|no viable conversion) from .*int.* to .*dsc::batch_size
#include <dsc/units.hpp>
dsc::batch_size batch = 8;
