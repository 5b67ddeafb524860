#include <cstdio>

#include <dsc/dsc.hpp>
#include <dsc/evaluate/simulated_session.hpp>

using namespace dsc::literals;

int main() {
  auto const& net = dsc::zoo::efficientnet_b0;
  dsc::roofline const device{net, {.peak_flops = 20e9}};
  dsc::roofline const server{net, {.peak_flops = 400e9}};
  dsc::planner const truth{net, dsc::sites{device, server}};

  // What is known of the server: nothing. The device's times, divided by a guess, will do.
  dsc::planner const guess{net, dsc::sites{device, dsc::scaled{device, 1.0 / 8.0}}};
  dsc::adaptive_controller controller{guess};

  // 20 MB/s, an outage of two seconds, 20 MB/s; in simulated time.
  dsc::rate_trace const trace{{{0_s, 20_MBps}, {2_s, 0_MBps}, {4_s, 20_MBps}}, dsc::trace_end::hold, {.latency = 3_ms}};
  dsc::simulated_session session{truth, trace};
  dsc::decision last;
  while (session.time() < 5_s) {
    dsc::seconds const now = session.time();
    dsc::inference_record const record = session.infer(controller, 1_batch);
    if (record.decided.reason != last.reason)
      std::printf("%.1f s: l = %2zu, predicted %2.0f ms, took %2.0f ms: %s\n", now.count(),
                  record.decided.plan.split.layers, 1e3 * record.predicted().count(), 1e3 * record.total.count(),
                  record.decided.reason.c_str());
    last = record.decided;
    session.wait_until(now + 0.1_s);
  }
}
