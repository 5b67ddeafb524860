#include <array>
#include <iostream>

#include <dsc/dsc.hpp>

#include <dsc/testing/channel.hpp>
#include <dsc/testing/cost_model.hpp>

using namespace dsc::literals;

// A server that answers in 2 ms plus 1 ms per layer and sample; it forgets that no layers take no
// time.
struct careless_site {
  dsc::seconds time(dsc::layer_span span, dsc::batch_size batch) const {
    return 2_ms + static_cast<double>(span.size() * batch.count) * 1_ms;
  }
};

// A link that sends whole packets of 1500 bytes, each in 0.5 ms.
struct packet_link {
  dsc::seconds transfer_time(dsc::bytes amount) const {
    return static_cast<double>((amount.count + 1499) / 1500) * 0.5_ms;
  }
};

static_assert(dsc::CostModel<careless_site> && dsc::Channel<packet_link> && !dsc::AffineChannel<packet_link>);

int main() {
  std::array const batches{1_batch, 8_batch};
  std::array const amounts{0_B, 1_B, 1500_B, 1501_B, 1_MB};
  for (auto const& broken : dsc::laws::check_cost_model(careless_site{}, 1, batches)) std::cout << broken << '\n';
  std::cout << "packet_link: " << dsc::laws::check_channel(packet_link{}, amounts).size() << " laws broken\n";
}
