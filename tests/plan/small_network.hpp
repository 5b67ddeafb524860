#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <dsc/plan/planner.hpp>

/// Networks and sites given by a few numbers, usable at compile time.
namespace dsc::test {

struct small_layer {
  bytes output;
  constexpr std::string_view name() const { return "layer"; }
  constexpr bytes output_bytes() const { return output; }
};

struct small_network {
  bytes input;
  std::vector<small_layer> rows;
  constexpr bytes input_bytes() const { return input; }
  constexpr std::span<small_layer const> layers() const { return rows; }
};

constexpr small_network network_of(std::uint64_t input, std::initializer_list<std::uint64_t> outputs) {
  small_network network{bytes{input}, {}};
  for (std::uint64_t const output : outputs) network.rows.push_back({bytes{output}});
  return network;
}

/// The same time for every batch size, layer by layer.
struct layer_times {
  std::vector<double> each;
  constexpr seconds layer_time(std::size_t i, batch_size) const { return seconds{each[i]}; }
  constexpr seconds time(layer_span span, batch_size batch) const {
    seconds sum{};
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) sum += layer_time(i, batch);
    return sum;
  }
};

/// A cost model that hides that its times add up.
template <CostModel C>
struct opaque {
  C inner;
  constexpr seconds time(layer_span span, batch_size batch) const { return inner.time(span, batch); }
};
template <CostModel C>
opaque(C) -> opaque<C>;

static_assert(AdditiveCostModel<layer_times> && CostModel<opaque<layer_times>> &&
              !AdditiveCostModel<opaque<layer_times>>);

/// Two layers; |x| = 100, |h_1| = 50, an answer of 10 bytes; 1 s and 3 s on the device, 1/4 s each
/// on the server.
constexpr auto two_layers() { return network_of(100, {50, 10}); }
constexpr auto two_layer_sites() { return sites{layer_times{{1.0, 3.0}}, layer_times{{0.25, 0.25}}}; }

}  // namespace dsc::test
