#include "script_modules.hpp"

#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <sstream>

#include <dsc/libtorch/error.hpp>
#include <dsc/libtorch/weights.hpp>

#include "formats/archive_check.hpp"
#include "formats/pickle.hpp"
#include "formats/zip_archive.hpp"
#include "formats/zip_writer.hpp"

namespace {

using dsc::errc;
using dsc::libtorch::script_model;
using dsc::libtorch::detail::checked_archive;
using dsc::libtorch::detail::zip_writer;
using dsc::test::code_of;
using dsc::test::contents;
using dsc::test::floats;
using dsc::test::scratch_file;
using dsc::test::scripted;

using entries = std::map<std::string, std::string>;

std::string text_of(std::vector<std::byte> const& data) {
  return {reinterpret_cast<char const*>(data.data()), data.size()};
}

scratch_file saved(torch::jit::Module const& module) {
  std::ostringstream out;
  module.save(out);
  std::string const text = out.str();
  return scratch_file{{text.begin(), text.end()}};
}

entries entries_of(std::filesystem::path const& path) {
  dsc::libtorch::detail::input_file file{path};
  dsc::libtorch::detail::zip_archive const archive{file};
  entries all;
  for (std::string const& name : archive.names(1'000'000)) all[name] = text_of(archive.unpacked(name));
  return all;
}

scratch_file zip_of(entries const& all, std::string const& folder = "archive") {
  zip_writer writer{folder};
  for (auto const& [name, data] : all) writer.add(name, std::as_bytes(std::span{data}));
  std::string const text = text_of(writer.finish());
  return scratch_file{{text.begin(), text.end()}};
}

torch::jit::Module tiny_network() {
  return scripted("def forward(self, x):\n    return torch.relu(x * self.w)\n", {{"w", {3}}});
}

script_model read(std::filesystem::path const& path) {
  return script_model{path, {.input = floats({3}), .cut = dsc::libtorch::cuts::all}};
}

at::Tensor answer(std::filesystem::path const& path) {
  script_model const net = read(path);
  return net.forward(dsc::libtorch::random_input(net.input(), dsc::batch_size{2}), dsc::test::whole(net));
}

// The file with its debug lists dropped, which are most of it.
scratch_file tiny_file() {
  entries all = entries_of(saved(tiny_network()).path());
  std::erase_if(all, [](auto const& entry) { return entry.first.ends_with(".debug_pkl"); });
  return zip_of(all);
}

void write_at(std::fstream& file, std::size_t place, char byte) {
  file.seekp(static_cast<std::streamoff>(place));
  file.put(byte);
  file.flush();
}

TEST_CASE("LibTorch reads a copy of what was looked at, and answers the same") {
  scratch_file const file = saved(tiny_network());
  std::string const copy = text_of(checked_archive(file.path()));
  scratch_file const copied{{copy.begin(), copy.end()}};
  CHECK(text_of(checked_archive(copied.path())) == copy);
  CHECK(dsc::test::same_bytes(answer(copied.path()), answer(file.path())));
  std::string const weights = entries_of(copied.path()).at("data/0");
  CHECK(copy.find(weights) % 64 == 0);  // as kernels like them
}

// Every single bit of a file flipped: the same answer or a refusal.
void check_flips(scratch_file const& file) {
  std::vector<char> const good = contents(file.path());
  std::vector<std::byte> const due = checked_archive(file.path());
  at::Tensor const due_answer = answer(file.path());
  std::fstream stream{file.path(), std::ios::in | std::ios::out | std::ios::binary};
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    write_at(stream, bit / 8, static_cast<char>(good[bit / 8] ^ 1 << bit % 8));
    try {
      // Of other bytes LibTorch would make another model; of the same ones, the same.
      bool const same = checked_archive(file.path()) == due || dsc::test::same_bytes(answer(file.path()), due_answer);
      if (!same) FAIL("bit " << bit << " makes another answer");
    } catch (dsc::error const& refusal) {
      bool const says_what_to_do = std::string_view{refusal.what()}.find("; ") != std::string_view::npos;
      if (refusal.code() != errc::bad_file || !says_what_to_do) FAIL("bit " << bit << ": " << refusal.what());
      ++refused;
    }
    write_at(stream, bit / 8, good[bit / 8]);
  }
  CHECK(refused > good.size() * 2);
}

TEST_CASE("a file with any one bit flipped gives the same answer, or is refused") {
  check_flips(saved(tiny_network()));
  check_flips(tiny_file());
}

// The place of an entry's record in the directory.
std::size_t record_of(std::vector<char> const& file, std::string const& name) {
  auto const at = std::find_end(file.begin(), file.end(), name.begin(), name.end());
  REQUIRE(at != file.end());
  return static_cast<std::size_t>(at - file.begin()) - 46 - std::string{"archive/"}.size();
}

