"use strict";
// A run over time, in panels that share the axis: the rate, the chosen split, and each strategy's latency, predicted and observed.

const runMargin = {
  left: 62,
  right: 22,
  top: 22,
  bottom: 10
};

function runPanel(width, height, theme, description, title, last, times, content) {
  const margin = {...runMargin, bottom: last ? 44 : 10};
  return sheet(width, height, margin, description, {
    ...content,
    data: [...content.data, {name: "title", values: [{title}]}],
    scales: [{name: "x", type: "linear", domain: times, range: "width"}, ...content.scales],
    axes: [
      axis("bottom", "x", null,
        {labels: last, ticks: last, grid: true, tickCount: width < 560 ? 4 : 8, title: last ? "time of the trace in s" : null, titlePadding: 6}),
      ...content.axes
    ],
    marks: [...content.marks, mark("text", "title", {x: 0, y: -8, text: field("title"), fontWeight: 600, limit: {signal: "width"}})],
  });
}

const timesOf = (run) => {
  const times = run.requests.map((one) => one.time), first = smallest(times), last = largest(times);
  const margin = 0.02 * Math.max(last - first, 1);
  return [first - margin, last + margin];
};

function runRateChart(run, width, theme) {
  const seen = new Map(run.requests.map((one) => [one.number, one]));
  const values = [...seen.values()].filter((one) => one.rate !== null).map((one) => ({...one, tip: `request ${one.number}, ${one.time.toFixed(2)} s: ${rateText(one.rate)}`}));
  const update = {x: field("time", "x"), y: field("rate", "y")};
  return runPanel(width, 90, theme, "Data rate at every request", "data rate when the split was chosen", false, timesOf(run), {
    data: [{name: "rates", values}],
    scales: [{name: "y", type: "linear", domain: [0, largest([1, ...values.map((one) => one.rate)])], nice: true, range: "height"}],
    axes: [axis("left", "y", rateLabel, {tickCount: 3, grid: true})],
    marks: [
      mark("line", "rates", {...update, stroke: theme.muted, strokeWidth: 1.5}),
      mark("symbol", "rates", {...update, size: 30, fill: theme.muted, tooltip: field("tip")})
    ],
  });
}

function runSplitChart(run, dynamic, colourOf, width, theme) {
  const values = run.requests.filter((one) => one.strategy === dynamic)
                   .map((one) => ({...one, colour: colourOf(one.split, theme), tip: `request ${one.number}: l = ${one.split}`}));
  const splits = [...new Set(values.map((one) => one.split))].sort((a, b) => a - b);
  const update = {x: field("time", "x"), y: field("split", "y")};
  return runPanel(width, 90, theme, "The split chosen for every request", `split l chosen by ${run.strategies[dynamic].name}`, false, timesOf(run), {
    data: [{name: "splits", values}],
    scales: [{name: "y", type: "point", domain: splits, range: "height", padding: 0.5}],
    axes: [axis("left", "y", "'l = ' + datum.value", {grid: true})],
    marks: [
      mark("line", "splits", {...update, stroke: theme.plain, interpolate: "step-after"}),
      mark("symbol", "splits", {...update, size: 60, fill: field("colour"), stroke: theme.ink, strokeWidth: 0.7, tooltip: field("tip")}),
    ],
  });
}

function runLatencyChart(run, strategy, domain, last, width, theme) {
  const one = run.strategies[strategy], dynamic = one.name === "dynamic";
  const mine = run.requests.filter((request) => request.strategy === strategy).map((request) => ({
    ...request,
    fell: request.fallback !== "",
    tip: `request ${request.number}, batch ${request.batch}, l = ${request.split}: predicted ${timeText(request.predicted)}, observed ${
      timeText(request.observed)}${request.fallback ? `; finished on the device: ${request.fallback}` : ""}`,
  }));
  const reference = dynamic ? [] : run.requests.filter((request) => run.strategies[request.strategy].name === "dynamic");
  const observed = {x: field("time", "x"), y: field("observed", "y")}, predicted = {x: field("time", "x"), y: field("predicted", "y")};
  const colour = dynamic ? theme.accent : theme.parts.head;
  return runPanel(width, dynamic ? 150 : 84, theme, `Predicted and observed latency of ${one.name}`,
    `${one.name}${one.split === null ? "" : ` (l = ${one.split})`}: mean ${timeText(one.mean)}`, last, timesOf(run), {
      data: [
        {name: "observed", values: mine}, {name: "predicted", values: mine.filter((request) => request.predicted !== null)},
        {name: "reference", values: reference}, {name: "fallbacks", values: mine.filter((request) => request.fell)}
      ],
      scales: [{name: "y", type: "log", domain, range: "height"}],
      axes: [axis("left", "y", timeLabel, {...upTicks(domain, dynamic ? 150 : 60), grid: true})],
      marks: [
        clipped([
          mark("line", "reference", {...observed, stroke: theme.plain, strokeWidth: 1.5}),
          mark("line", "predicted", {...predicted, stroke: theme.ink, strokeWidth: 1.2, strokeDash: {value: [3, 3]}}),
          mark("line", "observed", {...observed, stroke: colour, strokeWidth: dynamic ? 3 : 1.5})
        ]),
        mark("symbol", "observed", {...observed, size: dynamic ? 60 : 30, fill: colour, tooltip: field("tip")}),
        mark(
          "symbol", "predicted", {...predicted, size: dynamic ? 70 : 45, shape: "diamond", fill: "transparent", stroke: theme.ink, strokeWidth: 1.2}),
        mark("symbol", "fallbacks",
          {...observed, size: 190, shape: "cross", angle: 45, fill: theme.parts.queue, stroke: theme.ink, strokeWidth: 1, tooltip: field("tip")}),
      ],
    });
}

// What the panels of all strategies have in common: every latency of the run, with some air.
function runLatencies(run) {
  const all = run.requests.flatMap((one) => [one.observed, one.predicted]).filter((time) => time !== null && time > 0);
  return all.length ? [smallest(all) * 0.7, largest(all) * 1.4] : [1e-3, 1];
}
