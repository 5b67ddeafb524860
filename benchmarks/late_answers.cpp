// What requests take whose server never answers, as multiples of the time of running locally.
//
// usage: dsc_late_answers

#include <array>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>

namespace {

using namespace dsc::literals;

// Four layers that each take a quarter of the network's time.
struct slow_net {
  struct row {
    std::string_view name() const { return "slow"; }
    dsc::bytes output_bytes() const { return 4096_B; }
  };
  using tensor_type = std::vector<float>;

  dsc::seconds local;
  std::array<row, 4> rows{};

  dsc::bytes input_bytes() const { return 4096_B; }
  std::span<row const> layers() const { return rows; }
  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    for (std::size_t i = 0; i < span.size(); ++i) std::this_thread::sleep_for(local / 4.0);
    return x;
  }
};

struct mute_server {
  void accept(dsc::request const&, dsc::time_point, dsc::reply_promise const&) {}
};

double milliseconds(dsc::seconds time) { return 1e3 * time.count(); }

}  // namespace

int main() {
  std::vector<float> const x(1024, 0.5F);
  mute_server server;
  for (dsc::seconds const local : {10_ms, 100_ms, 600_ms})
    for (bool const link_alive : {true, false})
      for (bool const at_once : {false, true}) {
        dsc::emulated_link link{dsc::fixed_rate{link_alive ? 100_MBps : 0_MBps}, server};
        dsc::fixed_split const remote{1_split, {.head = local / 4.0, .transfer = local / 4.0}};
        dsc::session at_home{slow_net{local}, dsc::fixed_split{4_split}, link};
        dsc::session device{
            slow_net{local}, remote, link, {.hedge = at_once ? dsc::hedge::always() : dsc::hedge::when_late()}};
        dsc::seconds usual{};
        for (int i = 0; i < 5; ++i) usual += at_home.infer(x).record.total / 5.0;
        std::cout << "local " << milliseconds(usual) << " ms, dead " << (link_alive ? "server" : "link") << ", hedge "
                  << (at_once ? "always" : "when late") << ":";
        for (int i = 0; i < 6; ++i) std::cout << ' ' << device.infer(x).record.total / usual;
        std::cout << '\n';
      }
}
