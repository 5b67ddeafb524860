// compiles
// Every misuse of this folder, put right.
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/static_model.hpp>
#include <dsc/units.hpp>

#include "../support/static_archetypes.hpp"

constexpr dsc::test::smallest first;
constexpr dsc::test::next second;
constexpr dsc::static_model net{first, second};

auto const size = dsc::bytes{1} + dsc::bytes{2};
dsc::data_rate rate = dsc::megabytes_per_second(20);
dsc::split_point split{3};
dsc::seconds wait = dsc::bytes{1} / rate;
dsc::batch_size batch{8};
auto const natural = dsc::natural_bottlenecks(net);
auto const whole_net = dsc::head<2>(net);
auto const answer = dsc::tail<0>(net)(dsc::test::smallest::input_type{});
bool const same_type = first.name == second.name;
auto const element = dsc::element_type_of<float>;
