#include <dsc/fwd.hpp>
#include <dsc/version.hpp>

#include <string>

#include "../catch.hpp"

namespace {

static_assert(dsc::version >= dsc::version_number{0, 1, 0} && dsc::version < dsc::version_number{1, 0, 0});

// What is declared ahead can be mentioned.
using mentions = dsc::profile const*(dsc::plan const&, dsc::session<int, int, int>*);
static_assert(sizeof(mentions*) > 0);

TEST_CASE("the version's text is its numbers") {
  CHECK(dsc::version_text == std::to_string(dsc::version.major_number) + "." +
                                 std::to_string(dsc::version.minor_number) + "." +
                                 std::to_string(dsc::version.patch_number));
}

}  // namespace
