#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/hana/at.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <dsc/concepts.hpp>
#include <dsc/detail/order.hpp>
#include <dsc/detail/static_run.hpp>
#include <dsc/error.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/static_tensor.hpp>

namespace dsc {

/// A layer whose shapes are known at compile time: `name` (a constant), `input_type`, `output_type`
/// (static tensors of one sample), and a call that writes its output in place; the output arrives
/// as zeros. It allocates nothing unless the layer itself does.
template <class L>
concept StaticLayer =
    std::copy_constructible<L> && StaticTensor<typename L::input_type> && StaticTensor<typename L::output_type> &&
    requires(L const& layer, typename L::input_type const& x, typename L::output_type& y) {
      typename std::bool_constant<(std::string_view{L::name}.size() > 0)>;
      layer(x, y);
    };

/// A static layer whose work is known as constants: `macs` for one sample, `parameter_bytes`.
template <class L>
concept CountedStaticLayer = StaticLayer<L> && requires {
  typename std::integral_constant<std::uint64_t, L::macs>;
  typename std::bool_constant<(bytes{L::parameter_bytes} >= bytes{})>;
};

namespace detail {
template <class... Layers>
inline constexpr bool chained = false;
template <class Last>
inline constexpr bool chained<Last> = true;
template <class First, class Second, class... Rest>
inline constexpr bool chained<First, Second, Rest...> =
    std::same_as<typename First::output_type, typename Second::input_type> && chained<Second, Rest...>;
}  // namespace detail

/// At least one static layer, each taking exactly what the one before it puts out.
template <class... Layers>
concept ChainedLayers = (StaticLayer<Layers> && ...) && detail::chained<Layers...>;

/// What the algorithms see of a layer of a static model; a `CountedLayer` where `Counted`. All of
/// it is constant.
template <bool Counted>
class static_layer_row {
 public:
  template <StaticLayer L>
  constexpr explicit static_layer_row(std::type_identity<L>) : name_{L::name}, output_{L::output_type::spec} {
    if constexpr (Counted) {
      macs_ = L::macs;
      parameters_ = L::parameter_bytes;
    }
  }

  constexpr std::string_view name() const { return name_; }
  constexpr tensor_spec const& output() const { return output_; }
  constexpr bytes output_bytes() const { return output_.size(); }
  constexpr std::uint64_t macs() const
    requires Counted
  {
    return macs_;
  }
  constexpr bytes parameter_bytes() const
    requires Counted
  {
    return parameters_;
  }

 private:
  std::string_view name_;
  tensor_spec output_;
  std::uint64_t macs_ = 0;
  bytes parameters_;
};

/// Layers with compile-time shapes in the order in which they run: `static_model net{stem, block,
/// classifier};`. It models `ExecutableModel`, and `CountedModel` where every layer is counted.
/// Tensors hold one sample (batch 1), and running allocates nothing. `dsc::constant<[] { return
/// dsc::compressive_bottlenecks(net); }>` of a `net` with static storage is a compile-time array.
template <StaticLayer... Layers>
  requires ChainedLayers<Layers...>
class static_model {
  static constexpr auto first = boost::hana::tuple_t<Layers...>[boost::hana::size_c<0>];
  using row = static_layer_row<(CountedStaticLayer<Layers> && ...)>;

 public:
  using input_type = typename decltype(first)::type::input_type;
  /// One sample of the input or of any layer's output.
  using tensor_type = bounded_tensor<detail::largest<sizeof(input_type), sizeof(typename Layers::output_type)...>>;
  /// `h_0 .. h_L` as types.
  static constexpr auto representations = boost::hana::tuple_t<input_type, typename Layers::output_type...>;
  /// `L`.
  static constexpr std::size_t size = sizeof...(Layers);

  constexpr static_model()
    requires(std::default_initializable<Layers> && ...)
  = default;
  constexpr explicit static_model(Layers... layers) : layers_{std::move(layers)...} {}

  static constexpr tensor_spec const& input() { return input_type::spec; }
  static constexpr bytes input_bytes() { return input().size(); }
  static constexpr std::array<row, size> const& layers() { return rows; }
  /// The layers themselves.
  constexpr boost::hana::tuple<Layers...> const& tuple() const { return layers_; }

  /// Of one sample, as all its tensors are.
  static constexpr tensor_spec output_spec(batch_size) { return rows[size - 1].output(); }

