// Every law check finds a type that breaks its law, and nothing wrong with a lawful one.
#include <dsc/testing/channel.hpp>
#include <dsc/testing/cost_model.hpp>
#include <dsc/testing/executable_model.hpp>
#include <dsc/testing/tensor.hpp>

#include <array>
#include <limits>
#include <memory>
#include <string>

#include "../catch.hpp"
#include "../support/archetypes.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array batches{1_batch, 3_batch};
constexpr std::array amounts{0_B, 1_B, 1_kB, 1_kB, 1_MB};

bool names(laws::violations const& broken, std::string const& law) {
  return std::ranges::any_of(broken,
                             [&](std::string const& sentence) { return sentence.find(law) != std::string::npos; });
}

// Tensors

struct copy_counting_tensor : test::tensor_archetype {
  copy_counting_tensor() = default;
  copy_counting_tensor(copy_counting_tensor const& other)
      : tensor_archetype{static_cast<std::byte>(static_cast<int>(other.value) + 1)} {}
  copy_counting_tensor(copy_counting_tensor&&) = default;
  copy_counting_tensor& operator=(copy_counting_tensor const&) = default;
  static copy_counting_tensor make(tensor_spec const&, std::span<std::byte const>) { return {}; }
};
struct forgetful_tensor : test::tensor_archetype {
  static forgetful_tensor make(tensor_spec const&, std::span<std::byte const>) { return {}; }
};
struct overlong_tensor : test::tensor_archetype {
  tensor_spec spec() const { return {element_type::float32, {1}}; }
  static overlong_tensor make(tensor_spec const&, std::span<std::byte const>) { return {}; }
};

TEST_CASE("laws of tensors") {
  REQUIRE(laws::check_tensor(test::tensor_archetype{std::byte{5}}).empty());
  REQUIRE(names(laws::check_tensor(forgetful_tensor{{std::byte{5}}}), "make(spec(t), data(t))"));
  REQUIRE(names(laws::check_tensor(copy_counting_tensor{}), "a copy"));
  REQUIRE(names(laws::check_tensor(overlong_tensor{}), "its spec says 4"));
}

// Executable models: three layers on three floats, each adding its number; a fault can be built in.

enum class fault { none, empty_span_runs, spans_differ, input_changes, wrong_size, starts_late };

struct shared_tensor {
  std::shared_ptr<std::vector<float>> values;
  tensor_spec spec() const { return tensor_traits<std::vector<float>>::spec(*values); }
  std::span<std::byte const> data() const { return tensor_traits<std::vector<float>>::data(*values); }
  static shared_tensor make(tensor_spec const& spec, std::span<std::byte const> data) {
    return {std::make_shared<std::vector<float>>(tensor_traits<std::vector<float>>::make(spec, data))};
  }
};

struct three_floats_layer : test::layer_archetype {
  bytes output_bytes() const { return 12_B; }
};

template <fault Fault>
struct adding_model {
  using tensor_type = shared_tensor;
  std::array<three_floats_layer, 3> rows{};
  bytes input_bytes() const { return 12_B; }
  std::span<three_floats_layer const> layers() const { return rows; }

  tensor_type forward(tensor_type x, layer_span span) const {
    tensor_type y = Fault == fault::input_changes ? x : tensor_type::make(x.spec(), x.data());
    for (float& v : *y.values) {
      for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) v += static_cast<float>(i + 1);
      if (Fault == fault::empty_span_runs && span.empty() && span.begin.layers > 0) v += 1.0f;
      if (Fault == fault::spans_differ && span.size() == 2) v += 0.5f;
      if (Fault == fault::starts_late && span == layer_span{}) v += 1.0f;
    }
    if (Fault == fault::wrong_size && span.end.layers == 2 && !span.empty()) y.values->push_back(0.0f);
    return y;
  }
};

template <fault Fault>
laws::violations check() {
  return laws::check_executable_model(adding_model<Fault>{},
                                      shared_tensor{std::make_shared<std::vector<float>>(3, 1.0f)});
}

TEST_CASE("laws of executable models") {
  REQUIRE(check<fault::none>().empty());
  REQUIRE(names(check<fault::empty_span_runs>(), "empty span [1, 1) is not the identity"));
  REQUIRE(names(check<fault::spans_differ>(), "differs from [0, c) for [a, c) = [1, 3)"));
  REQUIRE(names(check<fault::input_changes>(), "changes its input"));
  REQUIRE(names(check<fault::wrong_size>(), "h_2 has 16 bytes"));
  REQUIRE(names(check<fault::starts_late>(), "[0, 0) does not give the input"));
}

