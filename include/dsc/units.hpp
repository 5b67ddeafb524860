#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace dsc {

/// Time, in seconds. Any `std::chrono` duration converts to it.
using seconds = std::chrono::duration<double>;

/// A time that never comes: what a transfer over a dead channel takes.
inline constexpr seconds never{std::numeric_limits<double>::infinity()};

/// How many samples run through the network together, written `B`.
struct batch_size {
  std::uint64_t count = 1;

  constexpr batch_size() = default;
  constexpr explicit batch_size(std::uint64_t samples) : count{samples} {}
  friend constexpr auto operator<=>(batch_size, batch_size) = default;
};

/// An amount of data as transmitted, in bytes.
struct bytes {
  std::uint64_t count = 0;

  constexpr bytes() = default;
  constexpr explicit bytes(std::uint64_t n) : count{n} {}
  friend constexpr auto operator<=>(bytes, bytes) = default;

  /// More than 2^64 − 1 bytes count as that many.
  constexpr bytes& operator+=(bytes more) {
    std::uint64_t const room = std::numeric_limits<std::uint64_t>::max() - count;
    count += more.count < room ? more.count : room;
    return *this;
  }
  friend constexpr bytes operator+(bytes a, bytes b) { return a += b; }
  /// What a batch takes; more than 2^64 − 1 bytes count as that many.
  friend constexpr bytes operator*(bytes per_sample, batch_size batch) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return bytes{batch.count != 0 && per_sample.count > most / batch.count ? most : per_sample.count * batch.count};
  }
  friend constexpr bytes operator*(batch_size batch, bytes per_sample) { return per_sample * batch; }
  /// The ratio of two amounts; a compression ratio is one.
  friend constexpr double operator/(bytes a, bytes b) {
    return static_cast<double>(a.count) / static_cast<double>(b.count);
  }
};

/// Bytes per second of a channel, written `r`. 1 MB/s is 10^6 bytes per second.
struct data_rate {
  double bytes_per_second = 0.0;

  constexpr data_rate() = default;
  constexpr explicit data_rate(double per_second) : bytes_per_second{per_second} {}
  friend constexpr auto operator<=>(data_rate, data_rate) = default;

  /// `amount / rate`; `never` when nothing flows.
  friend constexpr seconds operator/(bytes amount, data_rate rate) {
    return rate.bytes_per_second > 0.0 ? seconds{static_cast<double>(amount.count) / rate.bytes_per_second} : never;
  }
};

/// 10^6 bytes per second, times `x`.
constexpr data_rate megabytes_per_second(double x) { return data_rate{x * 1e6}; }
/// 10^6 bits per second, times `x`: an eighth of the same number of MB/s.
constexpr data_rate megabits_per_second(double x) { return data_rate{x * 1e6 / 8.0}; }

/// A channel so fast that transfers take no time beyond its latency.
inline constexpr data_rate unlimited{std::numeric_limits<double>::infinity()};

/// How many layers run on the device, written `l`, in 0..L over all layers of the model:
/// 0 is full offloading, L is no offloading.
struct split_point {
  std::size_t layers = 0;

  constexpr split_point() = default;
  constexpr explicit split_point(std::size_t layers_on_device) : layers{layers_on_device} {}
  friend constexpr auto operator<=>(split_point, split_point) = default;

  /// One more layer on the device.
  constexpr split_point& operator++() {
    ++layers;
    return *this;
  }
};

/// The layers [begin, end).
struct layer_span {
  split_point begin;
  split_point end;

  friend constexpr bool operator==(layer_span, layer_span) = default;
  constexpr bool empty() const { return begin == end; }
  constexpr std::size_t size() const { return end.layers - begin.layers; }
};

namespace literals {

constexpr bytes operator""_B(unsigned long long n) { return bytes{n}; }
constexpr bytes operator""_kB(unsigned long long n) { return bytes{n} * batch_size{1000}; }
constexpr bytes operator""_MB(unsigned long long n) { return bytes{n} * batch_size{1'000'000}; }
constexpr bytes operator""_KiB(unsigned long long n) { return bytes{n} * batch_size{1024}; }
constexpr bytes operator""_MiB(unsigned long long n) { return bytes{n} * batch_size{1'048'576}; }

constexpr data_rate operator""_Bps(unsigned long long n) { return data_rate{static_cast<double>(n)}; }
constexpr data_rate operator""_MBps(unsigned long long n) { return megabytes_per_second(static_cast<double>(n)); }
constexpr data_rate operator""_MBps(long double n) { return megabytes_per_second(static_cast<double>(n)); }
constexpr data_rate operator""_Mbps(unsigned long long n) { return megabits_per_second(static_cast<double>(n)); }
constexpr data_rate operator""_Mbps(long double n) { return megabits_per_second(static_cast<double>(n)); }

constexpr seconds operator""_s(unsigned long long n) { return seconds{static_cast<double>(n)}; }
constexpr seconds operator""_s(long double n) { return seconds{static_cast<double>(n)}; }
constexpr seconds operator""_ms(unsigned long long n) { return seconds{static_cast<double>(n) / 1e3}; }
constexpr seconds operator""_ms(long double n) { return seconds{static_cast<double>(n) / 1e3}; }
constexpr seconds operator""_us(unsigned long long n) { return seconds{static_cast<double>(n) / 1e6}; }

constexpr batch_size operator""_batch(unsigned long long n) { return batch_size{n}; }
constexpr split_point operator""_split(unsigned long long n) { return split_point{static_cast<std::size_t>(n)}; }

}  // namespace literals
}  // namespace dsc
