#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/concepts.hpp>

/// The smallest type that models each concept, and one counter-example per requirement: the
/// archetype with one member taken away or spoilt. Deriving hides the member, so every
/// counter-example fails for one reason only.
namespace dsc::test {

struct layer_archetype {
  constexpr std::string_view name() const { return "layer"; }
  constexpr bytes output_bytes() const { return bytes{1}; }
};
struct layer_without_name : layer_archetype {
  void name() const = delete;
};
struct layer_with_numbered_name : layer_archetype {
  int name() const;
};
struct layer_without_bytes : layer_archetype {
  void output_bytes() const = delete;
};
struct layer_with_seconds_for_bytes : layer_archetype {
  seconds output_bytes() const;
};
struct layer_with_passing_name : layer_archetype {
  std::string name() const;
};
struct layer_with_count_for_bytes : layer_archetype {
  std::uint64_t output_bytes() const;
};
struct layer_with_mutable_name : layer_archetype {
  std::string_view name();
};

struct counted_layer_archetype : layer_archetype {
  constexpr std::uint64_t macs() const { return 2; }
  constexpr bytes parameter_bytes() const { return bytes{3}; }
};
struct counted_layer_without_macs : counted_layer_archetype {
  void macs() const = delete;
};
struct counted_layer_without_parameters : counted_layer_archetype {
  void parameter_bytes() const = delete;
};
struct counted_layer_without_name : counted_layer_archetype {
  void name() const = delete;
};

template <class L>
struct model_archetype_of {
  constexpr bytes input_bytes() const { return bytes{1}; }
  constexpr std::span<L const> layers() const { return rows; }
  std::array<L, 2> rows{};
};
struct model_archetype : model_archetype_of<layer_archetype> {};
struct counted_model_archetype : model_archetype_of<counted_layer_archetype> {};
struct model_without_input : model_archetype {
  void input_bytes() const = delete;
};
struct model_without_layers : model_archetype {
  void layers() const = delete;
};
struct model_of_no_range : model_archetype {
  layer_archetype layers() const;
};
/// A linked list: forward steps only.
struct model_of_forward_layers : model_archetype {
  struct iterator {
    using value_type = layer_archetype;
    using difference_type = std::ptrdiff_t;
    layer_archetype const& operator*() const;
    iterator& operator++();
    iterator operator++(int);
    friend bool operator==(iterator, iterator) = default;
  };
  struct list {
    iterator begin() const;
    iterator end() const;
    std::size_t size() const;
  };
  list const& layers() const;
};
/// Layers without an end that could be subtracted: no size.
struct model_of_unsized_layers : model_archetype {
  struct sentinel {
    friend bool operator==(layer_archetype const*, sentinel);
  };
  struct endless {
    layer_archetype const* begin() const;
    sentinel end() const;
  };
  endless const& layers() const;
};
/// Its layers are gone before anybody can look at one.
struct model_of_passing_layers : model_archetype {
  std::vector<layer_archetype> layers() const;
};
struct model_of_other_things : model_archetype {
  std::span<int const> layers() const;
};

struct selection_archetype {
  constexpr bool operator()(layer_archetype const&) const { return true; }
};
struct selection_of_other_things {
  bool operator()(int) const;
};
struct selection_without_answer {
  void operator()(layer_archetype const&) const;
};

/// One byte.
struct tensor_archetype {
  std::byte value{};
  tensor_spec spec() const { return {element_type::uint8, {1}}; }
  std::span<std::byte const> data() const { return {&value, 1}; }
  static tensor_archetype make(tensor_spec const&, std::span<std::byte const> data) { return {data[0]}; }
};
struct tensor_without_spec : tensor_archetype {
  void spec() const = delete;
};
struct tensor_without_data : tensor_archetype {
  void data() const = delete;
};
/// Its bytes could be written behind its owner's back, but not read as a span of bytes.
struct tensor_of_loose_data : tensor_archetype {
  std::byte const* data() const;
};
struct tensor_without_make : tensor_archetype {
  static void make(tensor_spec const&, std::span<std::byte const>) = delete;
};
/// It inherits a `make` that makes another type.
struct tensor_that_makes_another : tensor_archetype {
  tensor_that_makes_another() = default;
};
struct tensor_without_copies : tensor_archetype {
  tensor_without_copies() = default;
  tensor_without_copies(tensor_without_copies&&) = default;
  tensor_without_copies& operator=(tensor_without_copies&&) = default;
  static tensor_without_copies make(tensor_spec const&, std::span<std::byte const>);
};

struct executable_model_archetype : model_archetype {
  using tensor_type = tensor_archetype;
  tensor_type forward(tensor_type x, layer_span) const { return x; }
};
struct executable_model_without_forward : executable_model_archetype {
  void forward(tensor_type, layer_span) const = delete;
};
struct executable_model_without_tensor : model_archetype {
  tensor_archetype forward(tensor_archetype, layer_span) const;
};
struct executable_model_of_no_tensor : model_archetype {
  using tensor_type = int;
  int forward(int, layer_span) const;
};
struct executable_model_of_two_tensors : executable_model_archetype {
  std::vector<float> forward(tensor_type, layer_span) const;
};
struct executable_model_with_side_effects : executable_model_archetype {
  tensor_type forward(tensor_type, layer_span);
};
struct executable_model_without_input : executable_model_archetype {
  void input_bytes() const = delete;
};

struct cost_model_archetype {
  constexpr seconds time(layer_span, batch_size) const { return {}; }
};
struct cost_model_without_time {};
struct cost_model_of_bare_numbers {
  double time(layer_span, batch_size) const;
};
struct cost_model_without_batch {
  seconds time(layer_span) const;
};
struct cost_model_that_changes {
  seconds time(layer_span, batch_size);
};

struct additive_cost_model_archetype : cost_model_archetype {
  constexpr seconds layer_time(std::size_t, batch_size) const { return {}; }
};
struct additive_cost_model_without_time : additive_cost_model_archetype {
  void time(layer_span, batch_size) const = delete;
};
struct additive_cost_model_of_bare_numbers : cost_model_archetype {
  double layer_time(std::size_t, batch_size) const;
};

struct channel_archetype {
  constexpr seconds transfer_time(bytes) const { return {}; }
};
struct channel_without_time {};
struct channel_of_bare_numbers {
  double transfer_time(bytes) const;
};
struct channel_for_bare_counts {
  seconds transfer_time(seconds) const;
};

struct affine_channel_archetype : channel_archetype {
  constexpr seconds latency() const { return {}; }
  constexpr data_rate rate() const { return unlimited; }
};
struct affine_channel_without_time : affine_channel_archetype {
  void transfer_time(bytes) const = delete;
};
struct affine_channel_without_latency : affine_channel_archetype {
  void latency() const = delete;
};
struct affine_channel_without_rate : affine_channel_archetype {
  void rate() const = delete;
};
struct affine_channel_of_bare_rate : affine_channel_archetype {
  double rate() const;
};

struct two_way_channel_archetype : channel_archetype {
  constexpr seconds return_time(bytes) const { return {}; }
};
struct two_way_channel_without_time : two_way_channel_archetype {
  void transfer_time(bytes) const = delete;
};
struct two_way_channel_of_bare_numbers : channel_archetype {
  double return_time(bytes) const;
};

}  // namespace dsc::test
