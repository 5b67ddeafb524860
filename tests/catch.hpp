#pragma once

// The one header through which Catch2 is included; it teaches Catch2 to print the library's
// quantities. A program that includes LibTorch includes that first: both define CHECK.
#include <catch2/catch.hpp>

#include <string>

#include <dsc/units.hpp>

namespace Catch {

template <>
struct StringMaker<dsc::bytes> {
  static std::string convert(dsc::bytes amount) { return std::to_string(amount.count) + " B"; }
};
template <>
struct StringMaker<dsc::data_rate> {
  static std::string convert(dsc::data_rate rate) {
    return StringMaker<double>::convert(rate.bytes_per_second) + " B/s";
  }
};
template <>
struct StringMaker<dsc::seconds> {
  static std::string convert(dsc::seconds time) { return StringMaker<double>::convert(time.count()) + " s"; }
};
template <>
struct StringMaker<dsc::batch_size> {
  static std::string convert(dsc::batch_size batch) { return "batch of " + std::to_string(batch.count); }
};
template <>
struct StringMaker<dsc::split_point> {
  static std::string convert(dsc::split_point split) { return "split " + std::to_string(split.layers); }
};
template <>
struct StringMaker<dsc::layer_span> {
  static std::string convert(dsc::layer_span span) {
    return "layers [" + std::to_string(span.begin.layers) + ", " + std::to_string(span.end.layers) + ")";
  }
};

}  // namespace Catch
