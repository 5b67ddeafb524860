"use strict";
// What several sections show: the state of the page and what follows from it, in numbers and in words.

const deployment = data.sites && {
  sizes: [data.network.input_bytes, ...data.network.layers.map((layer) => layer.bytes)],
  layers,
  device: data.sites.device,
  server: data.sites.server,
  link: data.sites.planned.link,
};
const modeNames = {
  undominated: "all undominated splits",
  compressive: "compressive bottlenecks (the paper's)",
  natural: "natural bottlenecks"
};

// The state of the page: what the controls say, and what follows from it.
let state = null, now = null;

function follow() {
  const splits = data.sites.candidates.modes[state.mode], costs = costsOf(deployment, state.batch, state.load);
  return {
    splits,
    costs,
    pieces: policyOf(costs, splits),
    best: bestOf(costs, splits, state.rate),
    gains: gainsOf(deployment, data.sites.map, state.load, splits)
  };
}

function splitsThatMatter() {
  const found = new Set(layers === null ? [] : [0, layers]);
  if (data.sites)
    for (const splits of Object.values(data.sites.candidates.modes))
      for (const batch of data.sites.map.batches)
        for (const piece of policyOf(costsOf(deployment, batch, data.sites.planned.load), splits)) found.add(piece.split);
  if (data.plan)
    for (const {pieces} of data.plan.told.policy)
      for (const piece of pieces) found.add(piece.split);
  for (const run of data.runs)
    for (const one of run.requests) found.add(one.split);
  return [...found].sort((a, b) => a - b);
}
const colourOf = splitColours(splitsThatMatter());

function sentenceOf(pieces) { return pieces.map((piece) => `${ratesText(piece)} ${describe(piece.split)}`).join("; ") + "."; }
const loadText = (load) => {
  const slow = load.slowdown === 1 ? "" : `a server that takes ${digits(load.slowdown)} times as long`;
  const queue = load.queueing_delay === 0 ? "" : `a queueing delay of ${timeText(load.queueing_delay)}`;
  return slow || queue ? [slow, queue].filter(Boolean).join(" and ") : "an idle server";
};
const linkText = (link) => {
  const there = link.latency === 0 ? "no latency" : `${timeText(link.latency)} latency`;
  const back = link.return_latency === 0 && link.return_rate === null ?
    "the answer comes back at once" :
    `the answer takes ${timeText(link.return_latency)}${link.return_rate === null ? "" : ` and its bytes at ${rateText(link.return_rate)}`}`;
  return `${there}; ${back}`;
};

// The strategies worth a row: both ends, what is ever taken, the best static one and the compressive bottlenecks, as far as they are allowed.
function gainRows({strategies, best, allowed}) {
  const compressive = new Set(data.network ? data.network.compressive : []), among = allowed && new Set(allowed);
  const shown = strategies.filter((one) => (!among || among.has(one.split)) &&
      (one.split === 0 || one.split === layers || one.share > 0 || one.split === best || compressive.has(one.split)));
  const many = 14, between = shown.filter((one) => one.split !== 0 && one.split !== layers && one.split !== best);
  const least = new Set(between.sort((a, b) => b.share - a.share || a.mean - b.mean).slice(many - 3));
  const kept = shown.length <= many ? shown : shown.filter((one) => !least.has(one));
  return kept.map((one) => ({
    ...one,
    emphasis: one.split === best,
    name: strategyName(one.split),
    short: shortName(one.split),
    tip: `${strategyName(one.split)}: mean ${timeText(one.mean)}, dynamic takes ${percentText(one.gain)} less, chosen in ${
      percentText(100 * one.share)} of the states`,
  }));
}

const gainColumns = [
  {title: "strategy", text: true}, {title: "cut after", text: true}, {title: "mean latency"}, {title: "dynamic takes less by"}, {title: "taken in"}
];
const gainCells = (rows) => rows.map((row) => [row.name.replace(/, after .*/, "") + (row.emphasis ? ", best static" : ""), nameAfter(row.split), timeText(row.mean), percentText(row.gain),
                                       percentText(100 * row.share)]);

function breakdownRows() {
  const {costs, splits, best} = now;
  const at = (split) => latencyOf(costs[split], state.rate);
  const others =
    splits.filter((split) => split !== best.split && split !== 0 && split !== layers).map(at).sort((a, b) => a.total - b.total).slice(0, 2);
  const ends = [layers, 0].filter((split) => split !== best.split && splits.includes(split)).map(at);
  return [best, ...ends, ...others].map((one, i) => ({
    ...one,
    emphasis: i === 0,
    name: (i === 0 ? "best: " : "") + strategyName(one.split),
    short: (i === 0 ? "best: " : "") + shortName(one.split),
  }));
}

function rateRange() {
  const {rates, batches} = data.sites.map, ends = [smallest(rates), largest(rates)];
  for (const splits of Object.values(data.sites.candidates.modes))
    for (const batch of batches)
      for (const {from} of policyOf(costsOf(deployment, batch, data.sites.planned.load), splits))
        if (from > 0 && from < 1e3 * largest(rates)) ends.push(from / 3, from * 3);  // beyond, rounding alone tells two equal sites apart
  const range = [Math.max(smallest(ends), largest(ends) / 1e7), largest(ends)];
  return range[0] === range[1] ? [range[0] / 2, range[1] * 2] : range;
}
