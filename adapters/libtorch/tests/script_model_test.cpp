#include "script_modules.hpp"

#include <dsc/libtorch/error.hpp>
#include <dsc/testing/executable_model.hpp>

#include <set>
#include <thread>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/serialization/import.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/model/bottlenecks.hpp>

#include "torchscript/graph/newer_operators.hpp"

namespace {

using dsc::batch_size;
using dsc::element_type;
using dsc::errc;
using dsc::split_point;
using dsc::libtorch::arithmetic;
using dsc::libtorch::script_model;
using dsc::test::code_of;
using dsc::test::cut_everywhere;
using dsc::test::floats;
using dsc::test::same_bytes;
using dsc::test::scratch_file;
using dsc::test::scripted;
using dsc::test::small_network;
using dsc::test::whole;

at::Tensor answer_of(torch::jit::Module module, at::Tensor const& x) {
  at::NoGradGuard const no_gradients;
  return module.forward({x.clone()}).toTensor().contiguous();
}

// Head and tail against the module itself, at every split.
void check_splits(script_model const& net, torch::jit::Module const& module,
                  std::initializer_list<std::uint64_t> batches) {
  dsc::libtorch::use_threads(1);
  for (std::uint64_t const batch : batches) {
    at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{batch}, 11);
    at::Tensor const due = answer_of(module, x);
    for (std::size_t l = 0; l <= net.layers().size(); ++l) {
      INFO("batch " << batch << ", split " << l);
      at::Tensor const h = net.forward(x, dsc::head_of(split_point{l}));
      CHECK(same_bytes(net.forward(h, dsc::tail_of(split_point{l}, net.layers().size())), due));
    }
  }
}

TEST_CASE("a module is cut wherever one tensor is live, and stays itself at every split") {
  torch::jit::Module const module = small_network();
  script_model const net = cut_everywhere(module, floats({3, 12, 12}));
  std::vector<std::string> names;
  for (auto const& layer : net.layers()) names.push_back(layer.label);
  CHECK(names == std::vector<std::string>{"conv2d", "relu", "add", "permute", "layer_norm", "permute#2",
                                          "adaptive_avg_pool2d", "flatten", "linear"});
  CHECK(net.input_bytes() == dsc::bytes{4 * 3 * 12 * 12});
  CHECK(net.layers()[3].output() == floats({6, 6, 8}));
  CHECK(net.layers().back().output_bytes() == dsc::bytes{20});
  check_splits(net, module, {1, 2, 5});
}

