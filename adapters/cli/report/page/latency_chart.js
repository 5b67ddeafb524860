"use strict";
// Latency of every candidate against the data rate; the best ones in bold, with the rates at which they change.
function latencyChart({curves, pieces, rates, now, colourOf}, width, theme) {
  const margin = {left: 62, right: 22, top: 0, bottom: 44}, inner = plotWidth(width, margin), height = width < 560 ? 240 : 300;
  const place = (rate) => (inner * Math.log(rate / rates[0])) / Math.log(rates[1] / rates[0]);
  const shown = pieces.map((piece) => ({...piece, from: Math.max(piece.from, rates[0]), to: Math.min(piece.to, rates[1])}))
                  .filter((piece) => piece.from < piece.to);
  const switches = shown.slice(1).map((piece) => ({x: place(piece.from), text: rateText(piece.from)}));
  const flags = staggered(switches, inner), strip = 20, lift = strip + 10;
  margin.top = lift + 8 + 16 * Math.max(1, flags.rows);
  const bands = shown.map((piece) => {
    const colour = colourOf(piece.split, theme), room = place(piece.to) - place(piece.from);
    const text = [`l = ${piece.split}`, String(piece.split), ""].find((words) => textWidth(words) < room - 4);
    return {x: place(piece.from), x2: place(piece.to), colour, text, ink: inkOn(colour), tip: piece.tip};
  });
  const points = (split, from, to, timeAt, more) =>
    Array.from({length: 41}, (_, i) => from * (to / from) ** (i / 40)).map((rate) => ({split, rate, time: timeAt(rate), ...more}));
  const thin = curves.flatMap((one) => points(one.split, rates[0], rates[1], one.timeAt,
                                {colour: one.best ? colourOf(one.split, theme) : theme.plain, wide: one.best ? 1.6 : 1}));
  const bold = shown.flatMap((piece, i) => points(piece.split, piece.from, piece.to, piece.timeAt, {piece: i, colour: colourOf(piece.split, theme)}));
  const best = bold.map((point) => point.time), most = Math.max(...best, 1e-9);
  const domain =
    [Math.max(Math.min(...best), most * 1e-6) * 0.8, Math.max(most * 1.3, Math.min(most * 8, Math.max(...thin.map((point) => point.time))))];
  const line = {x: field("rate", "x"), y: field("time", "y"), stroke: field("colour"), strokeCap: "round"};
  return sheet(width, height, margin, "Latency of every candidate split against the data rate, both on logarithmic scales; the best ones in bold", {
    data: [
      {name: "thin", values: thin}, {name: "bold", values: bold}, {name: "bands", values: bands}, {name: "flags", values: flags.labels}, {
        name: "now",
        values: [{...now, x: place(now.rate), tip: `${rateText(now.rate)}: ${timeText(now.time)}`}].filter(
          (one) => one.rate >= rates[0] && one.rate <= rates[1])
      }
    ],
    scales: [{name: "x", type: "log", domain: rates, range: "width"}, {name: "y", type: "log", domain, range: "height", clamp: false}],
    axes: [
      axis("bottom", "x", rateLabel, {...acrossTicks(rates, inner), grid: true, title: "data rate", titlePadding: 6}),
      axis("left", "y", timeLabel, {...upTicks(domain, height), grid: true})
    ],
    marks: [
      clipped([linesBy("split", "thin", {...line, strokeWidth: field("wide"), strokeOpacity: 0.85})]),
      clipped([linesBy("piece", "bold", {...line, stroke: theme.paper, strokeWidth: 8}), linesBy("piece", "bold", {...line, strokeWidth: 5})]),
      mark("rule", "flags",
        {x: field("x"), y: {signal: `-${lift} - 4 - 16 * datum.row`}, y2: {signal: "height"}, stroke: theme.muted, strokeDash: {value: [2, 3]}}),
      mark("rect", "bands",
        {x: field("x"), x2: field("x2"), y: -lift, y2: -lift + strip, fill: field("colour"), stroke: theme.paper, tooltip: field("tip")}),
      mark("text", "bands", {
        x: {signal: "(datum.x + datum.x2) / 2"},
        y: -lift + strip / 2,
        align: "center",
        baseline: "middle",
        text: field("text"),
        fill: field("ink")
      }),
      ...outlined("flags", {x: field("middle"), y: {signal: `-${lift} - 7 - 16 * datum.row`}, align: "center", text: field("text")}, theme),
      mark("rule", "now", {x: field("x"), y: -lift + strip, y2: {signal: "height"}, stroke: theme.accent, strokeWidth: 2}),
      mark("symbol", "now",
        {x: field("x"), y: field("time", "y"), size: 110, fill: theme.accent, stroke: theme.paper, strokeWidth: 2, tooltip: field("tip")}),
    ],
  });
}
