#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/io/format.hpp>
#include <iostream>
using namespace dsc::literals;

struct my_layer {  // its output, per sample: `width` floats
  std::string_view label;
  std::size_t width;
  std::string_view name() const { return label; }
  dsc::bytes output_bytes() const { return dsc::bytes{4 * width}; }
};
struct my_net {  // each layer adds up ten neighbours
  using tensor_type = std::vector<float>;
  static constexpr std::array<my_layer, 3> rows{{{"tens", 1000}, {"hundreds", 100}, {"thousands", 10}}};
  dsc::bytes input_bytes() const { return 40_kB; }
  std::span<my_layer const> layers() const { return rows; }
  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    for (std::size_t l = 0; l < span.size(); ++l) {
      tensor_type y(x.size() / 10);
      for (std::size_t i = 0; i < x.size(); ++i) y[i / 10] += x[i];
      x = y;
    }
    return x;
  }
};
struct my_site {  // what a layer costs at one site
  dsc::seconds per_layer;
  dsc::seconds time(dsc::layer_span span, dsc::batch_size batch) const {
    return static_cast<double>(span.size() * batch.count) * per_layer;
  }
};

int main() {
  dsc::planner const planner{my_net{}, dsc::sites{my_site{10_ms}, my_site{1_ms}}};
  for (auto const& piece : planner.policy(1_batch))
    std::cout << "from " << piece.from_rate << ": " << piece.split << '\n';

  dsc::tail_service server{my_net{}};
  dsc::emulated_link link{dsc::fixed_rate{2_MBps}, server};
  dsc::session session{my_net{}, dsc::controller{planner, [&] { return link.rate(); }}, link};
  auto const [answer, record] = session.infer(std::vector<float>(10'000, 0.5F));
  dsc::plan const& plan = record.decided.plan;
  std::cout << "took " << plan.split << ", predicted " << dsc::to_string(plan.latency.total()) << ", answer "
            << answer[0] << '\n';
}
