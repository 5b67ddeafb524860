#pragma once

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/cost/sites.hpp>
#include <dsc/detail/order.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/plan/plan.hpp>
#include <dsc/plan/policy.hpp>

namespace dsc {

/// What one choice costs for one batch size and load: everything that a plan needs but the channel.
struct split_costs : choice {
  bytes payload;  ///< what the channel carries: `B |h_l|`, nothing at `l = L`
  seconds head{};
  seconds queue{};
  seconds tail{};
};

/// Makes plans and policies: `argmin_l T(l; B, r)` over the candidates, ties to the smallest `l`.
/// Batch sizes of 0 throw `bad_batch`, loads that mean nothing and batches of 2^64 bytes or more
/// `bad_quantity`, and cost models what they throw themselves.
template <CostModel Device, CostModel Server>
class planner {
 public:
  /// Keeps the model's sizes, not the model. Throws `bad_model` for a model without layers or with
  /// nothing to send at a split before the last, and for costs of another network; `bad_split`
  /// where the candidates' limits leave no split.
  template <Model M, LayerSelection<M> S = every_layer>
  constexpr planner(M const& model, sites<Device, Server> costs, candidates<S> const& limits = {})
      : costs_{std::move(costs)},
        filter_{limits.filter},
        splits_{candidate_splits(model, limits)},
        by_payload_{splits_} {
    if (layer_count(model) == 0) throw error{errc::bad_model, "a model without layers cannot be split"};
    for (std::size_t l = 0; l <= layer_count(model); ++l) sizes_.push_back(representation_bytes(model, split_point{l}));
    for (std::size_t l = 0; l < layers(); ++l)
      if (sizes_[l] == bytes{})
        throw error{errc::bad_model,
                    "a model whose input, or the output of a layer before the last, has 0 bytes cannot be split"};
    check_network(model, costs_.device, "device");
    check_network(model, costs_.server, "server");
    detail::stable_sort(by_payload_, [this](split_point a, split_point b) { return carried(b) < carried(a); });
  }

  /// `L`.
  constexpr std::size_t layers() const { return sizes_.size() - 1; }

  /// The split points that may be chosen, ascending, whatever the state.
  constexpr std::span<split_point const> splits() const { return splits_; }

  /// The split points that are weighed in this state, ascending; those of `undominated` depend on
  /// the batch and the load.
  constexpr std::vector<split_point> splits(batch_size batch, server_load const& load = {}) const {
    if (filter_ != undominated) return splits_;
    std::vector<seconds> times(sizes_.size(), seconds{});
    for (split_costs const& row : costs(batch, load)) times[row.split.layers] = row.head + row.tail + row.queue;
    return undominated_by(times);
  }

  /// The costs of `splits()`, in that order.
  constexpr std::vector<split_costs> costs(batch_size batch, server_load const& load = {}) const {
    site_times const times{costs_, layers(), batch};
    std::vector<split_costs> rows;
    rows.reserve(splits_.size());
    for (split_point const split : splits_) rows.push_back(row(split, times, batch, load));
    return rows;
  }

  /// The plan for a split that is given, allowed or not: the one in use, or a strategy to compare
  /// with. Throws `bad_split` outside 0..L.
  constexpr plan predict(split_point split, batch_size batch, Channel auto const& channel,
                         server_load const& load = {}) const {
    check_split(split, layers());
    return complete(row(split, site_times{costs_, layers(), batch}, batch, load), batch, channel);
  }

  /// The best plan. Throws `no_plan` where no candidate ends in finite time: nothing gets through
  /// the channel and `l = L` is not allowed.
  constexpr plan best(batch_size batch, Channel auto const& channel, server_load const& load = {}) const {
    site_times const times{costs_, layers(), batch};
    plan winner;
    seconds least = never;
    for (split_point const split : splits_) {
      plan const candidate = complete(row(split, times, batch, load), batch, channel);
      if (!(candidate.latency.total() < least)) continue;
      winner = candidate;
      least = candidate.latency.total();
    }
    if (least == never)
      throw error{
          errc::no_plan,
          "no allowed split runs without a channel; allow the largest one (no offloading), or wait for the channel"};
    return winner;
  }
  constexpr plan best(state const& now, link_parameters const& parameters = {}) const {
    return best(now.batch, fixed_rate{now.rate, parameters}, now.load);
  }

