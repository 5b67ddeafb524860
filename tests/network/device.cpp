// The device of the tests on a network: EfficientNet-B0 on LibTorch, split between here and servers
// of the Open Inference Protocol, where it learns all it knows of link and servers from requests.
//
// usage: dsc_network_device --profile FILE [--servers HOST:PORT,…] [--slowdown N] [--threads N]
//                           [--pause SECONDS] [--local]
//
// FILE is what `dsc profile efficientnet_b0` measured here; the device takes N times as long.
// It prints a line of JSON for each request, whose keys device_run.py tells, and ends with its
// input. With --local it uses no server.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/dsc.hpp>
#include <dsc/emulation/throttled.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/io/profile_json.hpp>
#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/tensor.hpp>
#include <dsc/libtorch/weights.hpp>
#include <dsc/oip/client.hpp>
#include <dsc/run/deployment_of.hpp>
#include <dsc/run/fingerprint.hpp>

namespace {

using dsc::libtorch::efficientnet;
using device_network = dsc::throttled<efficientnet>;

constexpr std::uint64_t different_inputs = 3;

struct options {
  std::string profile;
  std::vector<std::string> servers;
  double slowdown = 6.0;
  int threads = 1;
  dsc::seconds pause{};
  bool local = false;
};

std::vector<std::string> parts(std::string const& list) {
  std::vector<std::string> result;
  std::istringstream stream{list};
  for (std::string part; std::getline(stream, part, ',');) result.push_back(part);
  return result;
}

options read_options(std::vector<std::string> const& words) {
  options result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string const& name = words[i];
    if (name == "--local") {
      result.local = true;
      continue;
    }
    if (i + 1 == words.size()) throw std::invalid_argument{name + " needs a value"};
    std::string const& value = words[++i];
    if (name == "--profile")
      result.profile = value;
    else if (name == "--servers")
      result.servers = parts(value);
    else if (name == "--slowdown")
      result.slowdown = std::stod(value);
    else if (name == "--threads")
      result.threads = std::stoi(value);
    else if (name == "--pause")
      result.pause = dsc::seconds{std::stod(value)};
    else
      throw std::invalid_argument{"there is no option " + name};
  }
  if (result.profile.empty()) throw std::invalid_argument{"--profile is needed"};
  if (result.servers.empty() && !result.local) throw std::invalid_argument{"--servers or --local is needed"};
  return result;
}

bool input_has_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) <= 0) return false;
  char ignored[64];
  return read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
}

std::uint64_t resident_kilobytes() {
  std::ifstream memory{"/proc/self/statm"};
  std::uint64_t total = 0, resident = 0;
  memory >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

std::string hash_of(at::Tensor const& answer) {
  dsc::fingerprint hash;
  hash.add(dsc::tensor_traits<at::Tensor>::data(answer));
  return hash.text();
}

/// What every line has, whoever answered.
dsc::ordered_json line_of(std::uint64_t request, dsc::seconds total, at::Tensor const& answer) {
  return {{"request", request},
          {"input", request % different_inputs},
          {"total_s", total.count()},
          {"answer_hash", hash_of(answer)},
          {"rss_kb", resident_kilobytes()}};
}

dsc::ordered_json line_of(std::uint64_t request, dsc::inference<at::Tensor> const& made, std::size_t layers) {
  dsc::inference_record const& record = made.record;
  dsc::plan const& plan = record.decided.plan;
  dsc::ordered_json line = line_of(request, record.total, made.output);
  line["split"] = plan.split.layers;
  line["layers"] = layers;
  line["route"] = plan.route;
  line["fell_back"] = record.fell_back();
  line["fallback"] = record.fallback;
  line["predicted_s"] = dsc::finite_or_null(record.predicted().count());
  line["rate_MBps"] = record.decided.rate ? dsc::finite_or_null(record.decided.rate->bytes_per_second / 1e6) : nullptr;
  line["reason"] = record.decided.reason;
  line["head_s"] = record.observed.head.count();
  line["transfer_s"] = record.observed.transfer.count();
  line["queue_s"] = record.observed.queue.count();
  line["tail_s"] = record.observed.tail.count();
  line["waited_s"] = record.waited.count();
  line["predicted_head_s"] = plan.latency.head.count();
  line["predicted_transfer_s"] = dsc::finite_or_null(plan.latency.transfer.count());
  line["predicted_tail_s"] = plan.latency.tail.count();
  line["warning"] = record.warning;
  return line;
}

/// Calls `infer(request, input)`, which gives a line, until the input ends.
template <class Infer>
void run(options const& wanted, efficientnet const& net, Infer infer) {
  std::vector<at::Tensor> inputs;
  for (std::uint64_t seed = 0; seed < different_inputs; ++seed)
    inputs.push_back(dsc::libtorch::random_input(net.architecture(), dsc::batch_size{1}, seed));
  for (std::uint64_t request = 0; !input_has_ended(); ++request) {
    dsc::ordered_json const line = infer(request, inputs[request % different_inputs]);
    std::cout << line.dump(-1, ' ', false, dsc::ordered_json::error_handler_t::replace) << std::endl;
    if (wanted.pause > dsc::seconds{}) std::this_thread::sleep_for(wanted.pause);
  }
}

void run_local(options const& wanted, device_network const& device) {
  dsc::split_point const last{dsc::layer_count(device)};
  run(wanted, device.model(), [&](std::uint64_t request, at::Tensor const& input) {
    auto const start = std::chrono::steady_clock::now();
    at::Tensor const answer = device.forward(input, dsc::head_of(last));
    auto line = line_of(request, std::chrono::steady_clock::now() - start, answer);
    line["split"] = line["layers"] = last.layers;
    line["fell_back"] = false;
    line["fallback"] = "";
    line["predicted_s"] = nullptr;
    return line;
  });
}

void run_split(options const& wanted, device_network const& device, dsc::profile const& profile) {
  efficientnet const& net = device.model();
  std::size_t const layers = dsc::layer_count(net);
  std::vector<dsc::split_point> splits;
  for (std::size_t l = 0; l < layers; ++l) splits.emplace_back(l);
  dsc::oip::client link{wanted.servers, dsc::deployment_of(net, splits, net.name(), net.weights_fingerprint())};
  dsc::planner const planner{profile, dsc::sites{dsc::scaled{profile, wanted.slowdown}, profile}};
  dsc::session session{device, dsc::adaptive_controller{planner}, link};
  run(wanted, net,
      [&](std::uint64_t request, at::Tensor const& input) { return line_of(request, session.infer(input), layers); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    options const wanted = read_options({argv + 1, argv + argc});
    dsc::libtorch::use_threads(wanted.threads);
    dsc::profile const profile = dsc::read_profile(wanted.profile);
    auto const& architecture = dsc::zoo::efficientnet_b0;
    efficientnet const net{architecture, dsc::libtorch::random_weights(architecture)};
    dsc::scaled const times{profile, wanted.slowdown};
    device_network const device{
        net, [times](dsc::layer_span span, dsc::batch_size batch) { return times.time(span, batch); }};
    wanted.local ? run_local(wanted, device) : run_split(wanted, device, profile);
  } catch (std::exception const& failure) {
    std::cerr << "dsc_network_device: " << failure.what() << '\n';
    return 1;
  }
}
