#include "inputs/inputs.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <dsc/emulation/random.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "inputs/image.hpp"

namespace dsc::cli {
namespace {

class sample_source {
 public:
  sample_source(model_description const& model, image_options const& images, std::uint64_t seed)
      : sample_{model.input()}, seed_{seed} {
    if (sample_.element != element_type::float32 && sample_.element != element_type::uint8)
      throw error{cli_errc::bad_option, fmt::format("inputs can be made up in float32 and uint8, but {} takes {}",
                                                    model.name(), name_of(sample_.element))};
    if (images.normalize && sample_.element == element_type::uint8)
      throw error{cli_errc::bad_option,
                  fmt::format("--normalize, --mean and --deviation are for inputs in float32; {} takes "
                              "uint8, the levels of the image",
                              model.name())};
    for (std::string const& file : images.files) images_.push_back(load_image(file, sample_, images));
  }

  batch_input batch(std::size_t first_sample, batch_size size, seconds time) const {
    batch_input input{time, {sample_.element, {static_cast<std::int64_t>(size.count)}}, {}};
    for (std::int64_t const extent : sample_.shape) input.spec.shape.push_back(extent);
    for (std::size_t i = first_sample; i < first_sample + size.count; ++i) {
      std::vector<std::byte> const sample = images_.empty() ? made_up(i) : images_[i % images_.size()];
      input.data.insert(input.data.end(), sample.begin(), sample.end());
    }
    return input;
  }

 private:
  // In uint8 any levels, in float32 what normalised images hold.
  std::vector<std::byte> made_up(std::size_t index) const {
    splitmix64 random{seed_ + 0x10001U * (index + 1)};
    std::vector<std::byte> sample(sample_.size().count);
    if (sample_.element == element_type::uint8) {
      for (std::byte& value : sample) value = static_cast<std::byte>(random.next() >> 56U);
      return sample;
    }
    for (std::size_t i = 0; i < sample.size(); i += sizeof(float)) {
      auto const value = static_cast<float>(random.uniform(-2.0, 2.0));
      std::memcpy(sample.data() + i, &value, sizeof value);
    }
    return sample;
  }

  tensor_spec sample_;
  std::uint64_t seed_;
  std::vector<std::vector<std::byte>> images_;
};

}  // namespace

std::function<batch_input(std::size_t)> inputs(model_description const& model, image_options const& images,
                                               std::uint64_t seed, std::vector<batch_size> const& batches,
                                               seconds interval) {
  return [source = sample_source{model, images, seed}, batches, interval](std::size_t request) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < request; ++i) first += batches[i % batches.size()].count;
    return source.batch(first, batches[request % batches.size()], static_cast<double>(request) * interval);
  };
}

}  // namespace dsc::cli
