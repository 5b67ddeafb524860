// Engines behind their interface, and a run on a model that no engine of the command has.
#include "catch.hpp"

#include <fstream>

#include <dsc/model/zoo/models.hpp>

#include "console/errors.hpp"
#include "engines/engine_kind.hpp"
#include "engines/measurement.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "io/temporary_folder.hpp"
#include "running/execution.hpp"
#include "running/strategies.hpp"
#include "support/toy_net.hpp"

using namespace dsc::literals;

namespace {

using dsc::cli::engine_kinds;
using dsc::cli::engine_of;

// Gives every file the same two layers and the name that it was made with.
class fake_engine final : public dsc::cli::engine {
 public:
  fake_engine(dsc::cli::engine_kind const& kind, std::string name) : kind_{kind}, name_{std::move(name)} {}

  dsc::cli::engine_kind const& kind() const override { return kind_; }
  dsc::cli::model_description describe(std::string const& file, dsc::cli::execution_options const&) const override {
    return {.label = name_, .given = file, .input_spec = {}, .list = {}, .network = {}, .file = {}};
  }
  dsc::cli::measured_site measure(dsc::cli::measurement const&) const override { throw std::logic_error{"measured"}; }
  void run(dsc::cli::experiment const&, std::function<void(dsc::cli::outcome)> const&) const override {}
  dsc::cli::hosted_model host(dsc::cli::model_description const&, dsc::cli::execution_options const&) const override {
    return {};
  }
  dsc::cli::layer_writer writer_of(dsc::cli::model_description const&,
                                   dsc::cli::execution_options const&) const override {
    return {};
  }
  std::string weights_fingerprint(dsc::cli::model_description const&,
                                  dsc::cli::execution_options const&) const override {
    return {};
  }

 private:
  dsc::cli::engine_kind const& kind_;
  std::string name_;
};

// No engine is left behind for the next test.
struct engines_of_this_test {
  explicit engines_of_this_test(std::vector<dsc::cli::engine const*> engines) {
    dsc::cli::use_engines(std::move(engines));
  }
  ~engines_of_this_test() { dsc::cli::use_engines({}); }
};

// As long for every layer, and nothing for none.
dsc::profile profile_of(toy_net const& net, dsc::seconds layer_time) {
  std::vector<dsc::profiled_layer> layers;
  std::vector<dsc::seconds> prefix{dsc::seconds{}};
  for (toy_net::layer const& layer : net.layers()) {
    layers.emplace_back(std::string{layer.name()}, layer.output_bytes());
    prefix.push_back(prefix.back() + layer_time);
  }
  return {"toy", net.input_bytes(), layers, {{1_batch, prefix, {}}, {2_batch, prefix, {}}}};
}

}  // namespace

TEST_CASE("a file is read by the engine that its ending belongs to") {
  dsc::test::temporary_folder const folder;
  dsc::cli::engine_kind const& kind = *engine_kinds().front();
  std::string const path = (folder / ("net" + std::string{kind.file_endings.front()})).string();
  std::string const unknown = (folder / "net.of-no-kind").string();
  std::ofstream{path} << "anything";
  std::ofstream{unknown} << "anything";
  CHECK(dsc::cli::kind_of_ending(path) == &kind);
  CHECK(dsc::cli::kind_of_ending(unknown) == nullptr);

  fake_engine const engine{kind, "net"};
  engines_of_this_test const engines{{&engine}};
  for (std::string const& file : {path, unknown}) {
    dsc::cli::model_description const model = dsc::cli::describe_model(file, {});
    CHECK(model.name() == "net");
    CHECK(model.given == file);
    CHECK(&engine_of(model) == &engine);
  }
  CHECK_THROWS_WITH(dsc::cli::describe_model(path + "h", {}), Catch::Contains("no such file"));
  dsc::cli::execution_options weighted;
  weighted.weights = "w.pt";
  CHECK_THROWS_WITH(dsc::cli::describe_model(path, weighted), Catch::Contains("brings its own"));
}

TEST_CASE("a file that is called as a network of the zoo is not taken for it") {
  dsc::test::temporary_folder const folder;
  dsc::cli::engine_kind const& kind = *engine_kinds().front();
  std::ofstream{folder / "net"} << "anything";
  fake_engine const engine{kind, "efficientnet_b0"};
  engines_of_this_test const engines{{&engine}};
  CHECK(dsc::cli::describe_model((folder / "net").string(), {}).name() ==
        "efficientnet_b0" + std::string{kind.file_endings.front()});
}