TEST_CASE("a script model keeps the laws of an executable model, though its layers work in place") {
  dsc::libtorch::use_threads(1);
  script_model const net = cut_everywhere(small_network(), floats({3, 12, 12}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  CHECK(dsc::laws::check_executable_model(net, x) == dsc::laws::violations{});
}

TEST_CASE("what is handed over may be worked on in place, and gives the same") {
  script_model const net = cut_everywhere(small_network(), floats({3, 12, 12}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  at::Tensor const due = net.forward(x, whole(net));
  at::Tensor h = x.clone();
  for (std::size_t l = 0; l < net.layers().size(); ++l)
    h = net.resident().forward(std::move(h), {split_point{l}, split_point{l + 1}});
  CHECK(same_bytes(h.contiguous(), due));
}

TEST_CASE("numbers that follow from the input's shape cross a cut") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    n = x.size(0)
    k = x.size(1) * 2
    y = torch.relu(x)
    y = torch.cat([y, y * 2.0], 1)
    y = torch.tanh(y)
    return y.reshape([n, k // 4, 4]) * float(n)
)");
  script_model const net = cut_everywhere(module, floats({6}));
  CHECK(net.layers().size() >= 3);
  check_splits(net, module, {1, 2, 3, 7});
}

// Four layers that all add what is made of the sizes of `x`, `sizes` saying how.
std::string with_mask(std::string const& mask) {
  return "def forward(self, x):\n    n = x.size(1)\n" + mask +
         "    y = torch.relu(torch.matmul(x, self.w))\n    y = torch.tanh(y + mask)\n    y = torch.exp(y + mask)\n"
         "    return y - mask\n";
}

TEST_CASE("a tensor that is made of the input's sizes is made again behind a cut") {
  for (char const* const mask :
       {"    mask = torch.triu(torch.full([n, n], -2.0), 1)\n",
        "    mask = torch.ones([x.size(0), n, n]).cumsum(0) * float(x.size(0))\n",
        "    mask = x.new_full([x.size(0), 1, n], 0.5)\n",
        "    mask = torch.zeros([n, n], dtype=x.dtype, device=x.device)\n"
        "    mask.masked_fill_(torch.arange(n) < torch.arange(n).view([n, 1]), 0.75)\n",
        "    mask = torch.zeros([n, n])\n    if n > 3:\n        mask = torch.ones([n, n])\n"}) {
    INFO(mask);
    torch::jit::Module const module = scripted(with_mask(mask), {{"w", {5, 5}}});
    script_model const net = cut_everywhere(module, floats({5, 5}));
    CHECK(net.layers().size() >= 6);
    check_splits(net, module, {1, 2, 3, 7});
    for (std::size_t l = 1; l < net.layers().size(); ++l) {
      at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{4});
      scratch_file const file{{}};
      net.export_span(dsc::tail_of(split_point{l}, net.layers().size()), file.path());
      at::NoGradGuard const no_gradients;
      at::Tensor const h = net.forward(x, dsc::head_of(split_point{l}));
      CHECK(same_bytes(torch::jit::load(file.path().string()).forward({h}).toTensor(), answer_of(module, x)));
    }
  }
}

TEST_CASE("a mask that is made of what the input holds, or at random, is another tensor that crosses") {
  for (char const* const mask : {"    mask = torch.full([n, n], float(x.sum()))\n", "    mask = torch.rand([n, n])\n",
                                 "    mask = torch.ones([int(x.max() > 0), n])\n"})
    CHECK(cut_everywhere(scripted(with_mask(mask), {{"w", {5, 5}}}), floats({5, 5})).layers().size() <= 3);
}

TEST_CASE("numbers that are read out of tensors do not cross a cut") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    largest = float(x.max())
    y = torch.relu(x)
    y = torch.tanh(y)
    y = y / largest
    return torch.exp(y)
)");
  script_model const net = cut_everywhere(module, floats({6}));
  CHECK(net.layers().size() == 2);  // before the division x itself, or its maximum, is needed
  check_splits(net, module, {1, 3});
}

TEST_CASE("a list that grows on its way does not cross a cut") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    sizes = [x.size(0)]
    y = torch.relu(x)
    y = torch.tanh(y)
    if y.size(0) > 0:
        sizes.append(6)
    y = torch.exp(y)
    return y.reshape(sizes)
)");
  script_model const net = cut_everywhere(module, floats({6}));
  check_splits(net, module, {1, 2, 2, 3});
}

TEST_CASE("a count of classes that are there does not cross a cut") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    n = torch.one_hot(x.argmax(1)).size(1)
    y = torch.relu(x)
    y = torch.tanh(y)
    return y * n
)");
  script_model const net = cut_everywhere(module, floats({6}));
  CHECK(net.layers().size() == 1);
  check_splits(net, module, {1, 4});
}

TEST_CASE("memory that is only borrowed is left alone, and not handed on") {
  script_model const in_place =
      cut_everywhere(scripted("def forward(self, x):\n    return x.sub_(1.0).tanh()\n"), floats({4}));
  script_model const view =
      cut_everywhere(scripted("def forward(self, x):\n    return x.view([-1, 2, 2])\n"), floats({4}));
  std::vector<float> const mine{1, 2, 3, 4};
  std::vector<float> borrowed = mine;
  in_place.forward(at::from_blob(borrowed.data(), {1, 4}), whole(in_place));
  in_place.resident().forward(at::from_blob(borrowed.data(), {1, 4}), whole(in_place));
  CHECK(borrowed == mine);
  at::Tensor const answer = view.resident().forward(at::from_blob(borrowed.data(), {1, 4}), whole(view));
  CHECK(answer.data_ptr() != borrowed.data());
}

