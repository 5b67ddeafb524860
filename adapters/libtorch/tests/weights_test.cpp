#include "torch_first.hpp"

#include <cstring>
#include <random>

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <dsc/libtorch/error.hpp>
#include <dsc/libtorch/weights.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::errc;
using dsc::libtorch::load_weights;
using dsc::libtorch::state_dict;
using dsc::test::code_of;
using dsc::test::contents;
using dsc::test::reference;
using dsc::test::same_bytes;
using dsc::test::scratch_file;

std::vector<char> safetensors(std::string const& header, std::string const& data) {
  std::uint64_t const size = header.size();
  std::string file(reinterpret_cast<char const*>(&size), sizeof size);
  file.append(header).append(data);
  return {file.begin(), file.end()};
}

std::string const good_header =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
    R"("b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})";

auto refused(std::vector<char> const& data) {
  scratch_file const file{data};
  return code_of([&] { load_weights(file.path()); });
}

// Whatever stands in the file: weights or an error of ours, nothing else.
void check_survives(std::vector<char> const& data) {
  scratch_file const file{data};
  try {
    load_weights(file.path());
  } catch (dsc::error const&) {
  }
}

void check_mutations(std::vector<char> const& data, unsigned count) {
  std::mt19937 random{1};
  for (unsigned i = 0; i < count; ++i) {
    std::vector<char> changed = data;
    for (unsigned flips = 1 + i % 3; flips > 0; --flips)
      changed[random() % changed.size()] = static_cast<char>(random());
    check_survives(changed);
  }
}

void check_truncations(std::vector<char> const& data, std::size_t step) {
  for (std::size_t size = 0; size < data.size(); size += step) {
    INFO("the first " << size << " bytes");
    CHECK(refused({data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size)}) ==
          dsc::libtorch::libtorch_errc::bad_weights);
  }
}

TEST_CASE("every way to torch.save a state_dict is read", "[reference]") {
  for (char const* const name : {"small.pt", "small_dict.pt", "small_protocol4.pt"}) {
    INFO(name);
    state_dict const read = load_weights(reference(name));
    at::Tensor const matrix = at::arange(24, at::kFloat).view({4, 6});
    REQUIRE(read.size() == 4);
    CHECK(same_bytes(read.at("matrix"), matrix));
    CHECK(same_bytes(read.at("part").contiguous(), matrix.slice(0, 1, 3).slice(1, 0, 6, 2).contiguous()));
    CHECK(read.at("half")[1].item<double>() == 2.0);
    CHECK(read.at("count").item<std::int64_t>() == 7);
  }
  CHECK(load_weights(reference("small_parameter.pt")).at("matrix").size(1) == 6);
}

TEST_CASE("what else torch.save wrote is refused with a way out", "[reference]") {
  auto const why = [](char const* name, char const* words) {
    CHECK_THROWS_WITH(load_weights(reference(name)), Catch::Contains(name) && Catch::Contains(words));
  };
  why("small_legacy.pt", "before 1.6");
  why("checkpoint.pt", "'epoch' is no tensor");
  why("module.pt", "model.state_dict()");
}

TEST_CASE("damaged files of torch.save never do harm", "[reference]") {
  std::vector<char> const good = contents(reference("small.pt"));
  check_truncations(good, 37);
  check_mutations(good, 500);
  check_mutations(contents(reference("small_protocol4.pt")), 200);
  CHECK(code_of([] { load_weights(reference("small_no_order.pt")); }) == dsc::libtorch::libtorch_errc::bad_weights);
}

TEST_CASE("weights of one network do not fit another", "[reference]") {
  CHECK(code_of([] { load_weights(reference("efficientnet_b0.pt"), dsc::zoo::efficientnet_b0); }) == std::nullopt);
  CHECK_THROWS_WITH(load_weights(reference("efficientnet_b0.pt"), dsc::zoo::efficientnet_b4),
                    Catch::Contains("efficientnet_b0.pt") &&
                        Catch::Contains("missing: features.1.1.block.0.0.weight") && Catch::Contains("more"));
}

