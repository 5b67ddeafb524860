#include <dsc/io/run_json.hpp>

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

inference_record record_of(split_point split, seconds predicted, seconds observed) {
  inference_record record{};
  record.batch = 2_batch;
  record.decided.plan.split = split;
  record.decided.plan.latency = {.head = predicted};
  record.decided.rate = 1_MBps;
  record.observed = {.head = observed};
  record.total = observed;
  return record;
}

run_document small() {
  run_document run{.model = "net", .strategies = {{"dynamic"}, {"offload", 0_split, false}}};
  run.requests.push_back({1, 0, 0_s, record_of(3_split, 2_s, 1_s)});
  run.requests.push_back({1, 1, 0_s, record_of(0_split, 2_s, 2_s)});
  run.requests.push_back({2, 0, 1_s, record_of(3_split, 1_s, 1_s)});
  run.requests.push_back({2, 1, 1_s, record_of(0_split, never, 4_s)});
  run.requests.back().record.fallback = "no answer, as \"it\" left";
  run.requests.back().record.decided.rate.reset();
  return run;
}

TEST_CASE("runs are summed up from what was observed", "[run]") {
  auto const sums = summaries(small());
  REQUIRE(sums.size() == 2);
  CHECK(sums[0].mean == 1_s);
  CHECK(sums[0].median == 1_s);
  CHECK(sums[0].gain_percent == 0.0);
  CHECK(sums[0].prediction_error == 0.5);
  CHECK(sums[1].mean == 3_s);
  CHECK(sums[1].gain_percent == 62.5);
  CHECK(sums[1].prediction_error == 0.0);
  CHECK(sums[1].fallbacks == 1);
  CHECK(prediction_error(small()) == 0.0);
  run_document alone = small();
  alone.strategies[0].name = "mine";
  CHECK_FALSE(summaries(alone)[1].gain_percent);
}

TEST_CASE("runs are written as their schema says", "[run]") {
  auto const read = nlohmann::json::parse(run_json(small()));
  CHECK(read["schema"] == "dsc.run/1");
  CHECK(read["batch"] == nlohmann::json{2, 2});
  CHECK(read["device_slowdown"].is_null());
  CHECK_FALSE(read.contains("input_type"));
  CHECK_FALSE(read["strategies"][0].contains("split"));
  CHECK(read["strategies"][1]["split"] == 0);
  CHECK(read["strategies"][1]["identical_answers"] == false);
  CHECK(read["requests"][0]["strategy"] == "dynamic");
  CHECK(read["requests"][0]["predicted"]["return_time"] == 0.0);
  CHECK(read["requests"][0]["fallback"].is_null());
  CHECK(read["requests"][3]["predicted_seconds"].is_null());
  CHECK(read["requests"][3]["rate"] == 0.0);
  temporary_folder const folder;
  write_run(folder / "run.json", small());
  CHECK(read_file(folder / "run.json") == run_json(small()));
}

TEST_CASE("runs are written as CSV", "[run]") {
  CHECK(run_csv(small()) ==
        "request,strategy,time,batch,rate,split,predicted,observed,head,transfer,queue,tail,return_time,fallback\n"
        "1,dynamic,0.0,2,1000000.0,3,2.0,1.0,1.0,0.0,0.0,0.0,0.0,\n"
        "1,offload,0.0,2,1000000.0,0,2.0,2.0,2.0,0.0,0.0,0.0,0.0,\n"
        "2,dynamic,1.0,2,1000000.0,3,1.0,1.0,1.0,0.0,0.0,0.0,0.0,\n"
        "2,offload,1.0,2,,0,,4.0,4.0,0.0,0.0,0.0,0.0,\"no answer, as \"\"it\"\" left\"\n");
}

TEST_CASE("a request of no strategy is refused", "[run]") {
  run_document run = small();
  run.requests[0].strategy = 2;
  CHECK(code_of([&] { (void)run_json(run); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)run_csv(run); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)summaries(run); }) == errc::bad_quantity);
}

}  // namespace
