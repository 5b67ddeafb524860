// expect: (Planner|best)
#include <dsc/decide/controller.hpp>
struct no_planner {};
dsc::controller const chooser{no_planner{}, [] { return dsc::data_rate{1.0}; }};
