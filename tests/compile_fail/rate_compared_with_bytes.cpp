// expect: no match for .?operator<|invalid operands to binary expression \('dsc::data_rate' and
// 'dsc::bytes'
#include <dsc/units.hpp>
bool const faster = dsc::data_rate{1.0} < dsc::bytes{2};