TEST_CASE("operators that hide that they hand on their input's memory do not let it be written to") {
  script_model const net = cut_everywhere(
      scripted("def forward(self, x):\n    y = torch.einsum(\"bij->bji\", [x])\n    return torch.relu_(y.sub_(0.5))\n"),
      floats({2, 3}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  CHECK(dsc::laws::check_executable_model(net, x) == dsc::laws::violations{});
}

TEST_CASE("tensors with gaps are not cut at") {
  torch::jit::Module const module =
      scripted("def forward(self, x):\n    y = torch.relu(x)[:, ::2]\n    return y.mean(1)\n");
  script_model const net = cut_everywhere(module, floats({64, 5}));
  CHECK(net.layers().size() == 3);  // not between the slice of every other row and its mean
  check_splits(net, module, {1, 3});
}

TEST_CASE("weights that are written into are as they were, in every run") {
  torch::jit::Module module = scripted("def other(self, x):\n    return x\n");
  at::Tensor const weight = at::ones({4}), before = weight.clone();
  auto const graph =
      std::make_shared<torch::jit::Graph>();  // as tracing writes it, which takes tensors down as constants
  graph->addInput("self")->setType(module._ivalue()->type());
  torch::jit::Value* const input = graph->addInput("x");
  torch::jit::Value* const constant = graph->insertConstant(weight);
  torch::jit::Value* const larger = graph->insert(c10::Symbol::fromQualString("aten::add_"), {constant, 1.0});
  graph->registerOutput(graph->insert(c10::Symbol::fromQualString("aten::mul"),
                                      {graph->insert(c10::Symbol::fromQualString("aten::relu"), {input}), larger}));
  module.type()->addMethod(module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName{*module.type()->name(), "forward"}, graph));
  script_model const net = cut_everywhere(module, floats({4}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  at::Tensor const first = net.forward(x, whole(net));
  CHECK(same_bytes(net.forward(x, whole(net)), first));
  CHECK(same_bytes(weight, before));
}

TEST_CASE("loops and branches stay whole within a layer") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    x = torch.tanh(x)
    for i in range(3):
        if i == 1:
            x = x + 1.0
        else:
            x = x * x.mean()
    if float(x.sum()) > 0.0:
        x = -x
    return torch.exp(x)
)");
  script_model const net = cut_everywhere(module, floats({4}));
  CHECK(net.layers().size() >= 3);
  check_splits(net, module, {1, 2});
}

TEST_CASE("one tensor of several is the answer") {
  torch::jit::Module const pair = scripted("def forward(self, x):\n    return torch.relu(x), torch.tanh(x)\n");
  at::Tensor const x = dsc::libtorch::random_input(floats({4}), batch_size{2});
  script_model const second = cut_everywhere(pair, floats({4}), "1");
  CHECK(same_bytes(second.forward(x, whole(second)), x.tanh()));
  CHECK(code_of([&] { cut_everywhere(pair, floats({4})); }) == dsc::libtorch::libtorch_errc::bad_option);
  CHECK(code_of([&] { cut_everywhere(pair, floats({4}), "2"); }) == dsc::libtorch::libtorch_errc::bad_option);

  torch::jit::Module const named = scripted(R"(
def forward(self, x):
    result: Dict[str, Tensor] = {}
    inner: Dict[str, Tensor] = {}
    x = torch.relu(x)
    inner["low"] = x
    x = torch.tanh(x)
    inner["high"] = x
    y = torch.exp(inner["high"])
    result["out"] = torch.neg(y)
    result["aux"] = inner["low"]
    return result
)");
  script_model const out = cut_everywhere(named, floats({4}), "out");
  CHECK(out.layers().size() == 4);  // the dictionaries are names, and live nowhere
  CHECK(same_bytes(out.forward(x, whole(out)), x.relu().tanh().exp().neg()));
  script_model const aux = cut_everywhere(named, floats({4}), "aux");
  CHECK(same_bytes(aux.forward(x, whole(aux)), x.relu()));
  CHECK_THROWS_WITH(cut_everywhere(named, floats({4})), Catch::Contains("out, aux"));

  torch::jit::Module const only = scripted("def forward(self, x):\n    return {\"out\": torch.relu(x)}\n");
  CHECK(cut_everywhere(only, floats({4})).layers().size() == 1);
}

TEST_CASE("inputs with defaults keep them") {
  torch::jit::Module const module = scripted(
      "def forward(self, x, factor: float = 3.0, extra: Optional[Tensor] = None):\n    return torch.relu(x) * "
      "factor\n");
  script_model const net = cut_everywhere(module, floats({4}));
  at::Tensor const x = dsc::libtorch::random_input(floats({4}), batch_size{2});
  CHECK(same_bytes(net.forward(x, whole(net)), x.mul(3.0)));
}

// The error of a module with this code, and a word of its sentence.
void check_refused(char const* code, dsc::error_code due, char const* word,
                   dsc::tensor_spec const& input = floats({4})) {
  INFO(code);
  auto const build = [&] { cut_everywhere(scripted(code, {{"w", {4}}}), input); };
  CHECK(code_of(build) == due);
  CHECK_THROWS_WITH(build(), Catch::Contains(word));
  if (due == errc::bad_model) CHECK_THROWS_WITH(build(), Catch::Contains("; "));  // what to do about it
}

TEST_CASE("what cannot be cut is refused, with the reason and the place") {
  check_refused("def forward(self, x: List[Tensor]):\n    return x[0]\n", errc::bad_model, "List[Tensor]");
  check_refused("def forward(self, x: Dict[str, Tensor]):\n    return x[\"a\"]\n", errc::bad_model, "Dict");
  check_refused("def forward(self, x, y):\n    return x + y\n", errc::bad_model, "'y'");
  check_refused("def forward(self, x):\n    while bool(x.sum() < 1.0):\n        x = x + 1.0\n    return x\n",
                errc::bad_model, "prim::Loop");
  check_refused("def forward(self, x):\n    for i in range(9000000000):\n        x = x + 1.0\n    return x\n",
                errc::bad_model, "rounds");
  check_refused("def forward(self, x):\n    return self.w + 1.0\n", errc::bad_model, "nothing to cut");
  check_refused("def forward(self, x):\n    return x.size(0)\n", errc::bad_model, "int");
  check_refused("def forward(self, x):\n    return torch.relu(x).sum()\n", errc::bad_model, "first extent");
  check_refused("def forward(self, x):\n    return torch.relu(x).t()\n", errc::bad_model, "first extent");
  check_refused("def forward(self, x):\n    return torch.relu(x).reshape([1, 4])\n", errc::bad_model, "batch of 2");
  check_refused("def forward(self, x):\n    return torch.mm(x, torch.relu(self.w).reshape([4, 1]))\n",
                dsc::libtorch::libtorch_errc::bad_option, "float32 5", floats({5}));
  check_refused("def other(self, x):\n    return x\n", errc::bad_model, "forward");
  check_refused("def forward(self, x):\n    return torch.relu(x)\n", dsc::libtorch::libtorch_errc::bad_option,
                "must be samples", {.element = element_type::int64, .shape = {4}});
}

TEST_CASE("cuts where the batch is not the first extent are left out") {
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    x = torch.relu(x)
    x = x.reshape([-1, 2])
    x = torch.tanh(x)
    x = x.reshape([-1, 4])
    return torch.exp(x)
)");
  script_model const net = cut_everywhere(module, floats({4}));
  CHECK(net.layers().size() == 3);
  check_splits(net, module, {1, 2, 3});
}

