// expect: invalid variable template 'element_type_of<bool>'|constraints not satisfied for variable
// template 'element_type_of'
#include <dsc/traits.hpp>
auto const element = dsc::element_type_of<bool>;
