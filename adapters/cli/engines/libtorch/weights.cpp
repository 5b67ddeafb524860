#include "engines/libtorch/weights.hpp"

#include <array>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/tensor.hpp>

#include "engines/fingerprint.hpp"
#include "engines/libtorch/script_file.hpp"

namespace dsc::cli {
namespace {

std::string fingerprint_of_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  fingerprint sum;
  std::array<char, 1 << 16> block;
  while (file.read(block.data(), block.size()) || file.gcount() > 0)
    sum.add(std::string_view{block.data(), static_cast<std::size_t>(file.gcount())});
  if (!file.eof()) throw error{errc::cannot_read, fmt::format("cannot read '{}'; check the path", path)};
  return sum.digits();
}

// In float32, as networks are built from whatever type a file has. How many batches were tracked in
// training changes no answer.
std::string fingerprint_of_weights(libtorch::state_dict const& weights) {
  fingerprint sum;
  for (auto const& [name, tensor] : weights) {
    if (name.ends_with(".num_batches_tracked")) continue;
    at::Tensor const numbers = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    sum.add(name);
    sum.add(text_of(tensor_traits<at::Tensor>::spec(numbers)));
    sum.add(tensor_traits<at::Tensor>::data(numbers));
  }
  return sum.digits();
}

}  // namespace

libtorch::state_dict weights_of(zoo::efficientnet const& network, execution_options const& options) {
  return options.weights.empty() ? libtorch::random_weights(network, options.seed)
                                 : libtorch::load_weights(options.weights, network);
}

layer_writer libtorch_writer_of(model_description const& model, execution_options const& options) {
  if (model.file) return [net = script_of(model)](layer_span span) { return net.exported_span(span); };
  zoo::efficientnet const network = model.network.value();
  return [network, weights = weights_of(network, options)](layer_span span) {
    return libtorch::exported_span(network, weights, span);
  };
}

std::string libtorch_fingerprint_of(model_description const& model, execution_options const& options) {
  return model.file ? fingerprint_of_file(model.given) : fingerprint_of_weights(weights_of(*model.network, options));
}

}  // namespace dsc::cli
