#include "catch.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

#include "support/errors.hpp"
#include "support/toy_net.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

toy_net const net{{64, 128, 32, 8, 4}};
constexpr std::size_t layers = 4;

std::vector<float> answer_to(std::vector<float> const& x) { return net.forward(x, {0_split, split_point{layers}}); }

// A transport whose other side is slow: it takes its time before it looks at the bytes, whatever
// became of the request.
class slow_reader {
 public:
  ~slow_reader() {
    for (auto& reader : readers_) reader.wait();
  }
  pending_reply submit(request asked, time_point) {
    reply_promise const promise;
    readers_.push_back(std::async(std::launch::async, [this, promise, kept = std::move(asked)] {
      unsigned sum = 0;
      for (int pass = 0; pass < 30; ++pass) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        for (std::byte const b : kept.tensors.at(0).data.view()) sum += std::to_integer<unsigned>(b);
      }
      checksum_ += sum;
      promise.fail(errc::transport_failed, "too late anyway");
    }));
    return promise.pending();
  }
  unsigned wait_for_checksum() {
    for (auto& reader : readers_) reader.wait();
    return checksum_;
  }

 private:
  std::atomic<unsigned> checksum_ = 0;
  std::vector<std::future<void>> readers_;
};

unsigned checksum(std::vector<float> const& values) {
  unsigned sum = 0;
  for (std::byte const b : std::as_bytes(std::span{values})) sum += std::to_integer<unsigned>(b);
  return 30 * sum;
}

// A transport that fails in a way of its own.
struct broken {
  std::function<pending_reply(request)> behaviour;
  pending_reply submit(request asked, time_point) { return behaviour(std::move(asked)); }
};

pending_reply settled(reply value) {
  reply_promise const promise;
  promise.fulfil(std::move(value));
  return promise.pending();
}

// The server's answer is wanted, however slow this machine is.
constexpr session_options patient{.hedge = hedge::never_before(seconds{20.0})};

}  // namespace

TEST_CASE("every split and batch gives the answer of the whole") {
  tail_service service{net};
  emulated_link link{fixed_rate{500_MBps}, service};
  for (std::size_t l = 0; l <= layers; ++l) {
    session device{net, fixed_split{split_point{l}}, link, patient};
    for (std::size_t batch : {1UL, 3UL}) {
      std::vector<float> const x = toy_input(64 * batch);
      auto const [answer, record] = device.infer(x);
      CHECK(answer == answer_to(x));
      CHECK(record.batch == batch_size{batch});
      CHECK_FALSE(record.fell_back());
      CHECK(record.total >= record.observed.head + record.observed.transfer + record.observed.tail);
      CHECK((record.observed.transfer > 0_s) == (l < layers));
    }
  }
}

TEST_CASE("a batch with a remainder is refused") {
  tail_service service{net};
  emulated_link link{fixed_rate{500_MBps}, service};
  session device{net, fixed_split{1_split}, link};
  CHECK(code_of([&] { device.infer(toy_input(65)); }) == errc::bad_batch);
  CHECK(code_of([&] { device.infer({}); }) == errc::bad_batch);
}

TEST_CASE("when the transport fails the session finishes by itself and says why") {
  std::vector<float> const x = toy_input(128);
  auto const throws = [](request) -> pending_reply { throw std::runtime_error{"no route to host"}; };
  auto const fails = [](request) {
    reply_promise const promise;
    promise.fail(errc::transport_failed, "connection reset");
    return promise.pending();
  };
  auto const too_short = [](request) {
    return settled({.tensors = {{{element_type::float32, {1}}, {nullptr, std::as_bytes(std::span{"abc"})}}}});
  };
  auto const lies = [](request asked) {
    asked.tensors.at(0).spec.shape = {7};
    return settled({.tensors = asked.tensors});
  };
  auto const nothing = [](request) { return settled({}); };
  auto const says_nothing = [](request) -> pending_reply { throw std::runtime_error{""}; };
  auto const says_null = [](request) -> pending_reply {
    struct mute : std::exception {
      char const* what() const noexcept override { return nullptr; }
    };
    throw mute{};
  };
  for (auto const& [behaviour, says] :
       std::initializer_list<std::pair<std::function<pending_reply(request)>, char const*>>{
           {throws, "no route to host"},
           {fails, "connection reset"},
           {too_short, "instead of"},
           {lies, "bytes"},
           {nothing, "0 tensors"},
           {says_nothing, "did not say why"},
           {says_null, "did not say why"}}) {
    broken transport{behaviour};
    session device{net, fixed_split{2_split}, transport};
    auto const [answer, record] = device.infer(x);
    CHECK(answer == answer_to(x));
    CHECK(record.fell_back());
    CHECK_THAT(record.fallback, Catch::Contains(says));
    CHECK(record.observed.tail > 0_s);
    CHECK(record.observed.transfer == 0_s);
    CHECK(record.waited >= 0_s);
    CHECK(record.hedged == 0_s);
  }
}

