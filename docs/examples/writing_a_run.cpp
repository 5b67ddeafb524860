#include <iostream>

#include <dsc/dsc.hpp>
#include <dsc/io/run_json.hpp>

using namespace dsc::literals;

int main() {
  dsc::run_document run{.model = "my network", .rate = 2_MBps, .strategies = {{"dynamic"}, {"offload", 0_split}}};
  for (std::uint64_t i = 1; i <= 2; ++i)
    for (std::size_t const strategy : {0U, 1U}) {
      // A record as `session.infer(x)` returns it beside the output.
      dsc::inference_record record{};
      record.batch = 4_batch;
      record.decided.plan.split = strategy == 0 ? 5_split : 0_split;
      record.decided.plan.latency = {.transfer = 80_ms};
      record.decided.rate = 2_MBps;
      record.observed = {.transfer = 100_ms};
      record.total = strategy == 0 ? 100_ms : 125_ms;
      run.requests.push_back({i, strategy, 1_s * static_cast<double>(i), record});
    }
  dsc::write_run("run.json", run);
  std::cout << dsc::run_csv(run) << "dynamic took " << *dsc::summaries(run)[1].gain_percent << " % less than offload\n";
}
