"use strict";
// The best split in every state: one row per batch size, its pieces along the rate.
function mapChart({rows, rates, now, colourOf}, width, theme) {
  const margin = {left: 62, right: 22, top: 8, bottom: 44}, inner = plotWidth(width, margin);
  const height = Math.max(44, Math.min(320, rows.length * 34)), tall = height / rows.length;
  const place = (rate) => (inner * Math.log(Math.min(Math.max(rate, rates[0]), rates[1]) / rates[0])) / Math.log(rates[1] / rates[0]);
  const cells = rows.flatMap(({batch, pieces}, row) => pieces.filter((piece) => piece.from < rates[1] && piece.to > rates[0]).map((piece) => ({
    batch,
    row,
    split: piece.split,
    x: place(piece.from),
    x2: place(piece.to),
    colour: colourOf(piece.split, theme),
    tip: `batch ${batch}, ${ratesText(piece)}: ${piece.words}`,
  })));
  // A split is named once, in the middle of the rows where there is room for it.
  const named = cells.map((cell) => ({...cell, text: `l = ${cell.split}`, ink: inkOn(cell.colour)}))
                  .filter((cell) => textWidth(cell.text) + 6 < cell.x2 - cell.x);
  const names = [...new Set(named.map((cell) => cell.split))]
                  .map((split) => named.filter((cell) => cell.split === split))
                  .map((rowsOf) => rowsOf[rowsOf.length >> 1]);
  const every = Math.ceil(20 / tall), here = rows.findIndex((row) => row.batch === now.batch);
  const top = {signal: `height - (datum.row + 1) * ${tall}`};
  return sheet(width, height, margin, "The best split over data rate and batch size", {
    data: [
      {name: "cells", values: cells}, {name: "names", values: names},
      {name: "batches", values: rows.map(({batch}, row) => ({batch, row})).filter(({row}) => row % every === 0)},
      {name: "now", values: now.rate >= rates[0] && now.rate <= rates[1] ? [{x: place(now.rate), row: here}] : []},
      {name: "here", values: here < 0 ? [] : [{row: here}]}
    ],
    scales: [{name: "x", type: "log", domain: rates, range: "width"}],
    axes: [axis("bottom", "x", rateLabel, {...acrossTicks(rates, inner), title: "data rate", titlePadding: 6})],
    marks: [
      mark("rect", "cells", {
        x: field("x"),
        x2: field("x2"),
        y: top,
        height: tall + (tall > 6 ? 0 : 0.3),
        fill: field("colour"),
        stroke: {value: tall > 6 ? theme.paper : null},
        strokeWidth: 1,
        tooltip: field("tip")
      }),
      mark("text", "batches", {
        x: -8,
        y: {signal: `height - (datum.row + 0.5) * ${tall}`},
        align: "right",
        baseline: "middle",
        text: {signal: "'batch ' + datum.batch"},
        fill: theme.muted
      }),
      mark("rect", "here",
        {x: 0, x2: {signal: "width"}, y: top, height: Math.max(tall, 3), stroke: theme.accent, strokeWidth: 1.5, fill: "transparent"}),
      mark("rule", "now", {x: field("x"), y: 0, y2: {signal: "height"}, stroke: theme.paper, strokeWidth: 3}),
      mark("rule", "now", {x: field("x"), y: 0, y2: {signal: "height"}, stroke: theme.accent, strokeWidth: 1.5}),
      mark("text", "names", {
        x: {signal: "(datum.x + datum.x2) / 2"},
        y: {signal: `height - (datum.row + 0.5) * ${tall}`},
        align: "center",
        baseline: "middle",
        text: field("text"),
        fill: field("ink"),
        fontWeight: 600
      }),
      mark("symbol", "now", {
        x: field("x"),
        y: {signal: `datum.row < 0 ? 0 : height - (datum.row + 0.5) * ${tall}`},
        size: 120,
        fill: theme.accent,
        stroke: theme.paper,
        strokeWidth: 2
      }),
    ],
  });
}
