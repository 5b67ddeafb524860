#include "device/aten.hpp"

#include <dsc/libtorch/error.hpp>
#include <dsc/libtorch/weights.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/as_strided.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <dsc/error.hpp>

#include "efficientnet/architecture.hpp"
#include "formats/pickle.hpp"
#include "formats/state_dict.hpp"

namespace dsc::libtorch {
namespace {

using detail::input_file;
using detail::parameter;
using detail::role;

bool starts_with(std::span<std::byte const> data, std::initializer_list<unsigned char> mark) {
  return data.size() >= mark.size() && std::equal(mark.begin(), mark.end(), data.begin(),
                                                  [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

state_dict read_state_dict(input_file& file) {
  std::vector<std::byte> const start = file.read(0, std::min<std::uint64_t>(file.size(), 16));
  if (starts_with(start, {'P', 'K', 3, 4})) return detail::read_pickled(file, detail::zip_archive{file});
  if (starts_with(start, {0x80, 2, 0x8a, 10}))
    file.refuse("it is in the format of torch before 1.6; load it in Python and save model.state_dict() again");
  if (start.size() > 8 && start[8] == std::byte{'{'}) return detail::read_safetensors(file);
  file.refuse("it is neither what torch.save writes nor a safetensors file; save model.state_dict() with torch.save");
}

/// Names for a sentence: the first five, then how many more.
class name_list {
 public:
  explicit name_list(char const* kind) : kind_{kind} {}

  void add(std::string const& name) {
    if (++count_ > listed) return;
    if (count_ > 1) names_ += ", ";
    names_ += name;
  }
  void append_to(std::string& sentence) const {
    if (count_ == 0) return;
    if (!sentence.empty()) sentence += "; ";
    sentence.append(std::to_string(count_)).append(" ").append(kind_).append(": ").append(names_);
    if (count_ > listed) sentence.append(" and ").append(std::to_string(count_ - listed)).append(" more");
  }

 private:
  static constexpr std::size_t listed = 5;
  char const* kind_;
  std::size_t count_ = 0;
  std::string names_;
};

std::string misfit(parameter const& due, at::Tensor const& tensor) {
  if (!tensor.defined()) return due.name + " (undefined)";
  if (!at::isFloatingType(tensor.scalar_type()))
    return due.name + " (" + at::toString(tensor.scalar_type()) + " instead of floating point)";
  if (tensor.sizes() != at::IntArrayRef{due.sizes})
    return due.name + " (" + detail::text(tensor.sizes()) + " instead of " + detail::text(due.sizes) + ")";
  return {};
}

// Gain √2 keeps the variance through SiLU where activations are large; a small scale at the end of
// residual branches keeps the sum of up to 25 of them in bounds and roundings small, which V2-L
// would else blow up to half of its answer; a large one elsewhere makes good what gates of about
// 1/2 take away.
at::Tensor made_up(parameter const& p, at::Generator const& generator) {
  auto const around = [&](double center, double spread) {
    return at::rand(p.sizes, generator, at::kFloat).mul_(2 * spread).add_(center - spread);
  };
  switch (p.role) {
    case role::filter: {
      std::int64_t inputs = 1;
      for (std::size_t i = 1; i < p.sizes.size(); ++i) inputs *= p.sizes[i];
      return at::randn(p.sizes, generator, at::kFloat).mul_(std::sqrt(2.0 / static_cast<double>(inputs)));
    }
    case role::scale:
      return around(1.0, 0.2);
    case role::closing_scale:
      return around(2.0, 0.2);
    case role::residual_scale:
      return around(0.1, 0.02);
    case role::variance:
      return around(1.0, 0.2);
    case role::bias:
    case role::shift:
    case role::mean:
      break;
  }
  return around(0.0, 0.1);
}

}  // namespace

state_dict load_weights(std::filesystem::path const& file) {
  input_file input{file};
  return read_state_dict(input);
}

state_dict load_weights(std::filesystem::path const& file, zoo::efficientnet const& net) {
  state_dict weights = load_weights(file);
  check_weights(net, weights, file.string());
  return weights;
}

state_dict random_weights(zoo::efficientnet const& net, std::uint64_t seed) {
  at::NoGradGuard const no_gradients;
  at::Generator const generator = at::detail::createCPUGenerator(seed);
  state_dict weights;
  for (parameter const& p : detail::parameters_of(net)) weights.emplace(p.name, made_up(p, generator));
  return weights;
}

void check_weights(zoo::efficientnet const& net, state_dict const& weights, std::string const& source) {
  name_list missing{"missing"};
  name_list extra{"not of this network"};
  name_list misfits{"of another shape or type"};
  std::set<std::string, std::less<>> known;
  for (parameter const& due : detail::parameters_of(net)) {
    known.insert(due.name);
    auto const entry = weights.find(due.name);
    if (entry == weights.end())
      missing.add(due.name);
    else if (std::string const why = misfit(due, entry->second); !why.empty())
      misfits.add(why);
  }
  for (auto const& [name, tensor] : weights)
    if (!known.contains(name) && !name.ends_with(".num_batches_tracked")) extra.add(name);
  std::string sentence;
  missing.append_to(sentence);
  extra.append_to(sentence);
  misfits.append_to(sentence);
  if (!sentence.empty())
    throw error{libtorch_errc::bad_weights, source + " does not fit " + std::string{net.name()} + ": " + sentence};
}

namespace detail {

state_dict read_pickled(input_file const& file, zip_archive const& archive) {
  static std::map<std::string, at::ScalarType, std::less<>> const types{
      {"FloatStorage", at::kFloat},       {"DoubleStorage", at::kDouble}, {"HalfStorage", at::kHalf},
      {"BFloat16Storage", at::kBFloat16}, {"LongStorage", at::kLong},     {"IntStorage", at::kInt},
      {"CharStorage", at::kChar},         {"ByteStorage", at::kByte}};
  try {
    if (archive.has("byteorder")) {
      std::vector<std::byte> const order = archive.read("byteorder");
      if (order.empty() || order.front() != std::byte{'l'})
        file.refuse("it was not written on a little-endian machine; save it again on one");
    }
    std::vector<std::byte> const code = archive.read("data.pkl");
    pickle const read{code};
    std::map<std::string, at::Tensor, std::less<>> storages;
    state_dict weights;
    for (auto const& [name, view] : read.tensors()) {
      pickled_storage const& storage = read.storage(view.storage);
      auto const type = types.find(storage.type);
      if (type == types.end())
        throw std::runtime_error{"its tensor '" + std::string{name} + "' is of an unknown type, " +
                                 std::string{storage.type}};
      at::Tensor& numbers = storages[std::string{storage.key}];
      if (!numbers.defined())
        numbers = archive.read_tensor("data/" + std::string{storage.key}, static_cast<std::uint64_t>(storage.count),
                                      type->second);
      if (numbers.scalar_type() != type->second || numbers.numel() != storage.count)
        throw std::runtime_error{"it contradicts itself; get it again"};
      weights.insert_or_assign(std::string{name}, at::as_strided(numbers, view.sizes, view.strides, view.offset));
    }
    return weights;
  } catch (error const&) {
    throw;
  } catch (std::runtime_error const& why) {
    file.refuse(why.what());
  }
}

}  // namespace detail
}  // namespace dsc::libtorch
