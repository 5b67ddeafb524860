#include <dsc/io/run_json.hpp>

#include <cmath>
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

// Every key that a run's file may have.
run_document full() {
  run_document run = small();
  run.input_type = "uint8";
  run.device_slowdown = 2.5;
  run.trace = "trace.csv";
  run.link = {1_ms, 2_ms, 3_MBps};
  run.load = {1.5, 4_ms};
  run.batches = {2_batch, 5_batch};
  run.images.emplace_back("cat.png").classes = {{7, 0.75, "cat"}, {3, 0.125}};
  run.top_classes = {7, 3};
  inference_record& record = run.requests[1].record;
  record.decided.plan.latency = {
      .head = 1_s, .transfer = 2_s, .queue = 3_s, .tail = 4_s, .return_time = 5_s, .end_to_end = 12_s};
  record.observed = {.head = 6_s, .transfer = 7_s, .queue = 8_s, .tail = 9_s, .return_time = 10_s};
  record.total = 41_s;
  record.decided.rate = unlimited;
  record.decided.plan.route = 1;
  record.decided.reason = "a probe, as nothing is known";
  record.sent = 100_B;
  record.received = 20_B;
  record.confirmed = 60_B;
  record.confirmed_within = 11_s;
  record.waited = 12_s;
  record.hedged = 13_s;
  record.deadline = 14_s;
  record.cold = true;
  record.exit_confidence = 0.75;
  record.warning = "slow to cancel";
  run.requests[3].record.decided.plan.latency = {.transfer = never};
  return run;
}

TEST_CASE("a run that was written is read back in full", "[run]") {
  run_document const run = full();
  run_document const read = parse_run(run_json(run), "run.json");
  CHECK(run_json(read) == run_json(run));
  CHECK(run_csv(read) == run_csv(run));
  CHECK_FALSE(read.requests[3].record.decided.rate);
  inference_record const &record = read.requests[1].record, &original = run.requests[1].record;
  CHECK(record.decided.plan == original.decided.plan);
  CHECK(record.decided.rate == unlimited);
  CHECK(record.observed == original.observed);
  CHECK(record.total == 41_s);
  CHECK(record.decided.plan.route == 1);
  CHECK(record.decided.reason == original.decided.reason);
  CHECK(record.sent == 100_B);
  CHECK(record.received == 20_B);
  CHECK(record.confirmed == 60_B);
  CHECK(record.confirmed_within == 11_s);
  CHECK(record.waited == 12_s);
  CHECK(record.hedged == 13_s);
  CHECK(record.deadline == 14_s);
  CHECK(record.cold);
  CHECK(record.exit_confidence == 0.75);
  CHECK(record.warning == original.warning);
  CHECK_FALSE(read.requests[0].record.cold);
  CHECK(read.requests[0].record.deadline == never);
  CHECK(summaries(read)[1].waited == 12_s);
  CHECK(summaries(read)[1].hedged == 13_s);
  CHECK_THAT(run_csv(read), Catch::Contains(",12.0,13.0,1,100,20,60,11.0,1,\"a probe, as nothing is known\"\n"));
  CHECK(read.requests[3].record.predicted() == never);
  CHECK(read.requests[3].record.decided.plan.latency.transfer == never);
  CHECK(read.requests[3].record.fallback == run.requests[3].record.fallback);
  CHECK(read.requests[2].time == 1_s);
  CHECK(read.link.return_rate == 3_MBps);
  CHECK(read.batches == run.batches);
  CHECK_FALSE(read.rate);
  CHECK_FALSE(read.strategies[0].split);
  CHECK(read.strategies[1].split == 0_split);
  CHECK_FALSE(read.strategies[1].identical_answers);
  REQUIRE(read.images.size() == 1);
  CHECK(read.images[0].classes[0].label == "cat");
  CHECK(read.images[0].classes[1].label.empty());
  CHECK(read.top_classes == run.top_classes);
  temporary_folder const folder;
  write_run(folder / "run.json", run);
  CHECK(run_json(read_run(folder / "run.json")) == run_json(run));
}

TEST_CASE("runs of earlier versions are read", "[run]") {
  auto old = nlohmann::json::parse(run_json(full()));
  old["load"]["slow_down"] = old["load"]["slowdown"];
  old["load"].erase("slowdown");
  for (auto& request : old["requests"])
    for (char const* const parts : {"predicted", "observed"}) {
      request[parts]["answer"] = request[parts]["return_time"];
      request[parts].erase("return_time");
    }
  CHECK(run_json(parse_run(old.dump(), "old.json")) == run_json(full()));
  for (auto& request : old["requests"]) {
    for (char const* const key : {"predicted", "observed", "route", "sent", "received", "confirmed", "confirmed_within",
                                  "waited", "hedged", "deadline", "cold", "exit_confidence", "reason", "warning"})
      request.erase(key);
  }
  run_document const read = parse_run(old.dump(), "old.json");
  CHECK(read.requests[1].record.predicted() == 12_s);
  CHECK(read.requests[1].record.observed == latency_breakdown{});
  CHECK(read.requests[1].record.sent == 0_B);
}

