#include <dsc/io/schema.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;

TEST_CASE("a document's schema is what it says", "[schema]") {
  CHECK(schema_of(R"({"layers": [1], "schema": "dsc.plan/1"})", "p.json") == "dsc.plan/1");
  CHECK(message_of([] { (void)schema_of("{}", "p.json"); }) == "dsc-602: p.json: the document has no 'schema'");
  CHECK(code_of([] { (void)schema_of("[]", "p.json"); }) == errc::bad_file);
  CHECK(code_of([] { (void)schema_of("{", "p.json"); }) == errc::bad_file);
}

}  // namespace
