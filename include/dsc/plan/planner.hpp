#pragma once

#include <span>
#include <utility>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/cost/sites.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/plan/plan.hpp>
#include <dsc/plan/policy.hpp>

namespace dsc {

/// What one split costs for one batch size and load: everything that a plan needs but the channel.
struct split_costs {
  split_point split;
  bytes payload;  ///< what the channel carries: `B |h_l|`, nothing at `l = L`
  seconds head{};
  seconds queue{};
  seconds tail{};
};

/// Makes plans and policies: `argmin_l T(l; B, r)` over the candidates, ties to the smallest `l`.
/// Batch sizes of 0 throw `bad_batch`, loads that mean nothing `bad_quantity`, and cost models what
/// they throw themselves.
template <CostModel Device, CostModel Server>
class planner {
 public:
  /// Keeps the model's sizes, not the model. Throws `bad_model` for a model without layers or with
  /// nothing to send at a split before the last, `bad_split` where the candidates' limits leave no
  /// split.
  template <Model M, LayerSelection<M> S = every_layer>
  constexpr planner(M const& model, sites<Device, Server> costs, candidates<S> const& wanted = {})
      : costs_{std::move(costs)}, filter_{wanted.filter}, splits_{candidate_splits(model, wanted)} {
    if (layer_count(model) == 0) throw error{errc::bad_model, "a model without layers cannot be split"};
    for (std::size_t l = 0; l <= layer_count(model); ++l) sizes_.push_back(representation_bytes(model, split_point{l}));
    for (std::size_t l = 0; l < layers(); ++l)
      if (sizes_[l] == bytes{})
        throw error{errc::bad_model,
                    "a model whose input, or the output of a layer before the last, has 0 bytes cannot be split"};
    check_layers(costs_.device, "device");
    check_layers(costs_.server, "server");
    for (split_point const split : splits_) {
      auto place = by_payload_.begin();
      while (place != by_payload_.end() && carried(*place) >= carried(split)) ++place;
      by_payload_.insert(place, split);
    }
  }

  /// `L`.
  constexpr std::size_t layers() const { return sizes_.size() - 1; }

  /// The split points that may be chosen, ascending, whatever the state.
  constexpr std::span<split_point const> splits() const { return splits_; }

  /// The split points that are weighed in this state, ascending; those of `undominated` depend on
  /// the batch and the load.
  constexpr std::vector<split_point> splits(batch_size batch, server_load const& load = {}) const {
    if (filter_ != undominated) return splits_;
    std::vector<split_costs> const rows = costs(batch, load);
    std::vector<split_point> kept;
    for (split_costs const& mine : rows) {
      bool beaten = false;
      for (split_costs const& other : rows) beaten = beaten || dominates(other, mine);
      if (!beaten) kept.push_back(mine.split);
    }
    return kept;
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
        : costs_{&costs}, layers_{layers}, batch_{detail::require_not_empty(batch)} {
      if constexpr (AdditiveCostModel<Device>) {
        heads_.assign(layers + 1, seconds{});
        for (std::size_t l = 0; l < layers; ++l) heads_[l + 1] = heads_[l] + seconds{costs.device.layer_time(l, batch)};
      }
      if constexpr (AdditiveCostModel<Server>) {
        tails_.assign(layers + 1, seconds{});
        for (std::size_t l = layers; l > 0; --l)
          tails_[l - 1] = tails_[l] + seconds{costs.server.layer_time(l - 1, batch)};
      }
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

  template <CostModel C>
  constexpr void check_layers(C const& cost, char const* site) const {
    if constexpr (LayerCountingCost<C>)
      if (cost.layer_count() != layers())
        throw error{errc::bad_model, "the costs of the " + std::string{site} + " are those of a model of " +
                                         std::to_string(cost.layer_count()) + " layers, but the model has " +
                                         std::to_string(layers()) + "; give the costs of the same model"};
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
      drawn.push_back({split, cost.head + cost.tail + cost.queue + way, cost.payload});
    }
    return drawn;
  }

  // How long the answer of a batch is under way, where the channel knows.
  template <class C>
  constexpr seconds return_time_of(C const& channel, batch_size batch) const {
    if constexpr (requires { channel.return_time(bytes{}); })
      return channel.return_time(batch * sizes_.back());
    else
      return seconds{};
  }

  constexpr bytes carried(split_point split) const { return split.layers == layers() ? bytes{} : sizes_[split.layers]; }

  constexpr split_costs row(split_point split, site_times const& times, batch_size batch,
                            server_load const& load) const {
    load.check();
    bool const local = split.layers == layers();
    return {split, batch * carried(split), times.head(split), local ? seconds{} : load.queueing_delay,
            local ? seconds{} : load.slowdown * times.tail(split)};
  }

  template <Channel C>
  constexpr plan complete(split_costs const& cost, batch_size batch, C const& channel) const {
    latency_breakdown latency{.head = cost.head, .queue = cost.queue, .tail = cost.tail};
    if (cost.split.layers != layers()) {
      latency.transfer = channel.transfer_time(cost.payload);
      latency.return_time = return_time_of(channel, batch);
    }
    return {cost.split, latency};
  }

  // Never slower than `mine`, whatever the rate, and the one to take where they tie. No offloading
  // is compared by its time alone: it needs no link.
  static constexpr bool dominates(split_costs const& other, split_costs const& mine) {
    seconds const theirs = other.head + other.tail + other.queue, ours = mine.head + mine.tail + mine.queue;
    return other.payload <= mine.payload && (other.split < mine.split ? theirs <= ours : theirs < ours);
  }

  sites<Device, Server> costs_;
  split_filter filter_;
  std::vector<split_point> splits_;
  std::vector<split_point> by_payload_;
  std::vector<bytes> sizes_;
};

}  // namespace dsc