TEST_CASE("a module that changes itself while it runs is refused") {
  torch::jit::Module module{"net"};
  module.register_buffer("seen", at::zeros({1}));
  module.register_attribute("training", c10::BoolType::get(), false);
  module.register_attribute("count", c10::IntType::get(), 0);
  module.define("def forward(self, x):\n    self.count = self.count + 1\n    return torch.relu(x) + self.count\n");
  CHECK(code_of([&] { cut_everywhere(module, floats({4})); }) == errc::bad_model);
}

TEST_CASE("a module in memory is left as it was, and shares its weights") {
  torch::jit::Module module = small_network();
  module.train();
  at::Tensor const weight = module.attr("a").toTensor();
  at::Tensor const before = weight.clone();
  script_model const net{
      module, "net", {.input = floats({3, 12, 12}), .execution = {.element = element_type::bfloat16}}};
  net.forward(dsc::libtorch::random_input(net.input(), batch_size{1}), whole(net));
  CHECK(module.is_training());
  CHECK(module.attr("a").toTensor().is_same(weight));
  CHECK(same_bytes(weight, before));
}

TEST_CASE("other arithmetic answers nearly the same, and its head and tail are its whole") {
  dsc::libtorch::use_threads(1);
  torch::jit::Module const module =
      scripted(R"(
def forward(self, x):
    x = torch.conv2d(x, self.a, None, [1, 1], [1, 1])
    x = torch.batch_norm(x, self.scale, self.shift, self.mean, self.var * self.var + 0.5, False, 0.1, 1e-5, True)
    x = torch.relu(x)
    return torch.flatten(torch.conv2d(x, self.b), 1)
)",
               {{"a", {8, 3, 3, 3}}, {"b", {2, 8, 1, 1}}, {"scale", {8}}, {"shift", {8}}, {"mean", {8}}, {"var", {8}}});
  auto const net = [&](dsc::libtorch::execution const& mode) {
    return script_model{
        module, "net", {.input = floats({3, 10, 10}), .cut = dsc::libtorch::cuts::all, .execution = mode}};
  };
  script_model const exact = net({}), fast = net({.arithmetic = arithmetic::fast}),
                     half = net({.element = element_type::bfloat16});
  at::Tensor const x = dsc::libtorch::random_input(floats({3, 10, 10}), batch_size{2});
  at::Tensor const due = exact.forward(x, whole(exact));
  auto const off = [&](script_model const& other) {
    at::Tensor const output = other.forward(x, whole(other)).to(at::kFloat);
    return output.sub(due).abs().max().item<double>() / due.abs().max().item<double>();
  };
  CHECK(fast.layers().size() < exact.layers().size());  // the batch normalisation is gone
  CHECK(off(fast) <= 1e-5);
  CHECK(half.layers().back().output().element == element_type::bfloat16);
  CHECK(off(half) <= 0.03);
  CHECK(dsc::laws::check_executable_model(fast, x) == dsc::laws::violations{});
  CHECK(dsc::laws::check_executable_model(half, x) == dsc::laws::violations{});
}

