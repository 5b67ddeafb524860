// What a switch of the split costs: requests whose split is another one than the request's before,
// against those that stay, of the same split, on the same session. Real work, emulated link.
//
// usage: dsc_switch_cost [REQUESTS]

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

namespace {

using namespace dsc::literals;

// Fully connected layers: each reads weights of its own, which a switch may find cold.
struct dense_net {
  static constexpr std::size_t width = 512, layer_count = 8;
  struct row {
    std::string_view name() const { return "dense"; }
    dsc::bytes output_bytes() const { return dsc::bytes{4 * width}; }
  };
  using tensor_type = std::vector<float>;

  std::vector<row> rows = std::vector<row>(layer_count);
  std::shared_ptr<std::vector<float> const> weights = [] {
    std::vector<float> made(layer_count * width * width);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<float>(i % 17) * 1e-3F - 8e-3F;
    return std::make_shared<std::vector<float> const>(std::move(made));
  }();

  dsc::bytes input_bytes() const { return dsc::bytes{4 * width}; }
  std::span<row const> layers() const { return rows; }
  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    for (std::size_t layer = span.begin.layers; layer < span.end.layers; ++layer) {
      tensor_type y(x.size());
      for (std::size_t sample = 0; sample < x.size() / width; ++sample)
        for (std::size_t i = 0; i < width; ++i) {
          float const* const w = weights->data() + (layer * width + i) * width;
          float sum = 0.0F;
          for (std::size_t k = 0; k < width; ++k) sum += w[k] * x[sample * width + k];
          y[sample * width + i] = std::max(0.0F, sum);
        }
      x = std::move(y);
    }
    return x;
  }
};

// Stays with a split for some requests, then takes another one.
struct wanderer {
  std::size_t stay = 5;
  std::size_t requests = 0;
  dsc::split_point split_of(std::size_t request) const {
    constexpr std::array<std::size_t, 4> splits{2, 6, 4, 0};
    return dsc::split_point{splits[request / stay % splits.size()]};
  }
  dsc::decision decide(dsc::batch_size) { return {{{split_of(requests++)}, {}}, {}, {}}; }
};

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0.0;
  auto const place = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(place));
  return values[place];
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t const requests = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4000;
  dense_net const net;
  dsc::tail_service server{net};
  dsc::emulated_link link{dsc::fixed_rate{100_MBps, {.latency = 1_ms}}, server};
  dsc::session device{net, wanderer{}, link, {.hedge = dsc::hedge::never_before(10_s)}};

  std::vector<float> const x(dense_net::width, 0.5F);
  std::vector<std::vector<double>> stayed(dense_net::layer_count + 1), switched(dense_net::layer_count + 1);
  for (std::size_t i = 0; i < requests; ++i) {
    dsc::inference_record const record = device.infer(x).record;
    std::size_t const split = record.decided.plan.split.layers;
    bool const at_switch = i > 0 && device.decider().split_of(i - 1) != device.decider().split_of(i);
    (at_switch ? switched : stayed)[split].push_back(1e3 * record.total.count());
  }

  std::vector<double> more_at_switch, more_otherwise;
  for (std::size_t l = 0; l <= dense_net::layer_count; ++l) {
    if (switched[l].empty()) continue;
    double const usual = quantile(stayed[l], 0.5);
    std::cout << "l = " << l << ": median " << usual << " ms, at a switch " << quantile(switched[l], 0.5) << " ms\n";
    for (double const time : switched[l]) more_at_switch.push_back(time - usual);
    for (double const time : stayed[l]) more_otherwise.push_back(time - usual);
  }
  for (auto const& [name, more] : {std::pair{"at a switch", &more_at_switch}, {"otherwise", &more_otherwise}})
    std::cout << name << ", " << more->size() << " requests: over the split's median by " << quantile(*more, 0.5)
              << " ms (median), " << quantile(*more, 0.9) << " ms (p90), " << quantile(*more, 0.99) << " ms (p99)\n";
}