TEST_CASE("safetensors are read") {
  std::string data(32, '\0');
  float const last = 2.5f;
  std::memcpy(data.data() + 20, &last, 4);
  scratch_file const file{safetensors(good_header, data)};
  state_dict const read = load_weights(file.path());
  REQUIRE(read.size() == 2);
  CHECK(read.at("a").sizes() == at::IntArrayRef{2, 3});
  CHECK(read.at("a")[1][2].item<float>() == 2.5f);
  CHECK(read.at("b").scalar_type() == at::kLong);
}

TEST_CASE("damaged safetensors never do harm") {
  std::string const data(32, 'x');
  check_truncations(safetensors(good_header, data), 7);
  check_mutations(safetensors(good_header, data), 500);
  auto const entry = [&](std::string const& text) { return refused(safetensors("{\"a\":" + text + "}", data)); };
  CHECK(entry(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0,20]})") == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(entry(R"({"dtype":"F32","shape":[2,3],"data_offsets":[16,40]})") == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(entry(R"({"dtype":"F32","shape":[-2,-3],"data_offsets":[0,24]})") == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(entry(R"({"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]})") ==
        dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(entry(R"({"dtype":"X9","shape":[6],"data_offsets":[0,24]})") == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(entry("7") == dsc::libtorch::libtorch_errc::bad_weights);
}

TEST_CASE("files that are no weights are refused") {
  CHECK(code_of([] { load_weights("/nowhere/at/all.pt"); }) == errc::cannot_read);
  CHECK(code_of([] { load_weights("/tmp"); }) == errc::cannot_read);
  CHECK(refused({}) == dsc::libtorch::libtorch_errc::bad_weights);
  std::string const text = "not weights, but a few words about them";
  CHECK(refused({text.begin(), text.end()}) == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(refused({'P', 'K', 3, 4}) == dsc::libtorch::libtorch_errc::bad_weights);
}

TEST_CASE("entries that are missing, extra or wrongly shaped are named") {
  auto const& net = dsc::zoo::efficientnet_b0;
  state_dict weights = dsc::libtorch::random_weights(net);
  weights["features.0.1.num_batches_tracked"] = at::zeros({}, at::kLong);
  CHECK(code_of([&] { dsc::libtorch::check_weights(net, weights); }) == std::nullopt);

  weights.erase("classifier.1.bias");
  weights["head.weight"] = at::zeros({1}, at::kFloat);
  weights["features.0.0.weight"] = at::zeros({32, 1, 3, 3}, at::kFloat);
  weights["features.0.1.bias"] = at::zeros({32}, at::kLong);
  CHECK_THROWS_WITH(dsc::libtorch::check_weights(net, weights, "w.pt"),
                    Catch::Contains("w.pt does not fit efficientnet_b0: 1 missing: classifier.1.bias; 1 not of this "
                                    "network: head.weight; 2 of another") &&
                        Catch::Contains("features.0.0.weight ([32, 1, 3, 3] instead of [32, 3, 3, 3])") &&
                        Catch::Contains("Long"));
  CHECK_THROWS_WITH(dsc::libtorch::check_weights(net, {}),
                    Catch::Contains("missing: features.0.0.weight") && Catch::Contains(" more"));
}

TEST_CASE("the fingerprint of weights is that of their values, and changes with one bit of them") {
  state_dict const weights = dsc::libtorch::random_weights(dsc::zoo::efficientnet_b0, 5);
  std::string const due = dsc::libtorch::weights_fingerprint(weights);
  CHECK(due.size() == 16);
  CHECK(dsc::libtorch::weights_fingerprint(dsc::libtorch::random_weights(dsc::zoo::efficientnet_b0, 5)) == due);
  CHECK(dsc::libtorch::weights_fingerprint(dsc::libtorch::random_weights(dsc::zoo::efficientnet_b0, 6)) != due);
  state_dict same = weights, other = weights;
  same["features.0.1.num_batches_tracked"] = at::zeros({}, at::kLong);
  at::Tensor& filter = same["features.0.0.weight"];
  filter = filter.contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(dsc::libtorch::weights_fingerprint(same) == due);
  at::Tensor& bias = other["classifier.1.bias"];
  bias = bias.clone();
  static_cast<char*>(bias.data_ptr())[bias.nbytes() - 4] ^= 1;
  CHECK(dsc::libtorch::weights_fingerprint(other) != due);
}

}  // namespace
