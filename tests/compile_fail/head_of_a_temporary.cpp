// expect: (use of|call to) deleted function
#include <dsc/model/static_model.hpp>

#include "../support/static_archetypes.hpp"
auto const part = dsc::head<1>(dsc::static_model{dsc::test::smallest{}});