TEST_CASE("what needs an engine that this build lacks says what to install") {
  dsc::test::temporary_folder const folder;
  std::ofstream{folder / "net"} << "anything";
  dsc::cli::model_description const b0 = dsc::cli::describe_model("efficientnet_b0", {});
  CHECK(b0.kind == &dsc::cli::kind_of_zoo());
  CHECK_THROWS_WITH(engine_of(b0), Catch::Contains(std::string{b0.kind->name}) && Catch::Contains("'profile', 'run'") &&
                                       Catch::Contains(std::string{b0.kind->package}));
  CHECK_THROWS_AS(dsc::cli::describe_model((folder / "net").string(), {}), dsc::error);
  // An engine of another kind does not stand in for it.
  constexpr dsc::cli::engine_kind other{
      .name = "Other", .file_type = "other", .file_endings = {}, .package = "other-dev"};
  fake_engine const engine{other, "net"};
  engines_of_this_test const engines{{&engine}};
  CHECK(&engine_of(other) == &engine);
  CHECK_THROWS_AS(engine_of(b0), dsc::error);
}

TEST_CASE("strategies run side by side on the model of any engine") {
  toy_net const net{{8, 16, 4, 2}};
  dsc::profile const profile = profile_of(net, dsc::seconds{1e-4});
  auto const piece = [](dsc::data_rate from, dsc::data_rate to, dsc::split_point split) {
    return dsc::rate_piece{dsc::choice{split}, from, to};
  };
  dsc::plan_document plans{};
  plans.policies = {{1_batch, {piece(0_Bps, 1_MBps, 3_split), piece(1_MBps, dsc::unlimited, 1_split)}},
                    {2_batch, {piece(0_Bps, dsc::unlimited, 2_split)}}};
  auto const policy = std::make_shared<dsc::plan_document const>(plans);
  std::vector<dsc::batch_size> const batches{1_batch, 2_batch};
  auto const input = [&](std::size_t request) {
    auto const samples = static_cast<std::int64_t>(batches[request % batches.size()].count);
    std::vector<float> const x = toy_input(8 * static_cast<std::size_t>(samples));
    auto const data = std::as_bytes(std::span{x});
    return dsc::cli::batch_input{
        static_cast<double>(request) * 1_s, {dsc::element_type::float32, {8 * samples}}, {data.begin(), data.end()}};
  };
  dsc::cli::experiment const setup{.model = {},
                                   .execution = {},
                                   .device = {.slowdown = 1.0, .times = {}},
                                   .trace = dsc::rate_trace{{{0_s, 0.5_MBps}, {2_s, 8_MBps}}, dsc::trace_end::hold, {}},
                                   .load = {},
                                   .planner = {profile, dsc::sites{profile, profile}, dsc::candidates<>{}},
                                   .rules = {},
                                   .strategies = {{.name = "dynamic"},
                                                  {.name = "local", .split = 3_split},
                                                  {.name = "offload", .split = 0_split},
                                                  {.name = "policy", .policy = policy}},
                                   .batches = batches,
                                   .requests = 4,
                                   .input = input,
                                   .images = {},
                                   .labels = {}};
  std::size_t synchronized = 0;
  std::vector<dsc::cli::outcome> outcomes;
  dsc::cli::execute(net, setup, [&] { ++synchronized; }, [&](auto outcome) { outcomes.push_back(std::move(outcome)); });

  REQUIRE(outcomes.size() == 4 * 4);
  CHECK(synchronized > 0);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    dsc::cli::outcome const& outcome = outcomes[i];
    std::size_t const request = outcome.request;
    CHECK(request == i / 4);
    CHECK(outcome.strategy == (request + i % 4) % 4);  // each of them comes first once
    CHECK(outcome.time == static_cast<double>(request) * 1_s);
    CHECK(outcome.record.decided.rate == (request < 2 ? 0.5_MBps : 8_MBps));
    auto const x = dsc::tensor_traits<std::vector<float>>::make(input(request).spec, input(request).data);
    auto const y = net.forward(x, {0_split, 3_split});
    auto const due = std::as_bytes(std::span{y});
    CHECK(outcome.answer == std::vector<std::byte>{due.begin(), due.end()});
    dsc::split_point const split = outcome.record.decided.plan.split;
    if (outcome.strategy == 1) CHECK(split == 3_split);
    if (outcome.strategy == 2) CHECK(split == 0_split);
    if (outcome.strategy == 3) CHECK(split == (request % 2 == 1 ? 2_split : request == 0 ? 3_split : 1_split));
  }
}