  /// Runs the layers of `span` on one sample. Throws `bad_split` for a span outside the model,
  /// `bad_tensor` where `x` is not the representation that `span` begins with.
  tensor_type forward(tensor_type x, layer_span span) const {
    check_span(span, size);
    check_input(x.spec(), span.begin.layers);
    tensor_type spare;
    tensor_type* now = &x;
    tensor_type* next = &spare;
    std::size_t index = 0;
    boost::hana::for_each(layers_, [&]<class L>(L const& layer) {
      split_point const before{index++};
      if (before < span.begin || before >= span.end) return;
      layer(now->template as<typename L::input_type>(), next->template emplace<typename L::output_type>());
      std::swap(now, next);
    });
    return *now;
  }

 private:
  static constexpr std::array<row, size> rows{row{std::type_identity<Layers>{}}...};

  static void check_input(tensor_spec const& given, std::size_t index) {
    if (given == (index == 0 ? input() : rows[index - 1].output())) return;
    std::string const source =
        index == 0 ? "the model's input" : "the output of layer '" + std::string{rows[index - 1].name()} + "'";
    throw error{errc::bad_tensor,
                "this tensor has another type or shape than " + source + "; give one sample of it, without a batch"};
  }

  boost::hana::tuple<Layers...> layers_;
};

namespace detail {
template <class M>
inline constexpr bool is_static_model = false;
template <class... Layers>
inline constexpr bool is_static_model<static_model<Layers...>> = true;

constexpr split_point as_split(split_point split) { return split; }
constexpr split_point as_split(std::integral auto index) { return split_point{static_cast<std::size_t>(index)}; }
}  // namespace detail

/// A `static_model` of any layers.
template <class M>
concept StaticModel = detail::is_static_model<M>;

/// A static model that can be split at `l`: `l` is in 0..L.
template <class M, split_point l>
concept HasSplit = StaticModel<M> && l.layers <= M::size;

/// The exact type of `h_l`: a `static_tensor`.
template <StaticModel M, split_point l>
  requires HasSplit<M, l>
using representation_t =
    typename std::remove_cvref_t<decltype(M::representations[boost::hana::size_c<l.layers>])>::type;

/// The layers [Begin, End) of a static model as a function of exactly one type to exactly one type.
/// It refers to the model and must not outlive it; usable at compile time where the layers are.
template <StaticModel M, split_point Begin, split_point End>
  requires HasSplit<M, End> && (Begin <= End)
class static_part {
 public:
  using input_type = representation_t<M, Begin>;
  using output_type = representation_t<M, End>;
  static constexpr layer_span span{Begin, End};

  constexpr explicit static_part(M const& model) : model_{&model} {}

  constexpr output_type operator()(input_type const& x) const {
    output_type y;
    detail::run_layers<Begin.layers, End.layers>(model_->tuple(), x, y);
    return y;
  }

 private:
  M const* model_;
};

namespace detail {

template <split_point l>
struct head_fn {
  template <HasSplit<l> M>
  constexpr auto operator()(M const& model) const {
    return static_part<M, split_point{0}, l>{model};
  }
  void operator()(StaticModel auto const&&) const = delete;
};

template <split_point l>
struct tail_fn {
  template <HasSplit<l> M>
  constexpr auto operator()(M const& model) const {
    return static_part<M, l, split_point{M::size}>{model};
  }
  void operator()(StaticModel auto const&&) const = delete;
};

struct whole_fn {
  template <StaticModel M>
  constexpr auto operator()(M const& model) const {
    return static_part<M, split_point{0}, split_point{M::size}>{model};
  }
  void operator()(StaticModel auto const&&) const = delete;
};

}  // namespace detail

/// `head<l>(model)`: the layers [0, l) of a static model as a `static_part`; `l` is a `split_point`
/// or a number in 0..L.
template <auto l>
inline constexpr detail::head_fn<detail::as_split(l)> head{};

/// `tail<l>(model)`: the layers [l, L). `tail<l>(model)(head<l>(model)(x)) == whole(model)(x)` bit
/// for bit, at every `l`.
template <auto l>
inline constexpr detail::tail_fn<detail::as_split(l)> tail{};

/// `whole(model)`: all layers of a static model as a `static_part`.
inline constexpr detail::whole_fn whole{};

}  // namespace dsc
