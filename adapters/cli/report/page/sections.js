"use strict";
// The parts of the page that stay as they are: facts, warnings, the network, the plan, runs, where times come from, what is missing.

const noteOf = (site, key) => (site.environment.find(([name]) => name === key) ?? [])[1];

// What a profile says of its machine; one that was made slower for it is none of its own.
function machineOf(site, other) {
  const name = noteOf(site, "device"), factor = Number(noteOf(site, "slowdown") ?? 1);
  if (!(factor > 0) || factor === 1) return name ?? "site";
  const words = factor > 1 ? `${digits(factor)} times slower` : `${digits(1 / factor)} times faster`;
  return name !== undefined && name === noteOf(other, "device") ?
    `emulated: the same machine as the ${other === data.sites.server ? "server" : "device"}, ${words} (${name})` :
    `emulated: ${name ?? "the machine that was measured"}, made ${words}`;
}

function tellFacts() {
  const facts = [[
    "model",
    `${data.model}${layers === null ? "" : `, L = ${layers} layers`}${
      data.network ? `, input of ${bytesText(data.network.input_bytes)} per sample` : ""}`
  ]];
  if (data.sites) {
    const {device, server, device_slowdown: factor, slowdown_is_usual: usual} = data.sites;
    const described = (site, other) => `${machineOf(site, other)}; ${site.file}, batch sizes ${site.batches.join(", ")}`;
    facts.push([
      "device",
      factor === null ? described(device, server) :
                        `modelled: the server's times \u00d7 ${factor}${
                          usual ? ", the factor taken where --device-slowdown gives none" : ", as --device-slowdown says"}`
    ]);
    facts.push(["server", described(server, device)]);
    facts.push(["link", linkText(data.sites.planned.link)]);
    facts.push([
      "splits allowed",
      `${data.sites.candidates.modes.undominated.length} of ${layers + 1}${data.granularity === "blocks" ? ", after blocks only" : ""}`
    ]);
  }
  if (data.plan) facts.push(["plan", data.plan.file]);
  if (data.runs.length) facts.push([data.runs.length === 1 ? "run" : "runs", data.runs.map((run) => run.file).join(", ")]);
  fill("facts", ...facts.flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
}

function tellWarnings(warnings) {
  if (warnings.length === 0) return;
  const list = element("ul");
  list.append(...warnings.map(
    (warning) => element("li", warning.replace(/^./, (c) => c.toUpperCase()) + (warning.endsWith(".") || warning.endsWith("?") ? "" : "."))));
  fill("warnings", list);
  show("warnings");
}

// Whether this page computes what dsc's planner did.
function disagreements() {
  const {planned, map, candidates} = data.sites, near = (a, b) => a === b || Math.abs(a - b) <= 1e-9 * Math.abs(b);
  const splits = candidates.modes[candidates.mode];
  const policies = planned.policy.every(({batch, pieces}) => {
    const mine = policyOf(costsOf(deployment, batch, planned.load), splits);
    return mine.length === pieces.length && mine.every((piece, i) => piece.split === pieces[i].split && near(piece.from, pieces[i].from_rate));
  });
  const gains = gainsOf(deployment, map, planned.load, splits);
  const same = gains.best === planned.gains.best_static && near(gains.mean, planned.gains.mean_seconds) &&
    gains.strategies.every(
      (one, l) => near(one.mean, planned.gains.strategies[l].mean_seconds) && Math.abs(one.gain - planned.gains.strategies[l].gain_percent) < 1e-6);
  document.body.dataset.agrees = String(policies && same);
  return policies && same ? [] : ["what this page computes differs from what dsc planned: trust the table of switching rates, not the charts"];
}

function showNetwork() {
  const {network} = data;
  show("network-section");
  const named = [...new Set(network.layers.map((layer) => layer.group))].filter(Boolean);
  byId("network-caption").textContent =
    `Bytes of each layer's output for one sample, on a logarithmic scale, with the input as the dashed line; a split after a layer sends that many. ` +
    `${network.natural.length} natural bottlenecks, ${network.compressive.length} of them compressive, among ${
      data.granularity === "blocks" ? `the ${network.layers.filter((layer) => layer.judged).length} blocks` :
                                      `all ${network.layers.length} layers`}. ` +
    (named.length ? "Below the bars: the stem, the stages of blocks by number, the head, and l. " : "") +
    `Names and sizes are those of ${network.source}.`;
  charts.set("network-chart",
    (width, theme) => networkChart(
      {layers: network.layers, inputBytes: network.input_bytes, natural: network.natural, compressive: network.compressive, colourOf}, width, theme));
}

function showSites() {
  for (const id of ["answer-section", "state-section", "latency-section", "map-section", "gains-section", "breakdown-section", "sites-section"])
    show(id);
  const rates = rateRange();
  addControls(rates);
  defineLiveCharts(rates);
  fillTable("policy-table", [{title: "batch"}, {title: "data rate", text: true}, {title: "best split", text: true}],
    data.sites.planned.policy.flatMap(
      ({batch, pieces}) => pieces.map(
        (piece, i) => [i === 0 ? String(batch) : "", ratesText({from: piece.from_rate, to: piece.to_rate ?? Infinity}), describe(piece.split)])),
    "Switching rates");
  const {device, server, device_slowdown: factor} = data.sites;
  const keys = [...new Set([...device.environment, ...server.environment].map(([key]) => key))];
  const modelled = (site, key) => (site === device && factor !== null ? "" : noteOf(site, key) ?? "");
  fillTable("sites-table", [{title: "", text: true}, {title: "device", text: true}, {title: "server", text: true}],
    [
      ["file", factor === null ? device.file : `none: modelled from the server's, \u00d7 ${factor}`, server.file],
      ["batch sizes", device.batches.join(", "), server.batches.join(", ")],
      ["tails", "", server.measured_tails ? "measured from each split to the end" : "differences of prefix times"],
      [
        "other batch sizes",
        ...Array(2).fill(data.sites.extrapolate ? "interpolated and extrapolated linearly" : "interpolated linearly, none outside")
      ],
      ...keys.map((key) => [key, modelled(device, key), modelled(server, key)]),
    ],
    "How the times were taken");
}

const planRows = () =>
  data.plan.told.policy
    .map(({batch, pieces}) => ({
      batch,
      pieces: pieces.map((piece) => ({from: piece.from_rate, to: piece.to_rate ?? Infinity, split: piece.split, words: describe(piece.split)})),
    }))
    .sort((a, b) => a.batch - b.batch);

function planRates() {
  const found = data.plan.told.policy.flatMap(({pieces}) => pieces.slice(1).map((piece) => piece.from_rate));
  const asked = data.plan.told.states.map((one) => one.rate).filter((rate) => rate > 0);
  const all = [...found.map((rate) => rate / 3), ...found.map((rate) => rate * 3), ...asked];
  if (all.length === 0) return [1e6, 1.27e8];
  return [smallest(all), Math.max(largest(all), smallest(all) * 4)];
}

function showPlan() {
  const {told, file} = data.plan, most = 12;
  show("plan-section");
  byId("plan-facts").textContent = `${file} holds for ${loadText(told.load)} and this link: ${linkText(told.link)}.`;
  fill("plan-policies", ...planRows().slice(0, most).map(({batch, pieces}) => element("li", `Batch ${batch}: ${sentenceOf(pieces)}`)));
  charts.set("plan-map-chart", (width, theme) => mapChart({rows: planRows(), rates: planRates(), now: {rate: 0}, colourOf}, width, theme));
  byId("plan-gains").hidden = byId("plan-gains-table").hidden = !told.gains;
  byId("plan-states").hidden = told.states.length === 0;
  if (told.gains) {
    const rows = gainRows({
      strategies: told.gains.strategies.map((one) => ({split: one.split, mean: one.mean_seconds, gain: one.gain_percent, share: one.share})),
      best: told.gains.best_static
    });
    byId("plan-gains-caption").textContent = `By how much dynamic splitting is faster than a split that never changes, averaged over the plan's ${
      wholeText(told.gains.states)} states; on average it takes ${timeText(told.gains.mean_seconds)}.`;
    fillTable("plan-gains-table", gainColumns, gainCells(rows), "Gains of dynamic splitting in the plan");
    charts.set("plan-gains-chart", (width, theme) => gainsChart({rows, colourOf}, width, theme));
  }
  if (told.states.length) {
    const step = Math.max(1, Math.ceil(told.states.length / most)), some = told.states.filter((_, i) => i % step === 0);
    const rows = some.map((one) => ({
      ...one.breakdown,
      total: one.seconds,
      emphasis: false,
      name: `batch ${one.batch}, ${rateText(one.rate ?? Infinity)}: l = ${one.split}`,
      short: `${one.batch}, ${rateText(one.rate ?? Infinity)}`
    }));
    byId("plan-states-caption").textContent = `The best split's latency ${
      step > 1 ? `in every ${step}th of the plan's ${wholeText(told.states.length)} states` : "in each of the plan's states"}.`;
    charts.set("plan-states-chart", (width, theme) => breakdownChart({rows: [...rows].sort((a, b) => b.total - a.total)}, width, theme));
  }
}

function showRun(run, index) {
  const id = (part) => `run-${index}-${part}`, section = element("section", undefined, {"aria-labelledby": id("title"), class: "run"});
  const dynamic = run.strategies.findIndex((one) => one.name === "dynamic"), figure = element("figure");
  const panels = [["rate", (w, t) => runRateChart(run, w, t)]];
  if (dynamic >= 0) panels.push(["split", (w, t) => runSplitChart(run, dynamic, colourOf, w, t)]);
  const order = run.strategies.map((_, i) => i).sort((a, b) => (b === dynamic) - (a === dynamic)), domain = runLatencies(run);
  order.forEach(
    (strategy, i) => panels.push([`latency-${strategy}`, (w, t) => runLatencyChart(run, strategy, domain, i === order.length - 1, w, t)]));
  for (const [name, make] of panels) {
    figure.append(element("div", undefined, {class: "chart", id: id(name)}));
    charts.set(id(name), make);
  }
  const legend = element("ul", undefined, {class: "legend"});
  const sign = (className, part, text) => {
    const item = element("li");
    item.append(element("span", "", {class: `swatch ${className}`, ...(part ? {"data-part": part} : {})}), element("span", text));
    return item;
  };
  legend.append(...(dynamic >= 0 ? [sign("round", "accent", "observed with dynamic")] : []),
    sign("round", "head", dynamic >= 0 ? "observed with a fixed split" : "observed"), sign("hollow", "", "predicted"),
    ...(dynamic >= 0 ? [sign("line", "plain", "observed with dynamic, to compare")] : []),
    sign("cross", "queue", "finished on the device, as the answer did not come"));
  const requests = new Set(run.requests.map((one) => one.number)).size, fallbacks = run.strategies.reduce((sum, one) => sum + one.fallbacks, 0);
  figure.append(
    legend, element("figcaption", "Every strategy meets the same requests over the same channel. Latencies share one logarithmic scale."));
  const table = element("table", undefined, {id: id("table")}), wide = element("div", undefined, {class: "wide"});
  wide.append(table);
  section.append(element("h2", data.runs.length === 1 ? "A run" : `Run ${index + 1}`, {id: id("title")}),
    element("p",
      `${run.file}: ${requests} ${requests === 1 ? "request" : "requests"}, each with ${
        run.strategies.length === 1 ? "one strategy" : `${run.strategies.length} strategies`}, really run${
        run.device_slowdown === null ? "" :
                                       ` on an emulated device ${digits(run.device_slowdown)} times as slow as the server and over an emulated link`}, with ${
        loadText(run.load)}. ` +
        (run.prediction_error === null ? "" : `Predicted and observed latency differ by ${percentText(100 * run.prediction_error)} in the median. `) +
        (fallbacks ? `${fallbacks} ${fallbacks === 1 ? "answer" : "answers"} did not come in time and ${
                       fallbacks === 1 ? "was" : "were"} finished on the device.` :
                     "")),
    figure, wide);
  byId("runs").append(section);
  fillTable(id("table"),
    [
      {title: "strategy", text: true}, {title: "split"}, {title: "mean"}, {title: "median"}, {title: "dynamic takes less by"},
      {title: "prediction error"}, {title: "finished on the device"}, {title: "same answers", text: true}
    ],
    run.strategies.map(
      (one) => [one.name, one.split === null ? "" : String(one.split), timeText(one.mean), timeText(one.median),
        one.gain_percent === null || one.name === "dynamic" ? "" : percentText(one.gain_percent),
        one.prediction_error === null ? "" : percentText(100 * one.prediction_error), String(one.fallbacks), one.identical_answers ? "yes" : "no"]),
    "Strategies of the run");
}

function tellMissing() {
  const lines = [];
  if (!data.network)
    lines.push("The network's layers: they are known from a profile (dsc.profile/1, made by dsc profile), or for a model of the zoo.");
  if (!data.sites)
    lines.push("Latencies, the map, gains and breakdowns in any state, with controls: they need the server's profile, and better the device's too " +
      "(dsc.profile/1, made by dsc profile).");
  if (!data.plan && !data.sites) lines.push("Switching rates: they need profiles, or a plan (dsc.plan/1, made by dsc plan --json).");
  if (data.runs.length === 0)
    lines.push("What really happened over time, beside what was predicted: it needs a run (dsc.run/1, made by dsc run --json).");
  if (lines.length === 0) return;
  fill("missing", ...lines.map((line) => element("li", line)));
  show("missing-section");
}

function fillPartLegends() {
  for (const legend of document.querySelectorAll(".legend.parts"))
    legend.replaceChildren(...Object.entries(partNames).map(([part, name]) => {
      const item = element("li");
      item.append(element("span", "", {class: "swatch", "data-part": part}), element("span", name));
      return item;
    }));
}