  /// The best split at every rate: exact switching rates. Throws `bad_quantity` for a link that
  /// means nothing.
  constexpr dsc::policy policy(batch_size batch, link_parameters const& parameters = {},
                               server_load const& load = {}) const {
    parameters.check();
    return dsc::policy{lines_of(by_payload_, batch, parameters.latency, return_time_of(parameters, batch), load)};
  }

  /// The same for the link that a channel is a moment of, whatever its rate.
  template <AffineChannel C>
  constexpr dsc::policy policy(batch_size batch, C const& channel, server_load const& load = {}) const {
    return dsc::policy{lines_of(by_payload_, batch, seconds{channel.latency()}, return_time_of(channel, batch), load)};
  }

  /// The latencies of some splits as lines over `1 / rate`, in the order given; candidates or not.
  /// Throws `bad_split` outside 0..L.
  constexpr std::vector<latency_line> lines(std::span<split_point const> splits, batch_size batch,
                                            link_parameters const& parameters = {},
                                            server_load const& load = {}) const {
    parameters.check();
    return lines_of(splits, batch, parameters.latency, return_time_of(parameters, batch), load);
  }

 private:
  // Times of every head and tail at one batch size; one pass where times add up, else asked for one
  // by one.
  class site_times {
   public:
    constexpr site_times(sites<Device, Server> const& costs, std::size_t layers, batch_size batch)
        : costs_{&costs},
          layers_{layers},
          batch_{detail::require_not_empty(batch)},
          heads_(AdditiveCostModel<Device> ? layers + 1 : 0, seconds{}),
          tails_(AdditiveCostModel<Server> ? layers + 1 : 0, seconds{}) {
      if constexpr (AdditiveCostModel<Device>)
        for (std::size_t l = 0; l < layers; ++l) heads_[l + 1] = heads_[l] + seconds{costs.device.layer_time(l, batch)};
      if constexpr (AdditiveCostModel<Server>)
        for (std::size_t l = layers; l > 0; --l)
          tails_[l - 1] = tails_[l] + seconds{costs.server.layer_time(l - 1, batch)};
    }
    constexpr seconds head(split_point split) const {
      if constexpr (AdditiveCostModel<Device>)
        return heads_[split.layers];
      else
        return seconds{costs_->device.time(head_of(split), batch_)};
    }
    constexpr seconds tail(split_point split) const {
      if constexpr (AdditiveCostModel<Server>)
        return tails_[split.layers];
      else if constexpr (TailCostModel<Server>)
        return seconds{costs_->server.tail_time(split, batch_)};
      else
        return seconds{costs_->server.time(tail_of(split, layers_), batch_)};
    }

   private:
    sites<Device, Server> const* costs_;
    std::size_t layers_;
    batch_size batch_;
    std::vector<seconds> heads_;
    std::vector<seconds> tails_;
  };

  template <Model M, CostModel C>
  constexpr void check_network(M const& model, C const& cost, char const* site) const {
    if constexpr (LayerCountingCost<C>)
      if (cost.layer_count() != layers())
        throw error{errc::bad_model, "the costs of the " + std::string{site} + " are those of a model of " +
                                         std::to_string(cost.layer_count()) + " layers, but the model has " +
                                         std::to_string(layers()) + "; give the costs of the same model"};
    if constexpr (DescribingCost<C, M>)
      if (!cost.describes(model))
        throw error{errc::bad_model,
                    "the costs of the " + std::string{site} +
                        " were taken of a network whose layers have other names or sizes; give those of this model"};
  }