TEST_CASE("laws of executable models hold for batches and with a stride") {
  shared_tensor const two_samples{std::make_shared<std::vector<float>>(6, 1.0f)};
  REQUIRE(laws::check_executable_model(adding_model<fault::none>{}, two_samples).empty());
  REQUIRE(laws::check_executable_model(adding_model<fault::none>{}, two_samples, 2).empty());
  REQUIRE(
      names(laws::check_executable_model(adding_model<fault::input_changes>{}, two_samples, 9), "changes its input"));
}

// Cost models: one second per layer and sample, plus what is built in.

struct steady_cost {
  double per_call = 0.0;
  double per_layer = 1.0;
  double layer_share = 1.0;
  seconds time(layer_span span, batch_size batch) const {
    return seconds{per_call + per_layer * static_cast<double>(span.size() * batch.count)};
  }
  seconds layer_time(std::size_t, batch_size batch) const {
    return seconds{layer_share * static_cast<double>(batch.count)};
  }
};

TEST_CASE("laws of cost models") {
  REQUIRE(laws::check_cost_model(steady_cost{}, 4, batches).empty());
  REQUIRE(laws::check_cost_model(test::cost_model_archetype{}, 4, batches).empty());
  REQUIRE(names(laws::check_cost_model(steady_cost{.per_call = 0.1}, 4, batches), "of no layers is not 0"));
  REQUIRE(
      names(laws::check_cost_model(steady_cost{.per_layer = -1.0}, 4, batches), "time([0, 1), batch 3) is negative"));
  REQUIRE(names(laws::check_cost_model(steady_cost{.per_layer = nan}, 4, batches), "not a number"));
}

TEST_CASE("laws of additive cost models") {
  REQUIRE(laws::check_additive_cost_model(steady_cost{}, 4, batches).empty());
  REQUIRE(names(laws::check_additive_cost_model(steady_cost{.layer_share = 1.001}, 4, batches),
                "not the sum of its layers' times"));
  REQUIRE(names(laws::check_additive_cost_model(steady_cost{.layer_share = nan}, 4, batches),
                "not the sum of its layers' times"));
  REQUIRE(names(laws::check_additive_cost_model(steady_cost{.per_call = 0.1}, 4, batches), "of no layers is not 0"));
}

// Channels

struct line_channel {
  seconds delay{0.1};
  data_rate speed = 1_MBps;
  double bend = 0.0;
  double back = 1.0;
  seconds transfer_time(bytes n) const { return delay + n / speed + seconds{bend * static_cast<double>(n.count)}; }
  seconds latency() const { return delay; }
  data_rate rate() const { return speed; }
  seconds return_time(bytes n) const { return seconds{back * static_cast<double>(n.count)}; }
};

TEST_CASE("laws of channels") {
  REQUIRE(laws::check_channel(line_channel{}, amounts).empty());
  REQUIRE(laws::check_channel(line_channel{.speed = 0_Bps}, amounts).empty());
  REQUIRE(names(laws::check_channel(line_channel{.bend = -2e-6}, amounts), "shorter than that of fewer bytes"));
  REQUIRE(names(laws::check_channel(line_channel{.delay = seconds{-1.0}}, amounts), "is negative"));
  REQUIRE(names(laws::check_channel(line_channel{.bend = nan}, amounts), "not a number"));
}

TEST_CASE("laws of affine channels") {
  REQUIRE(laws::check_affine_channel(line_channel{}, amounts).empty());
  REQUIRE(laws::check_affine_channel(line_channel{.speed = 0_Bps}, amounts).empty());
  REQUIRE(laws::check_affine_channel(line_channel{.speed = unlimited}, amounts).empty());
  REQUIRE(names(laws::check_affine_channel(line_channel{.bend = 1e-9}, amounts), "is not latency() + n / rate()"));
  REQUIRE(names(laws::check_affine_channel(line_channel{.delay = seconds{-0.5}}, amounts), "latency is negative"));
  REQUIRE(names(laws::check_affine_channel(line_channel{.speed = data_rate{-1.0}}, amounts), "rate is negative"));
}

TEST_CASE("laws of two-way channels") {
  REQUIRE(laws::check_two_way_channel(line_channel{}, amounts).empty());
  REQUIRE(names(laws::check_two_way_channel(line_channel{.back = -1.0}, amounts), "return_time(1 B) is negative"));
  REQUIRE(names(laws::check_two_way_channel(line_channel{.bend = -2e-6}, amounts), "transfer_time"));
}

}  // namespace
