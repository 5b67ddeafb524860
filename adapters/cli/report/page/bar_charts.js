"use strict";
// Names of rows as they fit left of their bars: in full where all of them do, else short ones. `room` is what the margin leaves at most.
function barLabels(rows, room) {
  const widest = (key) => largest(rows.map((row) => textWidth(row[key]) * (row.emphasis ? 1.08 : 1)));
  const key = widest("name") <= room ? "name" : "short";
  return {key, margin: Math.min(room, Math.max(78, widest(key))) + 12};
}

// The name of each row, left of its bar.
function barNames(rows, tall, {key, margin}) {
  return mark("text", rows, {
    x: -8,
    align: "right",
    y: {signal: `datum.i * ${tall} + ${tall / 2}`},
    baseline: "middle",
    limit: margin - 10,
    text: field(key),
    fontWeight: {signal: "datum.emphasis ? 700 : 400"}
  });
}

// What dynamic splitting saves against fixed strategies: one bar each.
function gainsChart({rows, colourOf}, width, theme) {
  const narrow = width < 560, labels = barLabels(rows, 0.4 * width), tall = 26;
  const margin = {left: labels.margin, right: narrow ? 60 : 140, top: 4, bottom: 40};
  const value = (row) => percentText(row.gain) + (row.emphasis && !narrow ? " (best static)" : "");
  const values = rows.map((row, i) => ({...row, i, colour: colourOf(row.split, theme), value: value(row)}));
  const domain = [Math.min(0, ...rows.map((row) => row.gain)), Math.max(1, ...rows.map((row) => row.gain))];
  return sheet(width, tall * rows.length, margin, "Gain of dynamic split computing over fixed strategies, in percent", {
    data: [{name: "rows", values}],
    scales: [{name: "x", type: "linear", domain, range: "width", nice: true, zero: true}],
    axes: [axis("bottom", "x", "format(datum.value, '~r') + ' %'",
      {grid: true, tickCount: width < 560 ? 3 : 6, title: "less latency than with", titlePadding: 6})],
    marks: [
      mark("rect", "rows", {
        x: {scale: "x", value: 0},
        x2: field("gain", "x"),
        y: {signal: `datum.i * ${tall} + 4`},
        height: tall - 8,
        fill: field("colour"),
        stroke: theme.muted,
        strokeWidth: 0.5,
        tooltip: field("tip")
      }),
      mark("text", "rows", {
        x: field("gain", "x"),
        dx: {signal: "datum.gain < 0 ? -6 : 6"},
        align: {signal: "datum.gain < 0 ? 'right' : 'left'"},
        y: {signal: `datum.i * ${tall} + ${tall / 2}`},
        baseline: "middle",
        text: field("value")
      }),
      barNames("rows", tall, labels),
    ],
  });
}

// Where the time goes: one stacked bar per strategy. Bars far longer than the first are cut, and say so.
function breakdownChart({rows}, width, theme) {
  const labels = barLabels(rows, 0.4 * width), margin = {left: labels.margin, right: 72, top: 4, bottom: 40}, tall = 34;
  const longest = Math.max(...rows.map((row) => row.total)), limit = Math.min(longest, 6 * rows[0].total) || longest || 1;
  const parts = rows.flatMap((row, i) => {
    let from = 0;
    return Object.keys(partNames)
      .map((part) => {
        const piece = {
          i,
          part,
          from: Math.min(from, limit),
          to: Math.min(from + row[part], limit),
          colour: theme.parts[part],
          tip: `${row.name}, ${partNames[part]}: ${timeText(row[part])}`
        };
        from += row[part];
        return piece;
      })
      .filter((piece) => piece.to > piece.from);
  });
  const ends = rows.map((row, i) => ({...row, i, end: Math.min(row.total, limit), text: (row.total > limit ? "\u2192 " : "") + timeText(row.total)}));
  return sheet(width, tall * rows.length, margin, "Latency of one batch by its parts, for the chosen split and others", {
    data: [{name: "parts", values: parts}, {name: "ends", values: ends}],
    scales: [{name: "x", type: "linear", domain: [0, limit], range: "width"}],
    axes: [axis("bottom", "x", timeLabel, {grid: true, tickCount: width < 560 ? 3 : 6, title: "latency", titlePadding: 6})],
    marks: [
      mark("rect", "parts", {
        x: field("from", "x"),
        x2: field("to", "x"),
        y: {signal: `datum.i * ${tall} + 5`},
        height: tall - 10,
        fill: field("colour"),
        stroke: theme.paper,
        strokeWidth: 0.5,
        tooltip: field("tip")
      }),
      mark("text", "ends", {
        x: field("end", "x"),
        dx: 6,
        y: {signal: `datum.i * ${tall} + ${tall / 2}`},
        baseline: "middle",
        text: field("text"),
        fontWeight: {signal: "datum.emphasis ? 700 : 400"}
      }),
      barNames("ends", tall, labels),
    ],
  });
}
