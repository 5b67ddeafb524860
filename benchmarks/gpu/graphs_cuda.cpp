#include "networks.hpp"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdio>
#include <fstream>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {
namespace {

// Captures what the network queues for `x`, whose memory later passes read again.
at::Tensor captured(efficientnet const& net, at::Tensor const& x, at::cuda::CUDAGraph& graph) {
  for (int i = 0; i < 3; ++i) net.forward(x, whole(net));  // kernels are chosen and loaded outside the capture
  c10::cuda::getCurrentCUDAStream().synchronize();
  graph.capture_begin();
  at::Tensor answer = net.forward(x, whole(net));
  graph.capture_end();
  return answer;
}

}  // namespace

bool graphs(arguments const& given) {
  at::Device const device = dsc::libtorch::device_named(given.device);
  if (!device.is_cuda()) {
    std::printf("on the CPU there is nothing to capture\n");
    return true;
  }
  std::ofstream csv{given.out / "graphs.csv"};
  csv << "model,batch,eager_ms,graph_ms,ratio,difference\n";
  c10::cuda::CUDAStreamGuard const on_stream{
      c10::cuda::getStreamFromPool(false, device.has_index() ? device.index() : static_cast<c10::DeviceIndex>(-1))};
  auto const synchronize = dsc::libtorch::synchronizer(device);
  for (dsc::zoo::efficientnet const* const model : given.models) {
    efficientnet const net = network(*model, {.device = device}).resident();
    at::Tensor const x = dsc::libtorch::random_input(*model, batch_size{1}).to(device);
    at::cuda::CUDAGraph graph;
    at::Tensor const answer = captured(net, x, graph);
    auto const eager = [&] { net.forward(x, whole(net)); };
    auto const replayed = [&] { graph.replay(); };
    double const ratio = median_ratio(eager, replayed, given.repeats, synchronize);
    double const time = median_seconds(eager, given.repeats, synchronize);
    double const off = difference(answer.cpu(), net.forward(x, whole(net)).cpu());
    csv << model->name() << ",1," << 1e3 * time << ',' << 1e3 * time * ratio << ',' << ratio << ',' << off << '\n';
    std::printf("  %-18s batch 1: eager %.3f ms, graph / eager %.3f, answers differ by %.1e\n",
                std::string{model->name()}.c_str(), 1e3 * time, ratio, off);
  }
  return true;
}

}  // namespace gpu
