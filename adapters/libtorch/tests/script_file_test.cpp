#include "script_modules.hpp"

#include "forged_zip.hpp"

#include <csignal>
#include <functional>
#include <new>
#include <random>
#include <sstream>

#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/serialization/import.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/model/zoo/models.hpp>

#include "torchscript/first_reading.hpp"

namespace {

using dsc::batch_size;
using dsc::errc;
using dsc::split_point;
using dsc::libtorch::cuts;
using dsc::libtorch::script_model;
using dsc::test::code_of;
using dsc::test::contents;
using dsc::test::floats;
using dsc::test::reference;
using dsc::test::same_bytes;
using dsc::test::scratch_file;
using dsc::test::small_network;
using dsc::test::whole;

std::vector<char> saved(torch::jit::Module const& module, torch::jit::ExtraFilesMap const& extra = {}) {
  std::ostringstream out;
  module.save(out, extra);
  std::string const text = out.str();
  return {text.begin(), text.end()};
}

dsc::libtorch::script_options options() { return {.input = floats({3, 12, 12}), .cut = cuts::all}; }

script_model read(std::vector<char> const& data) { return script_model{scratch_file{data}.path(), options()}; }

auto refused(std::vector<char> const& data) {
  return code_of([&] { read(data); });
}

// Whatever stands in the file: a model that runs or an error of ours, nothing else. Tells whether
// it was a model.
bool survives(std::vector<char> const& data) {
  try {
    script_model const net = read(data);
    net.forward(dsc::libtorch::random_input(net.input(), batch_size{1}), whole(net));
    return true;
  } catch (dsc::error const&) {
    return false;
  }
}

TEST_CASE("a file of torch.jit.save is read") {
  torch::jit::Module const module = small_network();
  script_model const net = read(saved(module));
  script_model const due{module, "net", options()};
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  CHECK(net.layers().size() == due.layers().size());
  CHECK(same_bytes(net.forward(x, whole(net)), due.forward(x, whole(due))));
}

TEST_CASE("truncated files are refused") {
  std::vector<char> const good = saved(small_network());
  for (std::size_t size = 0; size < good.size(); size += 61) {
    INFO("the first " << size << " of " << good.size() << " bytes");
    CHECK(refused({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}) == errc::bad_file);
  }
}

TEST_CASE("damaged files never do harm") {
  std::vector<char> const good = saved(small_network());
  std::mt19937 random{1};
  int models = 0;
  for (unsigned i = 0; i < 150; ++i) {
    std::vector<char> changed = good;
    for (unsigned flips = 1 + i % 3; flips > 0; --flips)
      changed[random() % changed.size()] = static_cast<char>(random());
    models += survives(changed) ? 1 : 0;
  }
  CHECK(models < 100);  // what is left hit padding
}

TEST_CASE("a forged file with right checksums never does harm") {
  std::vector<char> const good = saved(small_network());
  std::mt19937 random{2};
  int refusals = 0;
  for (dsc::test::zip_entry const& entry : dsc::test::stored_entries(good)) {
    if (!entry.name.ends_with(".pkl") && !entry.name.ends_with("version")) continue;
    for (unsigned i = 0; i < 150; ++i) {
      std::vector<char> forged = good;
      for (unsigned flips = 1 + i % 2; flips > 0; --flips)
        if (entry.size > 0) forged[entry.data_at + random() % entry.size] = static_cast<char>(random());
      dsc::test::forge_checksum(forged, entry);
      refusals += survives(forged) ? 0 : 1;
    }
  }
  CHECK(refusals > 300);  // of 450; the others changed names, numbers or nothing
}

TEST_CASE("code that does more than compute is refused before it runs") {
  std::filesystem::path const victim = std::filesystem::temp_directory_path() / "dsc-test-victim";
  std::filesystem::remove(victim);
  auto const code = [&](std::string const& line) {
    return saved(dsc::test::scripted("def forward(self, x):\n    " + line + "\n    return torch.relu(x)\n"));
  };
  CHECK(refused(code("torch.save(x, \"" + victim.string() + "\")")) == errc::bad_model);
  CHECK(refused(code("x = x + torch.from_file(\"" + victim.string() + "\", True, 64)[0]")) == errc::bad_model);
  CHECK_FALSE(std::filesystem::exists(victim));
}

// An entry's name, at every place where it stands, made another of the same length.
std::vector<char> renamed(std::vector<char> file, std::string const& from, std::string const& to) {
  for (auto at = file.begin();; ++at) {
    at = std::search(at, file.end(), from.begin(), from.end());
    if (at == file.end()) return file;
    std::ranges::copy(to, at);
  }
}

TEST_CASE("entries that LibTorch's reader might take for others are refused") {
  std::vector<char> const good = saved(small_network());
  CHECK(refused(renamed(good, "__torch__.py", "__torch__.PY")) == errc::bad_file);
  CHECK(refused(renamed(good, "/constants.pkl", "/Data.pkl;;;;;")) == errc::bad_file);
  CHECK(refused(renamed(good, "/version", "/DATA.PKL")) == errc::bad_file);
}

TEST_CASE("objects within objects without end are refused") {
  std::vector<char> const good = saved(small_network());
  for (dsc::test::zip_entry const& entry : dsc::test::stored_entries(good)) {
    if (!entry.name.ends_with("data.pkl")) continue;
    std::vector<char> forged = good;
    auto const at = forged.begin() + static_cast<std::ptrdiff_t>(entry.data_at);
    std::fill(at + 3, at + static_cast<std::ptrdiff_t>(entry.size) - 1,
              static_cast<char>(0x85));  // a tuple of a tuple of a tuple ...
    at[2] = ')';
    dsc::test::forge_checksum(forged, entry);
    CHECK(refused(forged) == errc::bad_file);
  }
}

// Reads within a second or so and 1 GB.
auto refused_by_limits(std::vector<char> const& data, dsc::tensor_spec const& sample) {
  scratch_file const file{data};
  return code_of([&] {
    script_model{file.path(),
                 {.input = sample,
                  .first_reading = dsc::libtorch::reading_limits{dsc::seconds{1.0}, dsc::bytes{1'000'000'000}}}};
  });
}

TEST_CASE("how a first reading ended is told, with the way round it") {
  using dsc::libtorch::detail::in_child;
  dsc::libtorch::reading_limits const limits{dsc::seconds{1.0}, dsc::bytes{1'000'000'000}};
  auto const check = [&](std::function<void()> const& action, char const* word) {
    CHECK_THROWS_WITH(in_child("x.pt", limits, action), Catch::Contains("'x.pt'") && Catch::Contains(word));
    CHECK_THROWS_WITH(in_child("x.pt", limits, action), Catch::Contains("--trust"));
  };
  check([] { raise(SIGKILL); }, "out of memory");
  check([] { raise(SIGSEGV); }, "crashed (Segmentation fault)");
  check([] { throw 1; }, "failed");
  check([] { throw std::bad_alloc{}; }, "more than 1 GB of memory");
  CHECK_THROWS_WITH(in_child("x.pt", limits, [] { throw dsc::error{errc::bad_model, "no"}; }), "dsc-103: no");
  CHECK_NOTHROW(in_child("x.pt", limits, [] {}));
}

TEST_CASE("a first reading within limits ends what never would") {
  dsc::libtorch::use_threads(1);
  CHECK(refused_by_limits(saved(small_network()), floats({3, 12, 12})) == std::nullopt);
  CHECK(refused_by_limits({'P', 'K', 3, 4}, floats({4})) == errc::bad_file);

  torch::jit::Module laughs{"net"};  // every method runs the next one twice
  laughs.register_attribute("training", c10::BoolType::get(), false);
  std::string code = "def last(self, x):\n    return torch.relu(x)\n", next = "last";
  for (int i = 0; i < 40; ++i) {
    std::string const name = i == 39 ? "forward" : "f" + std::to_string(i);
    code += "def " + name + "(self, x):\n    return self." + next + "(self." + next + "(x))\n";
    next = name;
  }
  laughs.define(code);
  CHECK(refused_by_limits(saved(laughs), floats({4})) == errc::bad_file);

  code = "def forward(self, x):\n";  // twice as much memory with every line
  for (int i = 0; i < 32; ++i) code += "    x = torch.cat([x, x], 1)\n";
  auto const greedy = refused_by_limits(saved(dsc::test::scripted(code + "    return torch.relu(x)\n")), floats({4}));
  CHECK(greedy.has_value());
}

TEST_CASE("files that are no TorchScript are refused with a way out") {
  CHECK(code_of([] { script_model{"/nowhere/net.pt", options()}; }) == errc::cannot_read);
  CHECK(code_of([] { script_model{"/tmp", options()}; }) == errc::cannot_read);
  CHECK(refused({}) == errc::bad_file);
  std::string const text = "no model, but a few words about one";
  CHECK_THROWS_WITH(read({text.begin(), text.end()}), Catch::Contains("torch.jit.save"));
  CHECK(refused({'P', 'K', 3, 4}) == errc::bad_file);
}

TEST_CASE("a state_dict is no TorchScript", "[reference]") {
  CHECK_THROWS_WITH((script_model{reference("small.pt"), options()}), Catch::Contains("torch.jit.script(model)"));
  CHECK_THROWS_WITH((script_model{reference("module.pt"), options()}), Catch::Contains("torch.jit.script(model)"));
}

TEST_CASE("the input is what the file says, or what is asked for") {
  scratch_file const says{saved(small_network(), {{"dsc.input", "float32 3x12x12"}})};
  CHECK(script_model{says.path()}.input() == floats({3, 12, 12}));
  CHECK(script_model{says.path(), {.input = floats({3, 20, 16})}}.input() == floats({3, 20, 16}));
  scratch_file const silent{saved(small_network())};
  CHECK_THROWS_WITH(script_model{silent.path()}, Catch::Contains("3x224x224"));
  for (char const* const nonsense : {"float32", "float32 ", "float32 3x", "float32 3x0", "float32 -3",
                                     "float99 3x12x12", "3x12x12", "float32 1x1x1x1x1x1x1x1x1"}) {
    INFO(nonsense);
    scratch_file const file{saved(small_network(), {{"dsc.input", nonsense}})};
    CHECK(code_of([&] { script_model{file.path()}; }) == errc::bad_file);
  }
}

// Head and tail as files of their own.
class exported {
 public:
  exported(script_model const& net, split_point split) : head_{std::vector<char>{}}, tail_{std::vector<char>{}} {
    net.export_span(dsc::head_of(split), head_.path());
    net.export_span(dsc::tail_of(split, net.layers().size()), tail_.path());
  }
  at::Tensor run(at::Tensor const& x) const {
    at::NoGradGuard const no_gradients;
    at::Tensor const h = torch::jit::load(head_.path().string()).forward({x}).toTensor();
    return torch::jit::load(tail_.path().string()).forward({h.contiguous()}).toTensor();
  }
  scratch_file const& tail() const { return tail_; }

 private:
  scratch_file head_, tail_;
};

TEST_CASE("an exported head and tail are plain TorchScript, and together the whole") {
  dsc::libtorch::use_threads(1);
  script_model const net{small_network(), "net", options()};
  for (std::size_t l = 1; l < net.layers().size(); ++l) {
    exported const parts{net, split_point{l}};
    for (std::uint64_t const batch : {1U, 3U}) {
      INFO("split " << l << ", batch " << batch);
      at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{batch});
      CHECK(same_bytes(parts.run(x), net.forward(x, whole(net))));
    }
    script_model const tail{parts.tail().path()};  // says what its input is
    CHECK(tail.input() == net.layers()[l - 1].output());
  }
}

TEST_CASE("an exported head of a model in half precision takes what the model takes") {
  dsc::libtorch::use_threads(1);
  dsc::libtorch::script_options half = options();
  half.execution.element = dsc::element_type::bfloat16;
  script_model const net{small_network(), "net", half};
  exported const parts{net, split_point{3}};
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{2});
  CHECK(same_bytes(parts.run(x), net.forward(x, whole(net))));
}

TEST_CASE("an exported tail knows the batch size where it needs it") {
  torch::jit::Module const module = dsc::test::scripted(R"(
def forward(self, x):
    sizes = [x.size(0), -1, 2]
    x = torch.relu(x)
    x = torch.tanh(x)
    return x.reshape(sizes)
)");
  script_model const net = dsc::test::cut_everywhere(module, floats({6}));
  exported const parts{net, split_point{1}};
  for (std::uint64_t const batch : {1U, 4U}) {
    at::Tensor const x = dsc::libtorch::random_input(net.input(), batch_size{batch});
    CHECK(same_bytes(parts.run(x), net.forward(x, whole(net))));
  }
  torch::jit::Module const square = dsc::test::scripted(R"(
def forward(self, x):
    n = x.size(0) * x.size(0)
    x = torch.relu(x)
    x = torch.tanh(x)
    return x * n
)");
  script_model const squared = dsc::test::cut_everywhere(square, floats({6}));
  exported const with_number{squared, split_point{1}};
  at::Tensor const three = dsc::libtorch::random_input(squared.input(), batch_size{3});
  CHECK(same_bytes(with_number.run(three), squared.forward(three, whole(squared))));
  torch::jit::Module const elements = dsc::test::scripted(R"(
def forward(self, x):
    n = x.reshape([-1]).size(0)
    x = torch.relu(x)
    x = torch.tanh(x)
    return x * n
)");
  script_model const odd = dsc::test::cut_everywhere(elements, floats({6}));
  scratch_file const file{std::vector<char>{}};
  CHECK(code_of([&] { odd.export_span(dsc::tail_of(split_point{1}, odd.layers().size()), file.path()); }) ==
        errc::bad_split);
}

TEST_CASE("an export leaves nothing behind where it cannot be") {
  script_model const net{small_network(), "net", options()};
  auto const count = static_cast<std::size_t>(net.layers().size());
  CHECK(code_of([&] { net.export_span(dsc::head_of(split_point{1}), "/nowhere/head.pt"); }) == errc::cannot_write);
  CHECK(code_of([&] { net.export_span(dsc::head_of(split_point{0}), "/tmp/head.pt"); }) == errc::bad_split);
  CHECK(code_of([&] { net.export_span(dsc::head_of(split_point{count + 1}), "/tmp/head.pt"); }) == errc::bad_split);
  CHECK_FALSE(std::filesystem::exists("/nowhere/head.pt.part"));
}

}  // namespace
