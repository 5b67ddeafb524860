#include "catch.hpp"

#include <dsc/emulation/tail_service.hpp>

#include "support/errors.hpp"
#include "support/toy_net.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

request tail_request(toy_net const& net, std::vector<float> const& h, std::size_t split) {
  return {tail_of(split_point{split}, layer_count(net)),
          {to_wire<std::vector<float>>(std::make_shared<std::vector<float> const>(h))}};
}

reply ask(auto& service, request asked, time_point arrival = run_clock::now()) {
  reply_promise const promise;
  service.accept(std::move(asked), arrival, promise);
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
    CHECK(from_wire<std::vector<float>>(ask(service, tail_request(net, h, l)).tensors.at(0)) == whole);
  }
}

TEST_CASE("a load put on the service is real time") {
  toy_net const net{{400, 40'000, 4}};
  tail_service service{net};
  service.set_load({.slowdown = 5.0, .queueing_delay = 80_ms});
  time_point const start = run_clock::now();
  reply const answer = ask(service, tail_request(net, toy_input(400), 0));
  seconds const observed = run_clock::now() - start;
  CHECK(answer.queue >= 80_ms);
  CHECK(answer.tail > 0_s);
  CHECK(observed >= answer.queue + answer.tail);
}

TEST_CASE("a request is not run before it arrives") {
  toy_net const net{{4, 4}};
  tail_service service{net};
  time_point const arrival = run_clock::now() + std::chrono::milliseconds{60};
  ask(service, tail_request(net, toy_input(4), 0), arrival);
  CHECK(run_clock::now() >= arrival);
}

TEST_CASE("bad requests fail with a reason and do not stop the service") {
  toy_net const net{{4, 8, 2}};
  tail_service service{net};
  CHECK(code_of([&] { ask(service, tail_request(net, toy_input(4), 3)); }) == errc::bad_split);
  CHECK(code_of([&] { ask(service, tail_request(net, toy_input(5), 0)); }) == errc::bad_batch);
  CHECK(code_of([&] { ask(service, tail_request(net, {}, 0)); }) == errc::bad_batch);
  request lying = tail_request(net, toy_input(4), 0);
  lying.tensors[0].spec.shape = {8};
  CHECK(code_of([&] { ask(service, std::move(lying)); }) == errc::bad_tensor);
  CHECK(from_wire<std::vector<float>>(ask(service, tail_request(net, toy_input(8), 1)).tensors.at(0)).size() == 2);
  CHECK(code_of([&] { service.set_load({.slowdown = 0.0}); }) == errc::bad_quantity);
}

TEST_CASE("a service that is closed fails what waits for it") {
  reply_promise const promise;
  {
    toy_net const net{{4, 2}};
    tail_service service{net};
    service.accept(tail_request(net, toy_input(4), 0), run_clock::now() + std::chrono::hours{1}, promise);
  }
  CHECK(code_of([&] { promise.pending().get(); }) == errc::transport_failed);
}

TEST_CASE("nobody waits behind a request that was cancelled") {
  toy_net const net{{4, 2}};
  tail_service service{net};
  reply_promise const unwanted;
  service.accept(tail_request(net, toy_input(4), 0), run_clock::now() + std::chrono::hours{1}, unwanted);
  unwanted.pending().cancel();
  CHECK(ask(service, tail_request(net, toy_input(4), 0)).tensors.at(0).data.size() == bytes{8});
}

TEST_CASE("a request may end before the model does, and holds one tensor") {
  toy_net const net{{12, 30, 6, 4}};
  tail_service service{net};
  std::vector<float> const x = toy_input(12);
  request middle = tail_request(net, x, 0);
  middle.layers.end = 2_split;
  CHECK(from_wire<std::vector<float>>(ask(service, middle).tensors.at(0)) == net.forward(x, head_of(2_split)));
  middle.layers = {2_split, 1_split};
  CHECK(code_of([&] { ask(service, middle); }) == errc::bad_split);
  request two = tail_request(net, x, 0);
  two.tensors.push_back(two.tensors.front());
  CHECK(code_of([&] { ask(service, two); }) == errc::bad_tensor);
  CHECK(code_of([&] { ask(service, {{0_split, 3_split}, {}}); }) == errc::bad_tensor);
}

TEST_CASE("a service that is closed does not wait out its load") {
  // A layer that takes 20 ms, on a server that is 1000 times as slow.
  struct sleepy_net : toy_net {
    using toy_net::toy_net;
    tensor_type forward(tensor_type x, layer_span span) const {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      return toy_net::forward(std::move(x), span);
    }
  };
  sleepy_net const net{{4, 2}};
  reply_promise const promise;
  time_point const start = run_clock::now();
  {
    tail_service service{net};
    service.set_load({.slowdown = 1000.0});
    service.accept(tail_request(net, toy_input(4), 0), start, promise);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  CHECK(seconds{run_clock::now() - start} < 5_s);
  CHECK(code_of([&] { promise.pending().get(); }) == errc::transport_failed);
}
