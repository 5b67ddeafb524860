#include "torch_first.hpp"

#include <dsc/libtorch/error.hpp>
#include <dsc/testing/stopwatch.hpp>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/libtorch/stopwatch.hpp>
#include <dsc/measure/profiler.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::batch_size;
using dsc::errc;
using dsc::test::code_of;

TEST_CASE("an EfficientNet can be profiled, at its own speed and throttled") {
  dsc::libtorch::use_threads(1);
  auto const& zoo_net = dsc::zoo::efficientnet_b0;
  dsc::libtorch::efficientnet const net =
      dsc::libtorch::efficientnet{zoo_net, dsc::libtorch::random_weights(zoo_net)}.resident();
  auto const input = [&](batch_size batch) { return dsc::libtorch::random_input(zoo_net, batch); };
  dsc::profiler_options options{
      .warm_ups = 1, .repeats = 2, .synchronize = dsc::libtorch::synchronizer(net.execution().device)};
  auto const measured = dsc::measure_profile(net, "efficientnet_b0", {batch_size{1}, batch_size{2}}, input, options);
  options.slowdown = 2.5;
  auto const slow = dsc::measure_profile(net, "efficientnet_b0", {batch_size{1}}, input, options);

  REQUIRE(measured.profile.layers().size() == 20);
  CHECK(measured.profile.layers()[5].name() == "features.3.1");
  dsc::layer_span const whole{dsc::split_point{0}, dsc::split_point{20}};
  CHECK(measured.profile.time(whole, batch_size{1}) > dsc::seconds{});
  CHECK(slow.profile.time(whole, batch_size{1}) > 1.5 * measured.profile.time(whole, batch_size{1}));
}

TEST_CASE("a device's stopwatch keeps the laws and takes a profile") {
  dsc::libtorch::use_threads(1);
  auto const& zoo_net = dsc::zoo::efficientnet_b0;
  dsc::libtorch::efficientnet const net =
      dsc::libtorch::efficientnet{zoo_net, dsc::libtorch::random_weights(zoo_net)}.resident();
  at::Tensor const x = dsc::libtorch::random_input(zoo_net, batch_size{1});
  dsc::libtorch::event_stopwatch watch{net.execution().device};
  auto const stem = [&] { net.forward(x, dsc::head_of(dsc::split_point{1})); };
  CHECK(dsc::laws::check_stopwatch(watch, 3, stem) == dsc::laws::violations{});
  auto const input = [&](batch_size batch) { return dsc::libtorch::random_input(zoo_net, batch); };
  auto const measured = dsc::measure_profile(net, "efficientnet_b0", {batch_size{1}}, input, std::move(watch),
                                             {.warm_ups = 1, .repeats = 2});
  CHECK(measured.profile.time({dsc::split_point{0}, dsc::split_point{20}}, batch_size{1}) > dsc::seconds{});
}

TEST_CASE("memory can be given back on any device, also where there is nothing") {
  CHECK_FALSE(code_of([] { dsc::libtorch::release_memory(at::kCPU); }));
}

TEST_CASE("devices are named as people name them") {
  CHECK(dsc::libtorch::device_named("cpu").is_cpu());
  CHECK(code_of([] { dsc::libtorch::device_named("gpu"); }) == dsc::libtorch::libtorch_errc::bad_option);
  CHECK(code_of([] { dsc::libtorch::device_named("cuda:99"); }) == dsc::libtorch::libtorch_errc::bad_option);
  CHECK(code_of([] { dsc::libtorch::use_threads(0); }) == dsc::libtorch::libtorch_errc::bad_option);
  CHECK_FALSE(dsc::libtorch::synchronizer(at::kCPU));
}

TEST_CASE("the environment says where something was measured") {
  dsc::libtorch::use_threads(1);
  auto const here = dsc::libtorch::describe_environment(at::kCPU);
  CHECK_FALSE(here.device.empty());
  CHECK(here.threads == "1");
  CHECK(here.libtorch.find('.') != std::string::npos);
  CHECK(here.element == "float32");
  CHECK(here.date.size() == 20);
  CHECK(here.date.back() == 'Z');
}

}  // namespace