TEST_CASE("an operator that fails deep in a module says why") {
  torch::jit::Module inner{"inner"};
  inner.register_attribute("training", c10::BoolType::get(), false);
  inner.define("def forward(self, x):\n    return torch.mm(x, torch.ones([4, 2]))\n");
  torch::jit::Module outer{"outer"};
  outer.register_attribute("training", c10::BoolType::get(), false);
  outer.register_module("part", inner);
  outer.define("def forward(self, x):\n    return torch.relu(self.part.forward(torch.tanh(x)))\n");
  CHECK(cut_everywhere(outer, floats({4})).layers().back().output() == floats({2}));
  CHECK_THROWS_WITH(cut_everywhere(outer, floats({5})), Catch::Contains("mat1 and mat2"));
}

TEST_CASE("several threads may run one script model") {
  script_model const net = cut_everywhere(small_network(), floats({3, 12, 12}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{3});
  at::Tensor const due = net.forward(x, whole(net));
  std::vector<int> good(3, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : good)
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) count += same_bytes(net.forward(x, whole(net)), due) ? 1 : 0;
      });
  }
  CHECK(good == std::vector<int>{5, 5, 5});
}

TEST_CASE("what does not fit a script model's split is refused with a sentence") {
  script_model const net = cut_everywhere(small_network(), floats({3, 12, 12}));
  auto const refused = [&](at::Tensor const& x, std::size_t from) {
    return code_of([&] { net.forward(x, {split_point{from}, split_point{net.layers().size()}}); });
  };
  CHECK(refused(at::empty({1, 3, 12, 13}, at::kFloat), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({0, 3, 12, 12}, at::kFloat), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({1, 3, 12, 12}, at::kDouble), 0) == errc::bad_tensor);
  CHECK(refused(at::Tensor{}, 0) == errc::bad_tensor);
  CHECK(refused(at::empty({1, 5}, at::kFloat), 99) == errc::bad_split);
  CHECK_THROWS_WITH(net.forward(at::empty({2, 5}, at::kFloat), {split_point{3}, split_point{4}}),
                    Catch::Contains("[B, 6, 6, 8] at split point 4") || Catch::Contains("at split point 3"));
}

