#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string_view>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/io/format.hpp>
#include <dsc/measure/profiler.hpp>

#include <dsc/testing/executable_model.hpp>

using namespace dsc::literals;

// A convolution over a square picture. A dense layer is one whose window is the whole picture.
struct convolution {
  std::string_view label;
  std::size_t in, in_side, out, out_side, window, stride, padding;

  std::string_view name() const { return label; }
  dsc::bytes output_bytes() const { return dsc::bytes{sizeof(float) * out * out_side * out_side}; }
  std::uint64_t macs() const { return in * out * window * window * out_side * out_side; }
  dsc::bytes parameter_bytes() const { return dsc::bytes{sizeof(float) * in * out * window * window}; }
};

constexpr convolution network[]{
    {"patches", 1, 32, 8, 8, 4, 4, 0}, {"expand", 8, 8, 24, 8, 1, 1, 0},  {"reduce", 24, 8, 16, 4, 3, 2, 1},
    {"mix", 16, 4, 64, 4, 3, 1, 1},    {"scores", 64, 4, 10, 1, 4, 1, 0},
};

// Ten scores for each grey picture of 32 x 32. Copies share the weights; `forward` changes nothing,
// so threads may share a model too.
class tiny_net {
 public:
  using tensor_type = std::vector<float>;  // sample after sample; inside a sample channel, row, column

  tiny_net() : weights_{std::make_shared<std::vector<std::vector<float>> const>(made_up_weights())} {}

  dsc::bytes input_bytes() const { return dsc::bytes{sizeof(float) * 32 * 32}; }
  std::span<convolution const> layers() const { return network; }

  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    dsc::check_span(span, layers().size());
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) x = run(network[i], (*weights_)[i], x);
    return x;
  }

 private:
  static tensor_type run(convolution const& c, std::vector<float> const& weights, tensor_type const& x) {
    std::size_t const in_size = c.in * c.in_side * c.in_side, out_size = c.out * c.out_side * c.out_side;
    tensor_type y(x.size() / in_size * out_size);
    for (std::size_t k = 0; k < y.size(); ++k) {
      std::size_t const at = k % out_size, channel = at / (c.out_side * c.out_side), row = at / c.out_side % c.out_side,
                        column = at % c.out_side;
      float const* const sample = x.data() + k / out_size * in_size;
      float const* weight = weights.data() + channel * c.in * c.window * c.window;
      float sum = 0.0F;
      for (std::size_t in = 0; in < c.in; ++in)
        for (std::size_t dy = 0; dy < c.window; ++dy)
          for (std::size_t dx = 0; dx < c.window; ++dx, ++weight) {
            // Both wrap around above and left.
            std::size_t const v = row * c.stride + dy - c.padding, u = column * c.stride + dx - c.padding;
            if (v < c.in_side && u < c.in_side) sum += *weight * sample[(in * c.in_side + v) * c.in_side + u];
          }
      y[k] = std::max(sum, 0.0F);
    }
    return y;
  }

  static std::vector<std::vector<float>> made_up_weights() {
    std::vector<std::vector<float>> all;
    std::uint32_t random = 1;
    for (convolution const& c : network) {
      auto& weights = all.emplace_back(c.parameter_bytes().count / sizeof(float));
      for (float& w : weights)
        w = static_cast<float>((random = random * 1664525U + 1013904223U) >> 24U) / 512.0F - 0.2F;
    }
    return all;
  }

  std::shared_ptr<std::vector<std::vector<float>> const> weights_;
};
static_assert(dsc::ExecutableModel<tiny_net> && dsc::CountedModel<tiny_net>);

std::vector<float> pictures(dsc::batch_size batch) {
  std::vector<float> x(batch.count * 32 * 32);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 101) / 101.0F;
  return x;
}

int main() {
  tiny_net const net;

  // 1. Laws: head and tail, cut anywhere, give exactly the whole.
  for (auto const& broken : dsc::laws::check_executable_model(net, pictures(2_batch))) std::cout << broken << '\n';

  // 2. Look: where does it get small?
  for (dsc::split_point const split : dsc::compressive_bottlenecks(net))
    std::cout << dsc::split_name(net, split) << " puts out " << dsc::compression_ratio(net, split) << " of the input\n";

  // 3. Measure. Times differ from run to run and are not printed; `dsc/io/profile_json.hpp` writes
  // them to a file.
  dsc::measured_profile const measured =
      dsc::measure_profile(net, "tiny_net", {1_batch, 4_batch}, pictures, {.warm_ups = 1, .repeats = 3});
  std::cout << "measured " << measured.profile.layers().size() << " layers at " << measured.profile.measured().size()
            << " batch sizes\n";

  // 4. Plan. Two processors given by hand here, so that this page always prints the same; measured
  // profiles go in the same place.
  dsc::sites const sites{dsc::roofline{net, {.peak_flops = 20e6}}, dsc::roofline{net, {.peak_flops = 1e9}}};
  dsc::planner const planner{net, sites};
  for (auto const& piece : planner.policy(4_batch))
    std::cout << "from " << piece.from_rate << ": " << piece.split << '\n';

  // 5. Run: the head here, the tail at the server, and the split follows the rate.
  std::vector<float> const whole = net.forward(pictures(4_batch), {0_split, 5_split});
  dsc::tail_service server{net};
  dsc::emulated_link link{dsc::fixed_rate{1_MBps}, server};
  dsc::session session{
      net,
      dsc::controller{planner, [&] { return link.rate(); }, {.hysteresis = {.min_gain = 0.0, .min_dwell = 0_s}}},
      link,
      {.hedge = dsc::hedge::never_before(10_s)}};
  for (dsc::data_rate const rate : {10_MBps, 1_MBps, 0.1_MBps, 0.01_MBps}) {
    link.set_rate(rate);
    auto const [answer, record] = session.infer(pictures(4_batch));
    std::cout << "at " << rate << ": " << record.decided.plan.split
              << (answer == whole ? ", same answer\n" : ", another answer\n");
  }

  // 6. The link dies after the rate was read: the device finishes by itself.
  link.set_rate(0_MBps);
  dsc::session unlucky{net, dsc::controller{planner, [] { return 10_MBps; }}, link};
  auto const [answer, record] = unlucky.infer(pictures(4_batch));
  std::cout << "no channel: " << (record.fell_back() ? "finished on the device" : "answered by the server")
            << (answer == whole ? ", same answer\n" : "\n");
}
