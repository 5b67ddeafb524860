#include "torchscript/graph/partitioned_model.hpp"

#include <utility>

#include <dsc/concepts.hpp>
#include <dsc/io/file.hpp>
#include <dsc/libtorch/error.hpp>
#include <dsc/model/layers.hpp>

#include "device/batch_check.hpp"
#include "torchscript/first_reading.hpp"
#include "torchscript/libtorch_call.hpp"
#include "torchscript/script_export.hpp"
#include "torchscript/script_file.hpp"

namespace dsc::libtorch {
namespace {

static_assert(ExecutableModel<script_model>);

void check_sample(std::string const& name, tensor_spec const& sample) {
  bool const known = sample.element == element_type::float32 || sample.element == element_type::float16 ||
                     sample.element == element_type::bfloat16 || sample.element == element_type::uint8;
  bool const small = sample.shape.rank + 1 <= shape::max_rank && sample.size().count <= (std::uint64_t{1} << 32U);
  if (!known || !small || sample.size() == bytes{})
    throw error{
        libtorch_errc::bad_option,
        "the input of " + name + " must be samples of a floating-point type or uint8, of at most 7 extents and 4 GiB"};
}

tensor_spec input_of(std::string const& name, std::optional<tensor_spec> const& option,
                     std::optional<tensor_spec> const& said) {
  if (!option && !said)
    throw error{libtorch_errc::bad_option,
                name + " does not say what its input is; give the shape of one sample, as --input 3x224x224 does"};
  tensor_spec const sample = option ? *option : *said;
  check_sample(name, sample);
  return sample;
}

// Whether nobody else sees its memory; that of `from_blob`, which cannot be resized, belongs to
// somebody else.
bool is_sole(at::Tensor const& x) {
  return x.use_count() == 1 && x.storage().use_count() == 1 && x.storage().resizable() && !x.is_inference();
}

}  // namespace

script_model::script_model(std::filesystem::path const& file, script_options const& options) {
  std::string const name = file.stem().string();
  if (options.first_reading)
    detail::in_child(file, *options.first_reading, [&] {
      script_options trial = options;
      trial.execution = {};
      trial.first_reading = {};
      static_cast<void>(script_model{file, trial});
    });
  detail::script_file const read = detail::read_script(file);
  graph_ =
      std::make_shared<partitioned_model const>(read.module, name, options, input_of(name, options.input, read.input));
}

script_model::script_model(torch::jit::Module const& module, std::string name, script_options const& options) {
  tensor_spec const input = input_of(name, options.input, {});
  graph_ = std::make_shared<partitioned_model const>(module, std::move(name), options, input);
}

std::string_view script_model::name() const { return graph_->name; }
tensor_spec const& script_model::input() const { return graph_->input; }
bytes script_model::input_bytes() const { return graph_->input.size(); }
std::span<script_layer const> script_model::layers() const { return graph_->layers; }
libtorch::execution const& script_model::execution() const { return graph_->mode; }
std::string const& script_model::weights_fingerprint() const { return graph_->weights_id; }

script_model script_model::resident() const {
  script_model same = *this;
  same.resident_ = true;
  return same;
}

at::Tensor script_model::forward(at::Tensor x, layer_span span) const {
  check_span(span, layers().size());
  tensor_spec const& due = graph_->spec_at(span.begin);
  detail::check_batch(name(), span.begin, due, x);
  at::NoGradGuard const no_gradients;
  return detail::by_libtorch(errc::backend_failed, "LibTorch could not run layers of " + graph_->name, [&] {
    bool const is_mine = is_sole(x);
    if (!span.empty()) x = graph_->run(std::move(x), span, is_mine);
    if (!resident_) x = graph_->carry.to_host(x);
    return is_sole(x) ? x : x.clone();
  });
}

std::string script_model::exported_span(layer_span span) const {
  check_span(span, layers().size());
  if (span.empty())
    throw error{errc::bad_split, "a span without layers cannot be exported; take one that holds a layer at least"};
  at::NoGradGuard const no_gradients;
  std::vector<std::vector<c10::IValue>> scalars;
  for (std::int64_t const batch : detail::export_batches) scalars.push_back(graph_->scalars_at(span.begin, batch));
  return detail::exported_piece(
      graph_->points, graph_->places[span.begin.layers], graph_->places[span.end.layers],
      {graph_->spec_at(span.begin), graph_->mode.element, graph_->layouts[span.begin.layers], scalars});
}

void script_model::export_span(layer_span span, std::filesystem::path const& file) const {
  write_file(file, exported_span(span));
}

}  // namespace dsc::libtorch
