"use strict";
// T(l; B, r) as dsc's planner computes it, for any state: no drawing, no document.
//
// A deployment is { sizes, layers, device, server, link }: `sizes[l]` the bytes of one sample at split l, `layers` L, a site
// { batches, seconds } with one row of L + 1 times per measured batch size (heads at the device, tails at the server), and `link`
// { latency, return_latency, return_rate } with null for a way back without limit. A load is { slowdown, queueing_delay }.

// A site's times at any batch size: linear between the two nearest measured ones, in proportion where there is one only, never below 0.
function timesAt(site, batch) {
  const {batches, seconds} = site;
  const exact = batches.indexOf(batch);
  if (exact >= 0) return seconds[exact];
  const behind = batches.findIndex((measured) => measured > batch);
  const high = behind < 0 ? batches.length - 1 : behind === 0 ? Math.min(1, batches.length - 1) : behind;
  const alone = batches.length === 1;
  const low = alone ? 0 : batches[high - 1];
  const weight = (batch - low) / (batches[high] - low);
  return seconds[high].map((above, l) => {
    const below = alone ? 0 : seconds[high - 1][l];
    return Math.max(0, below + weight * (above - below));
  });
}

// What every split costs for one batch size and load: everything but the transfer, which needs a rate.
function costsOf(deployment, batch, load) {
  const {sizes, layers, link} = deployment;
  const heads = timesAt(deployment.device, batch), tails = timesAt(deployment.server, batch);
  const return_time = link.return_latency + (link.return_rate === null ? 0 : (batch * sizes[layers]) / link.return_rate);
  return sizes.map((bytes, split) => {
    const local = split === layers;
    const cost = {
      split,
      local,
      payload: local ? 0 : batch * bytes,
      latency: local ? 0 : link.latency,
      head: heads[split],
      queue: local ? 0 : load.queueing_delay,
      tail: local ? 0 : load.slowdown * tails[split],
      return_time: local ? 0 : return_time,
    };
    cost.fixed = cost.head + cost.tail + cost.queue + (cost.return_time + cost.latency);
    return cost;
  });
}

// The latency of one split at a rate in bytes per second, with its parts.
function latencyOf(cost, rate) {
  const transfer = cost.local ? 0 : cost.latency + cost.payload / rate;
  const {split, head, queue, tail, return_time} = cost;
  return {split, head, transfer, queue, tail, return_time, total: head + tail + queue + return_time + transfer};
}

// The best of some splits (ascending) at a rate; ties go to the smallest.
function bestOf(costs, splits, rate) {
  let best = null;
  for (const split of splits) {
    const one = latencyOf(costs[split], rate);
    if (best === null || one.total < best.total) best = one;
  }
  return best;
}

// Those of some splits that no other one beats in both time and bytes.
function undominated(costs, splits) {
  const time = (split) => costs[split].head + costs[split].tail + costs[split].queue;
  const faster = (a, b) => time(a) - time(b) || a - b;  // of two that take as long, the smaller one wins
  const kept = new Set();
  let fastest = null;  // of those with no more bytes
  for (const split of [...splits].sort((a, b) => costs[a].payload - costs[b].payload || faster(a, b))) {
    if (fastest !== null && faster(fastest, split) < 0) continue;
    fastest = split;
    kept.add(split);
  }
  return splits.filter((split) => kept.has(split));
}

// The best split at every rate: pieces { from, to, split } from rate 0 on without gaps, the last `to` infinite. The lower envelope of the
// lines fixed + payload · (1 / rate), built from high rates to low ones.
function policyOf(costs, splits) {
  const hull = [];
  for (const line of splits.map((split) => costs[split]).sort((a, b) => b.payload - a.payload || a.split - b.split)) {
    let below = Infinity, beaten = false;
    while (hull.length > 0) {
      const last = hull[hull.length - 1];
      beaten = last.line.payload === line.payload && last.line.fixed <= line.fixed;
      if (beaten) {
        if (last.line.fixed === line.fixed && line.split < last.line.split) last.line = line;
        break;
      }
      below = Infinity;
      if (line.fixed > last.line.fixed) {
        below = (last.line.payload - line.payload) / (line.fixed - last.line.fixed);
        if (below < last.below) break;
      }
      hull.pop();
    }
    if (!beaten) hull.push({line, below});
  }
  let from = 0;
  return hull.reverse().map(({line, below}) => {
    const piece = {from, to: below, split: line.split};
    from = below;
    return piece;
  });
}

// Dynamic split computing over all states of a map, against every static split.
function gainsOf(deployment, map, load, splits) {
  const states = map.batches.length * map.rates.length;
  const strategies = deployment.sizes.map((_, split) => ({split, mean: 0, gain: 0, share: 0}));
  let mean = 0;
  for (const batch of map.batches) {
    const costs = costsOf(deployment, batch, load);
    const timeAt = (split, rate) => costs[split].fixed + costs[split].payload / rate;
    for (const rate of map.rates) {
      let chosen = splits[0], least = timeAt(chosen, rate);
      for (const split of splits) {
        const time = timeAt(split, rate);
        if (time < least) [chosen, least] = [split, time];
      }
      mean += least / states;
      strategies[chosen].share += 1 / states;
      for (const one of strategies) {
        const time = timeAt(one.split, rate);
        one.mean += time / states;
        if (time > 0) one.gain += (100 * (1 - least / time)) / states;
      }
    }
  }
  const best = splits.reduce((a, b) => (strategies[b].mean < strategies[a].mean ? b : a));
  return {states, mean, best, strategies};
}