TEST_CASE("a request that is given up while the other side still reads leaves the bytes alone") {
  std::vector<float> const x = toy_input(640);
  slow_reader transport;
  session device{net, fixed_split{1_split}, transport};
  auto const [answer, record] = device.infer(x);
  CHECK(answer == answer_to(x));
  CHECK_THAT(record.fallback, Catch::Contains("no answer within"));
  CHECK(transport.wait_for_checksum() == checksum(net.forward(x, {0_split, 1_split})));
}

TEST_CASE("a session may be destroyed with a request pending") {
  std::vector<float> const x = toy_input(640);
  slow_reader transport;
  {
    session device{net, fixed_split{1_split}, transport};
    CHECK(device.infer(x).output == answer_to(x));
  }
  CHECK(transport.wait_for_checksum() == checksum(net.forward(x, {0_split, 1_split})));
}

TEST_CASE("a split whose prediction is never is not waited for without end") {
  std::vector<float> const x = toy_input(64);
  tail_service service{net};
  emulated_link link{fixed_rate{0_MBps}, service};
  session device{net, fixed_split{1_split, {.transfer = never}}, link};
  auto const [answer, record] = device.infer(x);
  CHECK(answer == answer_to(x));
  CHECK(record.fell_back());
}

TEST_CASE("a link without limit costs its latency alone") {
  tail_service service{net};
  emulated_link link{fixed_rate{unlimited, {.latency = 10_ms}}, service};
  session device{net, fixed_split{1_split}, link, patient};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK(record.observed.transfer >= 10_ms);
}

TEST_CASE("a link that dies in mid-transfer costs time, not the answer, and it comes back") {
  std::vector<float> const x = toy_input(64 * 1000);
  tail_service service{net};
  emulated_link link{fixed_rate{1_MBps}, service};
  session device{net, fixed_split{1_split}, link, {.hedge = hedge::never_before(300_ms)}};
  std::thread cut{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    link.set_rate(0_MBps);
  }};
  auto const during = device.infer(x);
  cut.join();
  CHECK(during.output == answer_to(x));
  CHECK(during.record.fell_back());
  link.set_rate(500_MBps);
  auto const afterwards = device.infer(x);
  CHECK(afterwards.output == answer_to(x));
  CHECK_FALSE(afterwards.record.fell_back());
}

TEST_CASE("a transport may throw anything") {
  broken transport{[](request) -> pending_reply { throw 42; }};
  session device{net, fixed_split{2_split}, transport};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK(record.fell_back());
}

namespace {

// As LibTorch's: a handle with a type and a shape, whatever its bytes.
struct shaped_tensor {
  tensor_spec described{};
  std::vector<std::byte> bytes_held{};
  tensor_spec spec() const { return described; }
  std::span<std::byte const> data() const { return bytes_held; }
  static shaped_tensor make(tensor_spec const& spec, std::span<std::byte const> data) {
    return {spec, {data.begin(), data.end()}};
  }
  static shaped_tensor zeros(tensor_spec const& spec) {
    return {spec, std::vector<std::byte>(static_cast<std::size_t>(spec.size().count))};
  }
};

// One layer from [B, 3] to [B, 5], all in float32.
struct shaped_net {
  struct row {
    std::string_view name() const { return "only"; }
    bytes output_bytes() const { return 20_B; }
  };
  using tensor_type = shaped_tensor;
  static constexpr std::array<row, 1> rows{};
  bytes input_bytes() const { return 12_B; }
  std::span<row const> layers() const { return rows; }
  tensor_type forward(tensor_type x, layer_span span) const {
    return span.empty() ? x : shaped_tensor::zeros({element_type::float32, {x.described.shape[0], 5}});
  }
};
struct describing_net : shaped_net {
  tensor_spec output_spec(batch_size batch) const {
    return {element_type::float32, {static_cast<std::int64_t>(batch.count), 5}};
  }
};
static_assert(ExecutableModel<shaped_net> && !OutputDescribingModel<shaped_net> &&
              OutputDescribingModel<describing_net>);

tensor_spec const right{element_type::float32, {2, 5}};
std::array const wrong{tensor_spec{element_type::int32, {2, 5}}, tensor_spec{element_type::float32, {5, 2}},
                       tensor_spec{element_type::float32, {10, 1, 1}}, tensor_spec{element_type::uint8, {40}}};

broken answering(tensor_spec const& spec) {
  return {[spec](request) {
    return settled(
        {.tensors = {to_wire<shaped_tensor>(std::make_shared<shaped_tensor const>(shaped_tensor::zeros(spec)))}});
  }};
}

}  // namespace