TEST_CASE("entries that another reader takes for folders or for other names are refused") {
  std::vector<char> const good = contents(tiny_file().path());
  for (char const* const name : {"data/0", "data.pkl", "code/__torch__.py"}) {
    INFO(name);
    std::vector<char> bit = good, slash = good, zero = good;
    std::size_t const record = record_of(good, name), last = record + 46 + std::string{"archive/"}.size();
    bit[record + 38] = 0x10;
    slash[last + std::strlen(name) - 1] = '/';
    zero[last + std::strlen(name) - 1] = '\0';
    for (auto const& forged : {bit, slash, zero}) {
      scratch_file const file{forged};
      CHECK(code_of([&] { checked_archive(file.path()); }) == errc::bad_file);
    }
  }
}

TEST_CASE("a forward of thousands of lines is read") {
  std::string code = "def forward(self, x):\n";
  for (int i = 0; i < 2500; ++i) code += "    x = x + 1.0\n";
  scratch_file const file = saved(scripted(code + "    return x\n"));
  CHECK_FALSE(code_of([&] { checked_archive(file.path()); }));
}

TEST_CASE("entries that newer versions of PyTorch add make no difference") {
  scratch_file const file = saved(tiny_network());
  entries all = entries_of(file.path());
  all["traced_inputs.pkl"] = "what a module was traced with";
  all["traced_inputs/0"] = "";
  all["byteorder"] = "little";
  all[".data/serialization_id"] = "0123456789";
  all["extra/notes"] = "anything";
  all["mobile_debug_handles.pkl"] = "anything";
  CHECK(dsc::test::same_bytes(answer(zip_of(all).path()), answer(file.path())));
  all["byteorder"] = "big";
  CHECK_THROWS_WITH(read(zip_of(all).path()), Catch::Contains("little-endian"));
}

// What PyTorch 2.x adds for an input of these extents, each below 256.
std::string traced_inputs(std::string const& extents, std::string const& storage = "FloatStorage") {
  auto const text = [](std::string const& word) {
    return "X" + std::string{static_cast<char>(word.size()), '\0', '\0', '\0'} + word;
  };
  std::string numbers;
  for (char const extent : extents) numbers += std::string{'K', extent};
  std::string const head{"\x80\x02}("}, storage_of = "((" + text("storage") + "ctorch\n" + storage + "\n";
  std::string const steps(extents.size() * 2, 'K');  // of 'K' each: "KK", which is 75
  return head + text("forward") + "](ctorch._utils\n_rebuild_tensor_v2\n" + storage_of + text("0") + text("cpu") +
         "M\xff\xfftQ" + std::string{'K', '\0'} + "(" + numbers + "t(" + steps + "t\x89" +
         "ccollections\nOrderedDict\n)RtReu.";
}

TEST_CASE("what PyTorch 2.x has traced a model with says what its input is") {
  scratch_file const file = saved(tiny_network());
  auto const input_of = [&](std::string const& traced, std::string const& said = {}) {
    entries all = entries_of(file.path());
    all["traced_inputs.pkl"] = traced;
    all["traced_inputs/0"] = "";
    if (!said.empty()) all["extra/dsc.input"] = said;
    return script_model{zip_of(all).path()}.input();
  };
  CHECK(input_of(traced_inputs("\5\3")) == floats({3}));
  CHECK(input_of(traced_inputs("\1\2\3")) == floats({2, 3}));
  CHECK(input_of(traced_inputs("\1\3", "ByteStorage")) ==
        dsc::tensor_spec{.element = dsc::element_type::uint8, .shape = {3}});
  CHECK(input_of(traced_inputs("\1\2\3"), "float32 3") == floats({3}));  // the file's own word counts
  for (std::string const& none : {traced_inputs("\5"), traced_inputs("\1\3", "LongStorage"), std::string{"}."}})
    CHECK(code_of([&] { input_of(none); }) == dsc::libtorch::libtorch_errc::bad_option);
}

TEST_CASE("an operator that this LibTorch does not know is named, with the way to go") {
  entries all = entries_of(saved(tiny_network()).path());
  for (auto& [name, data] : all)
    if (std::size_t const at = data.find("torch.relu("); name.ends_with(".py") && at != std::string::npos)
      data.replace(at, 11, "torch.relu_of_tomorrow(");
  CHECK_THROWS_WITH(read(zip_of(all).path()),
                    Catch::Contains("'aten::relu_of_tomorrow'") && Catch::Contains("newer PyTorch"));
}