TEST_CASE(
    "a module that changes itself is told which attribute and where, one of nested answers what there is to pick") {
  torch::jit::Module module{"net"};
  module.register_attribute("training", c10::BoolType::get(), false);
  module.register_attribute("count", c10::IntType::get(), 0);
  module.define("def forward(self, x):\n    self.count = self.count + 1\n    return torch.relu(x) + self.count\n");
  CHECK_THROWS_WITH(cut_everywhere(module, floats({4})),
                    Catch::Contains("its attribute 'count'") && Catch::Contains("prim::SetAttr"));
  CHECK_THROWS_WITH(
      cut_everywhere(scripted("def forward(self, x):\n    y = torch.relu(x)\n    return y, (y + 1.0, y + 2.0)\n"),
                     floats({4})),
      Catch::Contains("--output-name 0") && !Catch::Contains("several"));
}

TEST_CASE("attention, which LibTorch knows since 2.0 only, is what it stands for before") {
  dsc::libtorch::use_threads(1);
  dsc::libtorch::detail::know_newer_operators();
  struct kind {
    std::string arguments, mask;
  };
  for (auto const& [arguments, mask] :
       {kind{"", ""}, kind{", None, 0.0, True", "    s = s + torch.triu(torch.full([n, n], float(\"-inf\")), 1)\n"},
        kind{", torch.eye(n) * 3.0", "    s = s + torch.eye(n) * 3.0\n"},
        kind{", torch.eye(n) > 0.0", "    s = s.masked_fill(torch.eye(n) <= 0.0, float(\"-inf\"))\n"},
        kind{", None, 0.0, False, scale=0.25", "    s = s / 2.0\n"}}) {
    INFO(arguments);
    std::string const start = "def forward(self, x):\n    n = x.size(1)\n    q = torch.tanh(x)\n";
    script_model const net = cut_everywhere(
        scripted(start + "    return torch.relu(torch.scaled_dot_product_attention(q, x, q" + arguments + "))\n"),
        floats({5, 4}));
    torch::jit::Module const module = scripted(start + "    s = torch.matmul(q, x.transpose(1, 2)) / 2.0\n" + mask +
                                               "    return torch.relu(torch.matmul(torch.softmax(s, -1), q))\n");
    at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{3}), due = answer_of(module, x);
    CHECK(net.forward(x, whole(net)).sub(due).abs().max().item<double>() <= 1e-6);
    CHECK(dsc::laws::check_executable_model(net, x) == dsc::laws::violations{});
  }
}

