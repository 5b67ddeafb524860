// expect: (no match for call to|no matching function for call to object of type) .*static_part<
#include <dsc/model/static_model.hpp>

#include "../support/static_archetypes.hpp"
constexpr dsc::static_model net{dsc::test::smallest{}, dsc::test::next{}};
auto const answer = dsc::tail<1>(net)(dsc::test::smallest::input_type{});
