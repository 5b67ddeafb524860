#include "catch.hpp"

#include <dsc/emulation/tail_service.hpp>

#include "support/errors.hpp"
#include "support/toy_net.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

request tail_request(std::vector<float> const& h, std::size_t split) {
  return {split_point{split}, to_wire<std::vector<float>>(std::make_shared<std::vector<float> const>(h))};
}

reply ask(auto& service, request what, time_point arrival = run_clock::now()) {
  reply_promise const promise{link_parameters{}};
  service.accept(std::move(what), arrival, promise);
  return promise.pending().get();
}

}  // namespace

TEST_CASE("the service runs the tail of every split") {
  toy_net const net{{12, 30, 6, 4}};
  tail_service service{net};
  std::vector<float> const x = toy_input(36);
  std::vector<float> const whole = net.forward(x, {0_split, 3_split});
  for (std::size_t l = 0; l <= 3; ++l) {
    std::vector<float> const h = net.forward(x, head_of(split_point{l}));
    CHECK(from_wire<std::vector<float>>(ask(service, tail_request(h, l)).tensor) == whole);
  }
}

TEST_CASE("a load put on the service is real time") {
  toy_net const net{{400, 40'000, 4}};
  tail_service service{net};
  service.set_load({.slowdown = 5.0, .queueing_delay = 80_ms});
  time_point const start = run_clock::now();
  reply const got = ask(service, tail_request(toy_input(400), 0));
  seconds const observed = run_clock::now() - start;
  CHECK(got.queue >= 80_ms);
  CHECK(got.tail > 0_s);
  CHECK(observed >= got.queue + got.tail);
}

TEST_CASE("a request is not run before it arrives") {
  tail_service service{toy_net{{4, 4}}};
  time_point const arrival = run_clock::now() + std::chrono::milliseconds{60};
  ask(service, tail_request(toy_input(4), 0), arrival);
  CHECK(run_clock::now() >= arrival);
}

TEST_CASE("bad requests fail with a reason and do not stop the service") {
  tail_service service{toy_net{{4, 8, 2}}};
  CHECK(code_of([&] { ask(service, tail_request(toy_input(4), 3)); }) == errc::bad_split);
  CHECK(code_of([&] { ask(service, tail_request(toy_input(5), 0)); }) == errc::bad_batch);
  CHECK(code_of([&] { ask(service, tail_request({}, 0)); }) == errc::bad_batch);
  request lying = tail_request(toy_input(4), 0);
  lying.tensor.spec.shape = {8};
  CHECK(code_of([&] { ask(service, std::move(lying)); }) == errc::bad_tensor);
  CHECK(from_wire<std::vector<float>>(ask(service, tail_request(toy_input(8), 1)).tensor).size() == 2);
  CHECK(code_of([&] { service.set_load({.slowdown = 0.0}); }) == errc::bad_quantity);
}

TEST_CASE("a service that is closed fails what waits for it") {
  reply_promise const promise{link_parameters{}};
  {
    tail_service service{toy_net{{4, 2}}};
    service.accept(tail_request(toy_input(4), 0), run_clock::now() + std::chrono::hours{1}, promise);
  }
  CHECK(code_of([&] { promise.pending().get(); }) == errc::transport_failed);
}

TEST_CASE("nobody waits behind a request that was cancelled") {
  tail_service service{toy_net{{4, 2}}};
  reply_promise const unwanted{link_parameters{}};
  service.accept(tail_request(toy_input(4), 0), run_clock::now() + std::chrono::hours{1}, unwanted);
  unwanted.pending().cancel();
  CHECK(ask(service, tail_request(toy_input(4), 0)).tensor.data.size() == bytes{8});
}