TEST_CASE("a mask is answered in bytes") {
  torch::jit::Module const module = scripted("def forward(self, x):\n    return torch.sigmoid(torch.tanh(x)) > 0.6\n");
  script_model const net = cut_everywhere(module, floats({3, 4}));
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  CHECK(net.layers().back().output() == dsc::tensor_spec{.element = element_type::uint8, .shape = {3, 4}});
  at::Tensor const due = answer_of(module, x).to(at::kByte);
  for (std::size_t l = 0; l <= net.layers().size(); ++l)
    CHECK(same_bytes(
        net.forward(net.forward(x, dsc::head_of(split_point{l})), dsc::tail_of(split_point{l}, net.layers().size())),
        due));
}

TEST_CASE("a view behind a convolution is possible with fast arithmetic, too") {
  dsc::libtorch::use_threads(1);
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.a)), [2, 2])
    return torch.linear(x.view(x.size(0), -1), self.matrix)
)",
                                             {{"a", {8, 3, 3, 3}}, {"matrix", {5, 8 * 25}}});
  script_model const fast{
      module,
      "net",
      {.input = floats({3, 12, 12}), .cut = dsc::libtorch::cuts::all, .execution = {.arithmetic = arithmetic::fast}}};
  for (std::uint64_t const batch : {1U, 2U}) {
    at::Tensor const x = dsc::libtorch::random_input(fast.input(), batch_size{batch});
    at::Tensor const due = answer_of(module, x), output = fast.forward(x, whole(fast));
    CHECK(output.sub(due).abs().max().item<double>() <= 1e-5 * due.abs().max().item<double>());
    CHECK(dsc::laws::check_executable_model(fast, x) == dsc::laws::violations{});
  }
}

TEST_CASE("the layout of a cut may be another for one sample than for several") {
  // What crosses lies as rows behind each other for one sample, and channels last for several.
  torch::jit::Module const module = scripted(R"(
def forward(self, x):
    x = torch.conv2d(x, self.a, None, [1, 1], [1, 1])
    if x.size(0) > 1:
        x = x.contiguous(memory_format=2)
    else:
        x = x.transpose(2, 3).contiguous().transpose(2, 3)
    x = torch.relu(x)
    x = torch.conv2d(x, self.b, None, [1, 1], [1, 1])
    return x.sum([2, 3])
)",
                                             {{"a", {16, 3, 3, 3}}, {"b", {16, 16, 3, 3}}});
  script_model const net = cut_everywhere(module, floats({3, 24, 24}));
  CHECK(net.layers().size() >= 3);
  check_splits(net, module, {1, 2, 3, 1});
  for (std::size_t l = 1; l < net.layers().size(); ++l) {
    at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{1});
    at::Tensor const h = net.resident().forward(x, dsc::head_of(split_point{l}));
    scratch_file const file{{}};
    net.export_span(dsc::tail_of(split_point{l}, net.layers().size()), file.path());
    at::NoGradGuard const no_gradients;
    at::Tensor const output = torch::jit::load(file.path().string()).forward({h.contiguous()}).toTensor();
    CHECK(same_bytes(output.contiguous(), answer_of(module, x)));
  }
}

TEST_CASE("a script tells the fingerprint of its weights: the same from a file, another one where one bit differs") {
  torch::jit::Module const module = small_network();
  std::string const due = cut_everywhere(module, floats({3, 24, 24})).weights_fingerprint();
  CHECK(due.size() == 16);
  scratch_file const file{{}};
  module.save(file.path().string());
  dsc::libtorch::script_options const options{.input = floats({3, 24, 24})};
  CHECK(script_model{file.path(), options}.weights_fingerprint() == due);
  dsc::libtorch::script_options fast = options;
  fast.execution.arithmetic = dsc::libtorch::arithmetic::fast;
  CHECK(script_model{file.path(), fast}.weights_fingerprint() == due);
  at::Tensor const matrix = module.attr("matrix").toTensor();
  static_cast<char*>(matrix.data_ptr())[0] ^= 1;
  CHECK(script_model(module, "net", options).weights_fingerprint() != due);
}

}  // namespace
