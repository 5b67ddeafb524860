// Everything of the LibTorch adapter that only a GPU can show: parity with the CPU, every split of B0, profiles. Exits with 1 where an
// answer is off by more than the tolerance.
#include <ATen/core/ivalue.h>

#include <ATen/Context.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/io/profile_json.hpp>
#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/run/profiler.hpp>

namespace {

using dsc::batch_size;
using dsc::split_point;
using dsc::libtorch::efficientnet;

/// Largest difference of two answers in float32, relative to the largest number in them, that another order of the same sums explains.
constexpr double tolerance = 1e-3;

struct arguments {
  std::string device = "cuda";
  std::filesystem::path out = "gpu-results";
  std::size_t repeats = 11;
  std::vector<batch_size> batches{batch_size{1}, batch_size{2}, batch_size{4}, batch_size{8}, batch_size{16}, batch_size{32}, batch_size{64}};
  std::vector<dsc::zoo::efficientnet const*> models{dsc::zoo::models.begin(), dsc::zoo::models.end()};  ///< to profile
  int threads = 1;             ///< of the CPU
  bool profiles_only = false;  ///< no parity, no splits
  bool quick = false;          ///< one batch size, B0's profile only
};

dsc::zoo::efficientnet const* model_named(std::string_view name) {
  for (dsc::zoo::efficientnet const* const model : dsc::zoo::models)
    if (model->name() == name) return model;
  throw dsc::error{dsc::errc::unknown_model, "there is no model '" + std::string{name} + "'"};
}

arguments parsed(int argc, char** argv) {
  arguments given;
  std::vector<dsc::zoo::efficientnet const*> models;
  for (int i = 1; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (option == "--quick") {
      given.quick = true;
      given.repeats = 3;
      given.batches = {batch_size{1}};
      given.models = {&dsc::zoo::efficientnet_b0};
    } else if (option == "--profiles-only") given.profiles_only = true;
    else if (i + 1 < argc && option == "--model") models.push_back(model_named(argv[++i]));
    else if (i + 1 < argc && option == "--threads") given.threads = std::max(1, std::atoi(argv[++i]));
    else if (i + 1 < argc && option == "--repeats") given.repeats = static_cast<std::size_t>(std::max(1, std::atoi(argv[++i])));
    else if (i + 1 < argc && option == "--device") given.device = argv[++i];
    else if (i + 1 < argc && option == "--out") given.out = argv[++i];
    else throw dsc::error{dsc::errc::bad_option, "usage: gpu_check [--device cuda|cuda:N|cpu] [--out FOLDER] [--profiles-only] [--model NAME]... "
                                                           "[--threads N] [--repeats N] [--quick]"};
  }
  if (!models.empty()) given.models = models;
  return given;
}

double difference(at::Tensor const& a, at::Tensor const& b) {
  return a.sub(b).abs().max().item<double>() / std::max(1e-30, b.abs().max().item<double>());
}

at::Tensor run_whole(efficientnet const& net, at::Tensor const& x) {
  return net.forward(x, dsc::tail_of(split_point{0}, net.layers().size()));
}

bool judged(std::string const& what, double off) {
  bool const good = off <= tolerance;
  std::printf("  %-44s %.2e%s\n", what.c_str(), off, off == 0.0 ? "  bit-identical" : good ? "" : "  TOO MUCH");
  return good;
}

bool check_parity(dsc::zoo::efficientnet const& zoo_net, at::Device device) {
  std::printf("parity of %s with the CPU, relative to the largest output (tolerance %.0e)\n", std::string{zoo_net.name()}.c_str(),
              tolerance);
  auto const weights = dsc::libtorch::random_weights(zoo_net);
  bool good = true;
  for (auto const element : {dsc::element_type::float32, dsc::element_type::uint8}) {
    auto const input = zoo_net.with_input(element);
    efficientnet const here{input, weights};
    efficientnet const there{input, weights, {.device = device}};
    for (std::uint64_t const batch : {1u, 4u}) {
      at::Tensor const x = dsc::libtorch::random_input(input, batch_size{batch});
      std::string const what = std::string{element == dsc::element_type::uint8 ? "uint8" : "float32"} + ", batch " + std::to_string(batch);
      good = judged(what, difference(run_whole(there, x), run_whole(here, x))) && good;
    }
  }
  return good;
}

bool check_splits(dsc::zoo::efficientnet const& zoo_net, at::Device device) {
  std::printf(
      "every split of %s: both parts on the device against the whole there; head on the CPU, tail on the device against the CPU\n",
      std::string{zoo_net.name()}.c_str());
  auto const weights = dsc::libtorch::random_weights(zoo_net);
  efficientnet const here{zoo_net, weights};
  efficientnet const there{zoo_net, weights, {.device = device}};
  at::Tensor const x = dsc::libtorch::random_input(zoo_net, batch_size{2});
  at::Tensor const due_here = run_whole(here, x);
  at::Tensor const due_there = run_whole(there, x);
  bool good = true;
  for (std::size_t l = 0; l <= zoo_net.layers().size(); ++l) {
    dsc::layer_span const head = dsc::head_of(split_point{l});
    dsc::layer_span const tail = dsc::tail_of(split_point{l}, zoo_net.layers().size());
    std::string const what = "split " + std::to_string(l);
    good = judged(what + ", device + device", difference(there.forward(there.forward(x, head), tail), due_there)) && good;
    good = judged(what + ", CPU + device", difference(there.forward(here.forward(x, head), tail), due_here)) && good;
  }
  return good;
}

void write_profile_of(dsc::zoo::efficientnet const& zoo_net, at::Device device, arguments const& given) {
  efficientnet const net = efficientnet{zoo_net, dsc::libtorch::random_weights(zoo_net), {.device = device}}.resident();
  // Images wait on the device: what it takes to bring them there is the channel's business.
  auto const input = [&](batch_size batch) { return dsc::libtorch::random_input(zoo_net, batch).to(device); };
  dsc::profiler_options const how{.repeats = given.repeats, .synchronize = dsc::libtorch::synchronizer(device)};
  std::string const name{zoo_net.name()};
  dsc::measured_profile const measured = dsc::measure_profile(net, name, given.batches, input, how);
  dsc::profile_notes notes{.environment = dsc::libtorch::describe_environment(device).entries(), .prefix_mad = {}};
  for (dsc::batch_noise const& noise : measured.noise) notes.prefix_mad.push_back(noise.deviation);
  std::filesystem::path const file = given.out / (name + ".json");
  dsc::write_profile(file, measured.profile, notes);
  std::printf("profile of %s, in %s\n", name.c_str(), file.c_str());
  for (std::size_t i = 0; i < measured.noise.size(); ++i)
    std::printf("  batch %2llu: %9.3f ms, uncertain by %.1f %%%s\n", static_cast<unsigned long long>(measured.noise[i].batch.count),
                1e3 * measured.profile.measured()[i].prefix.back().count(), 100.0 * measured.noise[i].uncertainty,
                measured.noise[i].uncertainty <= measured.noise_limit ? "" : "  TOO NOISY TO PLAN WITH");
}

bool check_all(arguments const& given) {
  at::Device const device = dsc::libtorch::device_named(given.device);
  dsc::libtorch::use_threads(given.threads);
  for (auto const& [key, value] : dsc::libtorch::describe_environment(device).entries())
    std::printf("%s: %s\n", key.c_str(), value.c_str());
  bool good = true;
  if (!given.profiles_only) {
    good = check_parity(dsc::zoo::efficientnet_b0, device);
    if (!given.quick) good = check_parity(dsc::zoo::efficientnet_v2_s, device) && good;
    good = check_splits(dsc::zoo::efficientnet_b0, device) && good;
  }
  std::filesystem::create_directories(given.out);
  for (dsc::zoo::efficientnet const* const model : given.models) write_profile_of(*model, device, given);
  return good;
}

}  // namespace

int main(int argc, char** argv) try {
  // Page faults of freed and fetched memory are most of the noise on a CPU.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  bool const good = check_all(parsed(argc, argv));
  std::printf("%s\n", good ? "all answers are within the tolerance" : "SOME ANSWERS ARE OFF");
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
