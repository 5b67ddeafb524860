#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <dsc/oip/client.hpp>

namespace dsc::oip::test {

inline shared_bytes bytes_of(std::vector<float> values) {
  auto const owner = std::make_shared<std::vector<float> const>(std::move(values));
  return {owner, std::as_bytes(std::span{*owner})};
}

inline std::vector<float> counted(std::size_t size) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i) - 2.5F;
  return values;
}

/// Asks `small_deployment`'s tail after `split` layers for samples of `wide` numbers.
inline request asked_of(std::size_t split, std::vector<float> const& values, std::int64_t wide) {
  auto const batch = static_cast<std::int64_t>(values.size()) / wide;
  return {layer_span{split_point{split}, split_point{4}},
          {wire_tensor{{element_type::float32, {batch, wide}}, bytes_of(values)}}};
}

inline std::vector<float> floats_in(reply const& answer) {
  auto const view = answer.tensors.at(0).data.view();
  std::vector<float> values(view.size() / sizeof(float));
  std::memcpy(values.data(), view.data(), view.size());
  return values;
}

inline std::vector<float> doubled(std::vector<float> values) {
  for (float& value : values) value *= 2;
  return values;
}

inline time_point soon(double in = 5.0) { return deadline_after(run_clock::now(), seconds{in}); }
inline seconds since(time_point start) { return run_clock::now() - start; }

/// Waits for a state that comes by itself.
template <class Condition>
bool comes(Condition const& condition, double within = 10.0) {
  for (time_point const until = soon(within); run_clock::now() < until;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return condition();
}

}  // namespace dsc::oip::test
