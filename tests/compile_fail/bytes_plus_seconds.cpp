// expect: no match for .?operator\+|invalid operands to binary expression \('dsc::bytes' and
// 'dsc::seconds'
#include <dsc/units.hpp>
auto const sum = dsc::bytes{1} + dsc::seconds{2};
