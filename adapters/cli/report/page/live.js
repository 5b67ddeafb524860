"use strict";
// The parts of the page that follow the controls.

const liveCharts = ["latency-chart", "map-chart", "gains-chart", "breakdown-chart"];

function tellChosen() {
  const {best} = now, parts = Object.keys(partNames);
  const chosen = byId("chosen-split"), latency = byId("chosen-latency"), breakdown = byId("chosen-breakdown");
  byId("chosen-state").textContent = `Best for ${samples(state.batch)} at ${rateText(state.rate)} and ${loadText(state.load)}`;
  chosen.textContent = describe(best.split);
  chosen.dataset.split = best.split;
  latency.textContent = timeText(best.total);
  latency.dataset.seconds = best.total;
  for (const part of parts) breakdown.dataset[part] = best[part];
  breakdown.textContent = parts.filter((part) => best[part] > 0).map((part) => `${partNames[part]} ${timeText(best[part])}`).join(" + ");
}

function tellPolicy() {
  const {pieces, gains, splits} = now;
  byId("policy").textContent = `For a batch of ${samples(state.batch)} and ${loadText(state.load)}: ${sentenceOf(pieces)}`;
  byId("policy").dataset.pieces = JSON.stringify(pieces.map(({from, to, split}) => ({from, to: Number.isFinite(to) ? to : null, split})));
  const ends = [[layers, "running locally"], [0, "full offloading"]].filter(([split]) => splits.includes(split));
  const against = ends.map(([split, name]) => [gains.strategies[split], name]);
  if (gains.best !== 0 && gains.best !== layers) against.push([gains.strategies[gains.best], `the best static split (l = ${gains.best})`]);
  const list = against.map(([one, name]) => (one.gain < 0.05 ? `about as much as ${name}` : `${percentText(one.gain)} less than ${name}`));
  byId("gains-sentence").textContent =
    `Over the ${wholeText(gains.states)} states of the map below dynamic splitting takes ${timeText(gains.mean)} on average` +
    (list.length ? `; state by state that is ${list.length > 1 ? `${list.slice(0, -1).join(", ")} and ${list[list.length - 1]}` : list[0]}.` : ".");
  byId("gains-sentence").dataset.mean = gains.mean;
  byId("gains-sentence").dataset.best = gains.best;
  byId("gains-sentence").dataset.gains = JSON.stringify(gains.strategies.map((one) => one.gain));
  const {batches, rates} = data.sites.map;
  byId("map-caption").textContent = `Rows are batch sizes, colours splits; the circle is the state above. With ${loadText(state.load)}.`;
  byId("gains-caption").textContent =
    `By how much dynamic splitting is faster than a split that never changes, averaged over ${wholeText(gains.states)} states: ` +
    `${batches.length === 1 ? `batch ${batches[0]}` : `${batches.length} batch sizes from ${batches[0]} to ${batches[batches.length - 1]}`}, ` +
    `${rates.length} rates from ${rateText(smallest(rates))} to ${rateText(largest(rates))}${
      data.sites.map.rates_chosen ? ", evenly spaced on a logarithmic scale around those at which the best split changes" : ""}, ${
      loadText(state.load)}.`;
  byId("breakdown-caption").textContent =
    `One batch of ${samples(state.batch)} at ${rateText(state.rate)} with ${loadText(state.load)}. An arrow marks a bar that is cut.`;
}

function update() {
  now = follow();
  tellChosen();
  tellPolicy();
  const rows = gainRows({strategies: now.gains.strategies, best: now.gains.best, allowed: now.splits});
  fillTable("gains-table", gainColumns, gainCells(rows), "Gains of dynamic splitting");
  fillLegends();
  redraw(liveCharts);
}

function fillLegends() {
  const theme = themeNow();
  if (now) {
    const best = new Set(now.pieces.map((piece) => piece.split)), others = element("li");
    others.append(element("span", "", {class: "swatch line"}), element("span", "other candidates"));
    fillLegend("latency-legend", best, theme, drawnSplits().length > best.size ? [others] : []);
    fillLegend("map-legend", mapSplits(mapRows(), data.sites.map.rates), theme);
  }
  if (data.plan) fillLegend("plan-map-legend", mapSplits(planRows(), planRates()), theme);
}

function mapRows() {
  return data.sites.map.batches.map((batch) => ({
    batch,
    pieces: policyOf(costsOf(deployment, batch, state.load), now.splits).map((piece) => ({...piece, words: describe(piece.split)})),
  }));
}
function mapSplits(rows, rates) {
  const low = smallest(rates), high = largest(rates);
  return new Set(rows.flatMap(({pieces}) => pieces.filter((piece) => piece.from < high && piece.to > low).map((piece) => piece.split)));
}

// Candidates with a curve of their own: of all splits only those that no other one beats.
function drawnSplits() { return state.mode === "undominated" ? undominated(now.costs, now.splits) : now.splits; }

function defineLiveCharts(rates) {
  charts.set("latency-chart", (width, theme) => {
    const onEnvelope = new Set(now.pieces.map((piece) => piece.split)), timeOf = (split) => (rate) => latencyOf(now.costs[split], rate).total;
    return latencyChart({
      curves: drawnSplits().map((split) => ({split, best: onEnvelope.has(split), timeAt: timeOf(split)})),
      pieces: now.pieces.map((piece) => ({...piece, timeAt: timeOf(piece.split), tip: `${ratesText(piece)}: ${describe(piece.split)}`})),
      rates,
      now: {rate: state.rate, time: now.best.total},
      colourOf,
    },
      width, theme);
  });
  charts.set("map-chart", (width, theme) => {
    const ends = [smallest(data.sites.map.rates), largest(data.sites.map.rates)];
    return mapChart({rows: mapRows(), rates: ends[0] === ends[1] ? [ends[0] / 2, ends[1] * 2] : ends, now: state, colourOf}, width, theme);
  });
  charts.set("gains-chart",
    (width, theme) =>
      gainsChart({rows: gainRows({strategies: now.gains.strategies, best: now.gains.best, allowed: now.splits}), colourOf}, width, theme));
  charts.set("breakdown-chart", (width, theme) => breakdownChart({rows: breakdownRows()}, width, theme));
}
