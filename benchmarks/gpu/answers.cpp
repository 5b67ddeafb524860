#include "networks.hpp"

#include <cstdio>

#include <dsc/error.hpp>
#include <dsc/model/zoo/models.hpp>

#include "steps.hpp"

namespace gpu {
namespace {

using dsc::element_type;
using dsc::libtorch::arithmetic;
using dsc::libtorch::execution;

/// What another order of the same sums explains in float32, through up to 44 layers; and label the
/// fewer bits of the others do.
constexpr double tolerance = 1e-3, float16_tolerance = 2e-2, bfloat16_tolerance = 1e-1;

std::vector<dsc::zoo::efficientnet const*> const both{&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_v2_s};

bool judged(std::string const& label, double off, double allowed = tolerance) {
  bool const good = off <= allowed;
  std::printf("  %-62s %.2e%s\n", label.c_str(), off, off == 0.0 ? "  bit-identical" : good ? "" : "  TOO MUCH");
  return good;
}

bool parity_of(dsc::zoo::efficientnet const& net, at::Device device, std::vector<batch_size> const& batches) {
  efficientnet const here = network(net, {}), there = network(net, {.device = device});
  bool good = true;
  for (batch_size const batch : batches) {
    at::Tensor const x = dsc::libtorch::random_input(net, batch);
    std::string const label =
        std::string{net.name()} + (net.input().element == element_type::uint8 ? ", uint8" : ", float32");
    good = judged(label + ", batch " + std::to_string(batch.count),
                  difference(there.forward(x, whole(there)), here.forward(x, whole(here)))) &&
           good;
  }
  return good;
}

bool splits_of(dsc::zoo::efficientnet const& net, at::Device device) {
  efficientnet const here = network(net, {}), there = network(net, {.device = device});
  at::Tensor const x = dsc::libtorch::random_input(net, batch_size{2});
  at::Tensor const due_here = here.forward(x, whole(here)), due_there = there.forward(x, whole(there));
  bool good = true;
  for (std::size_t l = 0; l <= net.layers().size(); ++l) {
    split_point const split{l};
    std::string const label = std::string{net.name()} + ", split " + std::to_string(l);
    at::Tensor const on_device = there.forward(there.forward(x, dsc::head_of(split)), tail(there, split));
    at::Tensor const across = there.forward(here.forward(x, dsc::head_of(split)), tail(there, split));
    good = judged(label + ", device + device", difference(on_device, due_there)) && good;
    good = judged(label + ", CPU + device", difference(across, due_here)) && good;
  }
  return good;
}

// Against exact float32 on the same device; and the largest difference of head and tail from the
// whole in that arithmetic, over all splits.
bool arithmetic_of(dsc::zoo::efficientnet const& net, execution const& execution, std::string const& name,
                   double allowed) {
  efficientnet const full = network(net, {.device = execution.device}), other = network(net, execution);
  at::Tensor const x = dsc::libtorch::random_input(net, batch_size{4});
  at::Tensor const due = full.forward(x, whole(full)), output = other.forward(x, whole(other));
  std::string const label = std::string{net.name()} + ", " + name;
  double worst = 0.0;
  for (std::size_t l = 0; l <= net.layers().size(); ++l)
    worst = std::max(
        worst,
        difference(other.forward(other.forward(x, dsc::head_of(split_point{l})), tail(other, split_point{l})), output));
  bool const near = judged(label + " against float32", difference(output, due), allowed);
  return judged(label + ", every split against the whole", worst, allowed) && near;
}

}  // namespace

bool parity(arguments const& given) {
  std::printf("the device against the CPU, relative to the largest output; TF32 off, tolerance %.0e\n", tolerance);
  at::Device const device = dsc::libtorch::device_named(given.device);
  bool good = true;
  for (auto const* const net : given.shortened(both))
    for (element_type const element : {element_type::float32, element_type::uint8})
      good = parity_of(net->with_input(element), device, {batch_size{1}, batch_size{4}}) && good;
  return good;
}

bool splits(arguments const& given) {
  std::printf(
      "head and tail on the device against the whole there; head on the CPU, tail on the device against the CPU; "
      "tolerance %.0e\n",
      tolerance);
  bool good = true;
  for (auto const* const net : given.shortened(both))
    good = splits_of(*net, dsc::libtorch::device_named(given.device)) && good;
  return good;
}

bool elements(arguments const& given) {
  std::printf("other arithmetic against exact float32 on the same device, relative to the largest output\n");
  at::Device const device = dsc::libtorch::device_named(given.device);
  bool good = true;
  for (auto const* const net : given.shortened(both)) {
    good = arithmetic_of(*net, {.device = device, .arithmetic = arithmetic::fast}, "fast float32", tolerance) && good;
    good = arithmetic_of(*net, {.device = device, .element = element_type::bfloat16}, "bfloat16", bfloat16_tolerance) &&
           good;
    good = arithmetic_of(*net, {.device = device, .arithmetic = arithmetic::fast, .element = element_type::bfloat16},
                         "fast bfloat16", bfloat16_tolerance) &&
           good;
    if (device.is_cpu()) continue;  // LibTorch convolves in float16 on GPUs
    good =
        arithmetic_of(*net, {.device = device, .element = element_type::float16}, "float16", float16_tolerance) && good;
    good = arithmetic_of(*net, {.device = device, .arithmetic = arithmetic::fast, .element = element_type::float16},
                         "fast float16", float16_tolerance) &&
           good;
  }
  return good;
}

}  // namespace gpu
