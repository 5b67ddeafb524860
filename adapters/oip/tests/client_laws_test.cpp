#include <condition_variable>
#include <mutex>

#include <dsc/oip/client.hpp>
#include <dsc/oip/server.hpp>
#include <dsc/testing/transport.hpp>

#include "catch.hpp"
#include "requests.hpp"
#include "support/errors.hpp"
#include "test_server.hpp"
#include "toy.hpp"

namespace {

using namespace dsc;
using namespace dsc::oip::test;

// Lets requests through, or keeps them.
class gate {
 public:
  void close() {
    std::lock_guard const lock{mutex_};
    open_ = false;
  }
  void open() {
    std::lock_guard const lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

// The network client, with a server that doubles.
class network {
 public:
  network() {
    server_.service.infer = [this](auto const& asked, auto& answer) {
      gate_.pass();
      return test_service::doubled(asked, answer);
    };
    client_.emplace(std::vector<std::string>{server_.address()}, small_deployment());
  }

  oip::client& transport() { return *client_; }
  request ask(std::size_t number) { return asked_of(3, values(number), 4); }
  std::vector<std::byte> answer(request const& asked) {
    std::vector<float> numbers(asked.tensors[0].data.view().size() / sizeof(float));
    std::memcpy(numbers.data(), asked.tensors[0].data.view().data(), asked.tensors[0].data.view().size());
    shared_bytes const due = bytes_of(doubled(numbers));
    return {due.view().begin(), due.view().end()};
  }
  void hold() { gate_.close(); }
  void release() { gate_.open(); }
  void close() { client_.reset(); }
  std::vector<request> nonsense() {
    request nothing = ask(1);
    nothing.tensors.clear();
    request longer = ask(1);
    longer.tensors[0].data = bytes_of(counted(5));
    request elsewhere = ask(1);
    elsewhere.layers = {split_point{7}, split_point{9}};
    request shapeless = ask(1);
    shapeless.tensors[0].spec.shape = {};
    return {nothing, longer, elsewhere, shapeless};
  }

 private:
  static std::vector<float> values(std::size_t number) { return std::vector<float>(4, static_cast<float>(number)); }

  gate gate_;
  test_server server_;
  std::optional<oip::client> client_;
};

TEST_CASE("the client keeps the laws of a transport") {
  network fixture;
  CHECK(laws::check_transport(fixture) == laws::violations{});
}

// The same with our own server on the other side.
class whole_network {
 public:
  whole_network()
      : server_{dsc::test::toy_deployment(),
                [this, run = oip::runner_of(dsc::test::toy_network{})](layer_span span, auto const& tensors) {
                  gate_.pass();
                  return run(span, tensors);
                },
                options()},
        client_{std::in_place, std::vector<std::string>{server_.address()}, dsc::test::toy_deployment()} {}

  oip::client& transport() { return *client_; }
  request ask(std::size_t number) {
    auto const x = std::make_shared<dsc::test::toy_tensor const>(dsc::test::toy_input(2, static_cast<float>(number)));
    return {layer_span{split_point{0}, split_point{4}}, {to_wire<dsc::test::toy_tensor>(x)}};
  }
  std::vector<std::byte> answer(request const& asked) {
    auto const y = dsc::test::toy_network{}.forward(from_wire<dsc::test::toy_tensor>(asked.tensors[0]), asked.layers);
    return {y.data().begin(), y.data().end()};
  }
  void hold() { gate_.close(); }
  void release() { gate_.open(); }
  void close() { client_.reset(); }

 private:
  static oip::server_options options() {
    oip::server_options options;
    options.listen = "127.0.0.1:0";
    return options;
  }

  gate gate_;
  oip::server server_;
  std::optional<oip::client> client_;
};

TEST_CASE("client and server keep the laws of a transport together") {
  whole_network fixture;
  CHECK(laws::check_transport(fixture) == laws::violations{});
}

TEST_CASE("our server tells its deployment, and the client takes what it offers and nothing else") {
  oip::server_options options;
  options.listen = "127.0.0.1:0";
  oip::server const server{dsc::test::toy_deployment(), oip::runner_of(dsc::test::toy_network{}), options};
  deployment const told = oip::deployment_at(server.address());
  CHECK(told == dsc::test::toy_deployment());
  oip::client client{{server.address()}, told};
  client.check();
  auto const x = std::make_shared<dsc::test::toy_tensor const>(dsc::test::toy_input(3));
  reply const answer =
      client.submit({layer_span{split_point{0}, split_point{4}}, {to_wire<dsc::test::toy_tensor>(x)}}, soon()).get();
  CHECK(floats_in(answer) == dsc::test::toy_network{}.forward(*x, layer_span{split_point{0}, split_point{4}}).values());
  CHECK(answer.tail > seconds{});

  oip::client other{{server.address()}, dsc::test::toy_deployment("00000000000000bb")};
  CHECK(dsc::test::message_of([&] { other.check(); }).find("other weights") != std::string::npos);
}

}  // namespace