TEST_CASE("what cannot be put on the wire is finished on the device") {
  shaped_tensor x = shaped_tensor::zeros({element_type::float32, {2, 3}});
  x.bytes_held.pop_back();  // it claims more than it holds
  broken transport = answering(right);
  session device{shaped_net{}, fixed_split{0_split}, transport};
  auto const [answer, record] = device.infer(x);
  CHECK(answer.spec() == right);
  CHECK_THAT(record.fallback, Catch::Contains("bytes"));
}

TEST_CASE("an answer of another type or shape than the model's output is none") {
  shaped_tensor const x = shaped_tensor::zeros({element_type::float32, {2, 3}});
  for (tensor_spec const& spec : wrong) {
    broken transport = answering(spec);
    session device{describing_net{}, fixed_split{0_split}, transport};
    auto const [answer, record] = device.infer(x);
    CHECK(answer.spec() == right);
    CHECK(record.fell_back());
    CHECK_THAT(record.fallback, Catch::Contains(text_of(spec)) && Catch::Contains("float32 [2, 5]"));
  }
  broken transport = answering(right);
  session device{describing_net{}, fixed_split{0_split}, transport};
  CHECK_FALSE(device.infer(x).record.fell_back());
}

TEST_CASE("a model that cannot tell its output is compared with what it put out here before") {
  shaped_tensor const x = shaped_tensor::zeros({element_type::float32, {2, 3}});
  tensor_spec claimed = right;
  broken transport{[&claimed](request asked) -> pending_reply {
    if (claimed.shape.rank == 0) throw std::runtime_error{"down"};
    return answering(claimed).behaviour(std::move(asked));
  }};
  session device{shaped_net{}, fixed_split{0_split}, transport};
  CHECK_FALSE(device.infer(x).record.fell_back());
  claimed = {};
  CHECK(device.infer(x).record.fell_back());
  for (tensor_spec const& spec : wrong) {
    claimed = spec;
    CHECK(device.infer(x).record.fell_back());
  }
  claimed = right;
  CHECK_FALSE(device.infer(x).record.fell_back());
}

TEST_CASE("answers are compared with those of local runs, of other batch sizes too") {
  shaped_tensor const x = shaped_tensor::zeros({element_type::float32, {2, 3}});
  shaped_tensor const more = shaped_tensor::zeros({element_type::float32, {4, 3}});
  tensor_spec returned;
  broken transport{[&returned](request asked) { return answering(returned).behaviour(std::move(asked)); }};
  // Locally first, then at the server.
  struct local_at_first {
    int decisions = 0;
    decision decide(batch_size) {
      return {.plan = {{split_point{decisions++ == 0 ? 1U : 0U}}, {}}, .rate = {}, .load = {}};
    }
  };
  session device{shaped_net{}, local_at_first{}, transport};
  CHECK_FALSE(device.infer(x).record.fell_back());
  returned = {element_type::int32, {4, 5}};
  CHECK(device.infer(more).record.fell_back());
  session again{shaped_net{}, local_at_first{}, transport};
  CHECK_FALSE(again.infer(x).record.fell_back());
  returned = {element_type::float32, {4, 5}};
  CHECK_FALSE(again.infer(more).record.fell_back());
  returned = {element_type::float32, {20}};
  CHECK_THAT(again.infer(more).record.fallback, Catch::Contains("float32 [20]"));
}

TEST_CASE("a transport whose cancel waits is told of in the record") {
  struct slow_to_cancel {
    pending_reply inner;
    bool ready() const { return inner.ready(); }
    bool wait_until(time_point until) { return inner.wait_until(until); }
    reply get() { return inner.get(); }
    void cancel() {
      std::this_thread::sleep_for(std::chrono::milliseconds{80});
      inner.cancel();
    }
  };
  struct never_answering {
    reply_promise promise;
    slow_to_cancel submit(request, time_point) { return {promise.pending()}; }
  };
  never_answering transport;
  session device{net, fixed_split{1_split}, transport};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK_THAT(record.fallback, Catch::Contains("no answer within"));
  CHECK_THAT(record.warning, Catch::Contains("transport's cancel, which must not wait"));
}

TEST_CASE("a transport whose submit waits is told of in the record") {
  broken transport{[](request asked) {
    std::this_thread::sleep_for(std::chrono::milliseconds{80});
    return settled({.tensors = asked.tensors});
  }};
  session device{net, fixed_split{1_split}, transport};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK_THAT(record.warning, Catch::Contains("transport's submit, which must not wait"));
}