TEST_CASE("what is wrong with a run is told with its place", "[run]") {
  auto const sentence_about = [](auto change) {
    auto run = nlohmann::json::parse(run_json(full()));
    change(run);
    return message_of([&] { (void)parse_run(run.dump(), "run.json"); });
  };
  auto const tells = [](std::string const& words) { return Catch::Matchers::Contains("dsc-602: run.json: " + words); };
  CHECK_THAT(sentence_about([](auto& run) { run["requests"][2]["observed"]["tail"] = -1; }),
             tells("requests[2].observed.tail must be a finite number and not negative, but is -1"));
  CHECK_THAT(sentence_about([](auto& run) { run["requests"][0]["predicted"].erase("queue"); }),
             tells("requests[0].predicted has no 'queue'"));
  CHECK_THAT(sentence_about([](auto& run) { run["requests"][1]["strategy"] = "none"; }),
             tells("requests[1].strategy must be the name of one of the strategies"));
  CHECK_THAT(sentence_about([](auto& run) { run["strategies"][1]["name"] = "dynamic"; }),
             tells("strategies must hold strategies with names of their own"));
  CHECK_THAT(sentence_about([](auto& run) { run["images"][0]["classes"][0]["class"] = 0.5; }),
             tells("images[0].classes[0].class must be a whole number"));
  CHECK_THAT(sentence_about([](auto& run) { run["batch"] = {0}; }), tells("batch[0] must be a whole number"));
}

TEST_CASE("a key that stands twice in a run is refused", "[run]") {
  std::string text = run_json(small());
  std::size_t const place = text.rfind("\"split\"");
  text.insert(place, "\"split\": 2, ");
  CHECK(message_of([&] { (void)parse_run(text, "run.json"); }) ==
        "dsc-602: run.json: requests[3] has the key 'split' twice; leave one of them out");
}

TEST_CASE("noise of a gain is that of requests with the same splits", "[run]") {
  run_document run{.model = "net", .strategies = {{"dynamic"}, {"mine"}}};
  auto const add = [&](std::uint64_t number, split_point mine, seconds time) {
    run.requests.push_back({number, 0, 0_s, record_of(3_split, 1_s, 1_s)});
    run.requests.push_back({number, 1, 0_s, record_of(mine, 1_s, time)});
  };
  add(1, 3_split, 1_s);
  add(2, 3_split, 2_s);
  CHECK(summaries(run)[1].same_splits == true);
  CHECK_FALSE(summaries(run)[1].gain_noise_percent);  // two requests say nothing of it
  add(3, 0_split, 4_s);
  CHECK(summaries(run)[1].same_splits == false);
  // Of gains 0, 50 and 75 %.
  CHECK(*summaries(run)[1].gain_noise_percent == Approx(std::sqrt((1736.1111 + 69.4444 + 1111.1111) / 2.0 / 3.0)));
  add(4, 3_split, 1_s);
  // Of 0, 50 and 0 %, over four requests.
  CHECK(*summaries(run)[1].gain_noise_percent == Approx(std::sqrt((277.7778 + 1111.1111 + 277.7778) / 2.0 / 4.0)));
  CHECK(summaries(run)[0].same_splits == true);
  run.strategies[0].name = "other";
  CHECK_FALSE(summaries(run)[1].same_splits);
}

TEST_CASE("runs are written as CSV", "[run]") {
  CHECK(run_csv(small()) ==
        "request,strategy,time,batch,rate,split,predicted,observed,head,transfer,queue,tail,return_time,fallback,"
        "waited,hedged,route,sent,received,confirmed,confirmed_within,cold,reason\n"
        "1,dynamic,0.0,2,1000000.0,3,2.0,1.0,1.0,0.0,0.0,0.0,0.0,,0.0,0.0,0,0,0,0,0.0,0,\n"
        "1,offload,0.0,2,1000000.0,0,2.0,2.0,2.0,0.0,0.0,0.0,0.0,,0.0,0.0,0,0,0,0,0.0,0,\n"
        "2,dynamic,1.0,2,1000000.0,3,1.0,1.0,1.0,0.0,0.0,0.0,0.0,,0.0,0.0,0,0,0,0,0.0,0,\n"
        "2,offload,1.0,2,,0,,4.0,4.0,0.0,0.0,0.0,0.0,\"no answer, as \"\"it\"\" left\",0.0,0.0,0,0,0,0,0.0,0,\n");
}

TEST_CASE("a request of no strategy is refused", "[run]") {
  run_document run = small();
  run.requests[0].strategy = 2;
  CHECK(code_of([&] { (void)run_json(run); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)run_csv(run); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)summaries(run); }) == errc::bad_quantity);
}

}  // namespace
