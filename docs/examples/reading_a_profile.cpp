#include <iostream>

#include <dsc/dsc.hpp>
#include <dsc/io/format.hpp>
#include <dsc/io/profile_json.hpp>

using namespace dsc::literals;

constexpr std::string_view device_json = R"({
  "schema": "dsc.profile/1",
  "model": "two layers",
  "input_bytes": 100000,
  "layers": [{"name": "stem", "output_bytes": 20000}, {"name": "classifier", "output_bytes": 40}],
  "batches": [1, 8],
  "prefix_seconds": [[0, 0.004, 0.024], [0, 0.030, 0.180]]
})";

int main() {
  dsc::profile const device = dsc::parse_profile(device_json, "device.json");
  dsc::planner const planner{device, dsc::sites{device, dsc::scaled{device, 0.125}}};  // a server eight times as fast
  for (auto const& piece : planner.policy(4_batch))
    std::cout << "from " << piece.from_rate << ": " << piece.split << '\n';
  try {
    dsc::parse_profile(R"({"schema": "dsc.profile/1", "model": "two layers", "input_bytes": -5})", "broken.json");
  } catch (dsc::error const& e) {
    std::cout << e.what() << '\n';
  }
}