  constexpr std::vector<latency_line> lines_of(std::span<split_point const> splits, batch_size batch, seconds latency,
                                               seconds answer, server_load const& load) const {
    site_times const times{costs_, layers(), batch};
    std::vector<latency_line> drawn;
    drawn.reserve(splits.size());
    for (split_point const split : splits) {
      check_split(split, layers());
      split_costs const cost = row(split, times, batch, load);
      seconds const way = split.layers == layers() ? seconds{} : answer + latency;
      drawn.push_back({{split}, cost.head + cost.tail + cost.queue + way, cost.payload});
    }
    return drawn;
  }

  // How long the answer of a batch is under way, where the channel knows.
  template <class C>
  constexpr seconds return_time_of(C const& channel, batch_size batch) const {
    if constexpr (requires { channel.return_time(bytes{}); })
      return channel.return_time(of_batch(batch, sizes_.back()));
    else
      return seconds{};
  }

  constexpr bytes carried(split_point split) const { return split.layers == layers() ? bytes{} : sizes_[split.layers]; }

  static constexpr bytes of_batch(batch_size batch, bytes per_sample) {
    // Two numbers of 32 bits need no division, which takes as long as the rest of a candidate.
    bool const is_large = ((detail::require_not_empty(batch).count | per_sample.count) >> 32U) != 0;
    if (is_large && per_sample.count > std::numeric_limits<std::uint64_t>::max() / batch.count)
      refuse_size(batch, per_sample);
    return batch * per_sample;
  }

  // Apart from `of_batch`, which is short enough then to be inlined for every candidate.
  [[noreturn]] static void refuse_size(batch_size batch, bytes per_sample) {
    throw error{errc::bad_quantity, "a batch of " + std::to_string(batch.count) + " samples of " +
                                        std::to_string(per_sample.count) +
                                        " bytes each does not fit 64 bits; plan for a smaller batch"};
  }

  constexpr split_costs row(split_point split, site_times const& times, batch_size batch,
                            server_load const& load) const {
    load.check();
    bool const local = split.layers == layers();
    return {{split},
            of_batch(batch, carried(split)),
            times.head(split),
            local ? seconds{} : load.queueing_delay,
            local ? seconds{} : load.slowdown * times.tail(split)};
  }

  template <Channel C>
  constexpr plan complete(split_costs const& cost, batch_size batch, C const& channel) const {
    bool const local = cost.split.layers == layers();
    return {{cost},
            {.head = cost.head,
             .transfer = local ? seconds{} : seconds{channel.transfer_time(cost.payload)},
             .queue = cost.queue,
             .tail = cost.tail,
             .return_time = local ? seconds{} : seconds{return_time_of(channel, batch)}}};
  }

  // The splits that no other one beats, ascending. Another one beats a split where it carries no
  // more and takes less time, or the same time and is the smaller one: never slower, whatever the
  // rate. No offloading is compared by its time alone, as it needs no link. One walk from the
  // smallest payload up, with the best of all that carry no more.
  constexpr std::vector<split_point> undominated_by(std::vector<seconds> const& times) const {
    auto const beats = [&](split_point a, split_point b) {
      seconds const first = times[a.layers], second = times[b.layers];
      return a < b ? first <= second : first < second;
    };
    std::vector<split_point> kept;
    split_point best = by_payload_.back();
    for (std::size_t end = by_payload_.size(), begin = end; end > 0; end = begin) {
      while (begin > 0 && carried(by_payload_[begin - 1]) == carried(by_payload_[end - 1])) {
        split_point const split = by_payload_[--begin];
        if (!(times[best.layers] <= seconds{never}) || beats(split, best)) best = split;
      }
      for (std::size_t i = begin; i < end; ++i)
        if (by_payload_[i] == best || !beats(best, by_payload_[i])) kept.push_back(by_payload_[i]);
    }
    detail::stable_sort(kept, [](split_point a, split_point b) { return a < b; });
    return kept;
  }

  sites<Device, Server> costs_;
  split_filter filter_;
  std::vector<split_point> splits_;
  std::vector<split_point> by_payload_;
  std::vector<bytes> sizes_;
};

}  // namespace dsc