TEST_CASE("a program of torch.export is named as what it is, with the way to go") {
  for (char const* const name : {"archive_format", "serialized_exported_program.json"})
    CHECK_THROWS_WITH(read(zip_of({{name, "pt2"}, {"version", "3"}, {"models/model.json", "{}"}}).path()),
                      Catch::Contains("torch.export") && Catch::Contains("torch.jit.trace(model, input)"));
}

TEST_CASE("a value without a type in a class, over which LibTorch's compiler falls, is refused") {
  entries all = entries_of(saved(tiny_network()).path());
  std::string& code = all["code/__torch__.py"];
  REQUIRE(code.find("__buffers__") != std::string::npos);
  code.replace(code.find("__buffers__"), 11, "__buffezs__");
  CHECK_THROWS_WITH(read(zip_of(all).path()), Catch::Contains("'__buffezs__'"));
}

std::string text(std::string const& words) {
  auto const size = static_cast<std::uint32_t>(words.size());
  return "X" + std::string(reinterpret_cast<char const*>(&size), sizeof size) + words;
}

std::string times(std::size_t count, std::string const& part) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += part;
  return all;
}

std::string storage(std::string const& key) {
  using namespace std::string_literals;
  return "("s + text("storage") + "ctorch\nFloatStorage\n" + text(key) + text("cpu") + "K\x01t";
}

// AddressSanitizer keeps what was freed for a while, and room around everything.
#if defined(__SANITIZE_ADDRESS__)
constexpr double more_memory = 4.0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr double more_memory = 4.0;
#else
constexpr double more_memory = 1.0;
#endif
#else
constexpr double more_memory = 1.0;
#endif

// What a bomb takes of memory, in bytes, beyond what was taken already; an error of ours or none.
double cost_of(std::function<void()> const& action) {
  auto const peak = [] {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_maxrss) * 1024.0;
  };
  double const before = peak();
  try {
    action();
  } catch (dsc::error const&) {
  }
  return peak() - before;
}

TEST_CASE("small files that would take gigabytes or hours are bounded") {
  using namespace std::string_literals;
  std::string const key(1'000'000, 'k'), start = "\x80\x02", tensor = "ctorch._utils\n_rebuild_tensor_v2\n";
  std::string const single = tensor + "(" + storage("0") + "QK\x00)q\x01)tR"s;
  std::map<std::string, std::string> const bombs{
      {"the key of one storage, over and over", start + storage(key) + "q\x00Q"s + times(300'000, "h\x00Q"s) + "."},
      {"names put together of long texts",
       "\x80\x04"s + text(key) + "q\x00"s + times(100'000, "h\x00h\x00\x93"s) + "."},
      {"one long name for many tensors",
       start + single + "q\x02" + text(key) + "q\x00}("s + times(100'000, "h\x00h\x02"s) + "u."},
      {"a memo of everything", "\x80\x04K\x00"s + std::string(20'000'000, '\x94') + "."},
      {"a long list of arguments, over and over", start + "(" + storage("0") + "QK\x00)q\x01)q\x02"s +
                                                      std::string(3'900'000, 'N') + "tq\x00" + tensor + "q\x03h\x00R"s +
                                                      times(100'000, "h\x03h\x00R"s) + "."},
      {"a long shape, over and over", start + "(" + times(1'000'000, "K\x01") + "tq\x00"s +
                                          times(100'000, tensor + "(" + storage("0") + "QK\x00h\x00h\x00tR"s) + "."}};
  for (auto const& [name, code] : bombs) {
    INFO(name);
    scratch_file const file =
        zip_of({{"data.pkl", code}, {"data/0", "\0\0\0\0"s}, {"version", "3\n"}, {"constants.pkl", "\x80\x02)."}});
    auto const begin = std::chrono::steady_clock::now();
    CHECK(cost_of([&] { dsc::libtorch::load_weights(file.path()); }) < more_memory * 4e8);
    CHECK(cost_of([&] { checked_archive(file.path()); }) < more_memory * 4e8);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{60});
  }
}

TEST_CASE("headers of safetensors within headers are bounded") {
  std::string const deep(10'000'000, '[');
  std::string wide;
  for (int i = 0; i < 3'000'000; ++i) wide += "[],";
  for (std::string const& header : {"{\"a\":" + deep, "{\"a\":[" + wide + "0]}"}) {
    std::uint64_t const size = header.size();
    std::string const all = std::string(reinterpret_cast<char const*>(&size), sizeof size) + header;
    scratch_file const file{{all.begin(), all.end()}};
    CHECK(cost_of([&] {
            CHECK(code_of([&] { dsc::libtorch::load_weights(file.path()); }) ==
                  dsc::libtorch::libtorch_errc::bad_weights);
          }) < more_memory * 1e8);
  }
}

}  // namespace
