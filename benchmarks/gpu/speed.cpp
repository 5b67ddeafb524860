#include "networks.hpp"

#include <cstdio>
#include <fstream>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {
namespace {

using dsc::element_type;
using dsc::libtorch::arithmetic;

struct variant {
  char const* name;
  dsc::libtorch::arithmetic roundings;
  element_type element;
};

constexpr variant variants[] = {{"float32", arithmetic::exact, element_type::float32},
                                {"fast float32", arithmetic::fast, element_type::float32},
                                {"float16", arithmetic::exact, element_type::float16},
                                {"fast float16", arithmetic::fast, element_type::float16},
                                {"bfloat16", arithmetic::exact, element_type::bfloat16}};
constexpr std::size_t queued = 10;  // passes that follow each other without a wait, for the throughput

void measure(efficientnet const& net, batch_size batch, char const* mode, arguments const& given, std::ofstream& csv) {
  at::Device const device = net.execution().device;
  auto const synchronize = dsc::libtorch::synchronizer(device);
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch).to(device);
  auto const pass = [&] { net.forward(x, whole(net)); };
  auto const row = [&] {
    for (std::size_t i = 0; i < queued; ++i) pass();
  };
  double const latency = median_seconds(pass, given.repeats, synchronize);
  double const each = given.quick ? latency : median_seconds(row, 3, synchronize) / static_cast<double>(queued);
  double const images = static_cast<double>(batch.count) / each;
  csv << net.name() << ',' << batch.count << ',' << mode << ',' << 1e3 * latency << ',' << images << '\n';
  std::printf("  %-18s batch %2llu, %-12s %9.3f ms, %9.1f images/s\n", std::string{net.name()}.c_str(),
              static_cast<unsigned long long>(batch.count), mode, 1e3 * latency, images);
}

}  // namespace

bool speed(arguments const& given) {
  at::Device const device = dsc::libtorch::device_named(given.device);
  std::ofstream csv{given.out / "speed.csv"};
  csv << "model,batch,mode,latency_ms,images_per_s\n";
  for (dsc::zoo::efficientnet const* const model : given.models)
    for (variant const& each : variants) {
      if (device.is_cpu() && each.element == element_type::float16) continue;  // LibTorch convolves in float16 on GPUs
      efficientnet const net =
          network(*model, {.device = device, .arithmetic = each.roundings, .element = each.element}).resident();
      for (batch_size const batch : given.shortened(std::vector{batch_size{1}, batch_size{8}, batch_size{32}}))
        measure(net, batch, each.name, given, csv);
      dsc::libtorch::release_memory(device);
    }
  return true;
}

}  // namespace gpu