TEST_CASE("a transport's figures that mean nothing count as 0, and the record says so") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  for (reply const& claim :
       {reply{{}, seconds{nan}, never, seconds{-1.0}}, reply{{}, seconds{-1.0}, seconds{nan}, never}}) {
    broken transport{[&](request) {
      reply answer = claim;
      answer.tensors = {
          to_wire<std::vector<float>>(std::make_shared<std::vector<float> const>(answer_to(toy_input(64))))};
      return settled(answer);
    }};
    session device{net, fixed_split{2_split}, transport};
    auto const [answer, record] = device.infer(toy_input(64));
    CHECK_FALSE(record.fell_back());
    CHECK(record.observed.queue == 0_s);
    CHECK(record.observed.tail == 0_s);
    CHECK(record.observed.return_time == 0_s);
    CHECK(record.observed.transfer >= 0_s);
    CHECK_THAT(record.warning, Catch::Contains("queue") && Catch::Contains("tail") && Catch::Contains("return time"));
  }
}

TEST_CASE("a return time that a transport measured itself reaches the record") {
  broken transport{[](request) {
    return settled(
        {.tensors = {to_wire<std::vector<float>>(std::make_shared<std::vector<float> const>(answer_to(toy_input(64))))},
         .return_time = seconds{1e-9}});
  }};
  session device{net, fixed_split{2_split}, transport};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(record.observed.return_time == seconds{1e-9});
  CHECK(record.warning.empty());
}

TEST_CASE("the record tells what was sent, and a decider may observe it") {
  struct learner {
    split_point split;
    std::vector<inference_record>* seen;
    decision decide(batch_size) const { return {{{split}, {}}, {}, {}}; }
    void observe(inference_record const& record) const {
      seen->push_back(record);
      if (seen->size() == 2) throw std::runtime_error{"too much"};
    }
  };
  static_assert(ObservingDecider<learner> && !ObservingDecider<fixed_split>);
  std::vector<inference_record> seen;
  tail_service service{net};
  emulated_link link{fixed_rate{500_MBps}, service};
  session device{net, learner{2_split, &seen}, link, patient};
  inference_record const first = device.infer(toy_input(128)).record;
  CHECK(first.sent == bytes{2 * 4 * 32});
  CHECK(first.confirmed == first.sent);
  CHECK(first.confirmed_within > 0_s);
  CHECK(first.confirmed_within <= first.total);
  CHECK(first.received == bytes{2 * 4 * 4});
  CHECK(first.waited == 0_s);
  CHECK(first.hedged == 0_s);
  CHECK(first.ended > time_point{});
  inference_record const second = device.infer(toy_input(64)).record;
  CHECK_THAT(second.warning, Catch::Contains("too much"));
  link.set_rate(0_MBps);
  session hasty{net, learner{2_split, &seen}, link};
  hasty.infer(toy_input(64));
  session local{net, learner{4_split, &seen}, link};
  local.infer(toy_input(64));
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].total == first.total);
  CHECK(seen[1].sent == bytes{4 * 32});
  CHECK(seen[2].fell_back());
  CHECK(seen[2].sent == bytes{4 * 32});
  CHECK(seen[2].confirmed == 0_B);
  CHECK(seen[2].observed.transfer == 0_s);
  CHECK(seen[3].sent == 0_B);
}

TEST_CASE("a rate source that throws costs no answer") {
  tail_service service{net};
  emulated_link link{rate_trace{{{0_s, 1_MBps}, {seconds{1e-6}, 1_MBps}}, trace_end::fail}, service};
  profile const costs{
      "toy",
      bytes{4 * 64},
      {{"layer 1", bytes{4 * 128}}, {"layer 2", bytes{4 * 32}}, {"layer 3", bytes{4 * 8}}, {"layer 4", bytes{4 * 4}}},
      {{1_batch, {0_s, 1_s, 2_s, 3_s, 4_s}, {}}}};
  session device{net, controller{planner{net, sites{costs, scaled{costs, 0.1}}}, [&] { return link.rate(); }}, link};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK(record.decided.plan.split == split_point{layers});
  CHECK_THAT(record.decided.warning, Catch::Contains("trace ends"));
}

TEST_CASE("a session tells its controller what the link costs beside its rate") {
  tail_service service{net};
  emulated_link link{fixed_rate{2_MBps, {.latency = 60_ms, .return_latency = 40_ms}}, service};
  profile const costs{
      "toy",
      bytes{4 * 64},
      {{"layer 1", bytes{4 * 128}}, {"layer 2", bytes{4 * 32}}, {"layer 3", bytes{4 * 8}}, {"layer 4", bytes{4 * 4}}},
      {{1_batch, {0_s, 1_s, 2_s, 3_s, 4_s}, {}}}};
  session device{net, controller{planner{net, sites{costs, scaled{costs, 1e-6}}}, [&] { return link.rate(); }}, link};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(record.decided.plan.split == 0_split);
  CHECK(record.predicted() >= 100_ms);
  CHECK(record.total.count() == Approx(record.predicted().count()).margin(0.05));
}
