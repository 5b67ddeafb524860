"use strict";
// Bytes per layer: the input as a line, bottlenecks by colour and by shape.
function networkChart({layers, inputBytes, natural, compressive, colourOf}, width, theme) {
  const margin = {left: 62, right: 22, top: 0, bottom: 46}, inner = plotWidth(width, margin);
  const step = inner / layers.length, height = 240, few = layers.length <= 14;
  const smaller = new Set(natural), smallest = new Set(compressive);
  const kind = (l) => (smallest.has(l) ? "compressive" : smaller.has(l) ? "natural" : "none");
  const rows = layers.map((layer, i) => ({
    ...layer,
    l: i + 1,
    kind: kind(i + 1),
    tip: `l = ${i + 1}: ${layer.name}, ${bytesText(layer.bytes)}, ratio ${(layer.bytes / inputBytes).toFixed(3)}`
  }));
  const flags = staggered(rows.filter((row) => row.kind === "compressive").map((row) => ({
    x: (row.l - 0.5) * step,
    l: row.l,
    bytes: row.bytes,
    text: few || width < 560 ? `l = ${row.l}, ${bytesText(row.bytes)}` : `${row.name}, ${bytesText(row.bytes)}`
  })),
    inner);
  margin.top = 12 + 16 * flags.rows;
  const groups = [];
  for (const row of rows) {
    const last = groups[groups.length - 1];
    if (last && last.name === row.group)
      last.to = row.l;
    else
      groups.push({name: row.group, from: row.l - 1, to: row.l});
  }
  const roomOf = (group) => (group.to - group.from) * step,
        inFull = groups.filter((group) => group.name.startsWith("stage")).every((group) => textWidth(group.name) < roomOf(group));
  for (const [i, group] of groups.entries()) {
    const text = inFull ? group.name : group.name.replace("stage ", ""), fits = textWidth(text) < roomOf(group) + 4, first = i === 0;
    Object.assign(group,
      {odd: i % 2, text: few || !(fits || first) ? "" : text, align: fits ? "center" : "right", at: fits ? (group.from + group.to) / 2 : group.to});
  }
  const sizes = layers.reduce(([least, most], {bytes}) => [Math.min(least, bytes), Math.max(most, bytes)], [inputBytes, inputBytes]);
  const domain = [10 ** Math.floor(Math.log10(Math.min(...sizes) * 0.8)), Math.max(...sizes) * 1.25];
  const x = (name) => ({scale: "x", field: name});
  // As many numbers of layers as there is room for.
  const apart = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000].find((count) => count * step >= textWidth(String(layers.length)) + 8);
  const ofKind = (none, naturalOne, compressiveOne) =>
    ({signal: `datum.kind == 'compressive' ? '${compressiveOne}' : datum.kind == 'natural' ? '${naturalOne}' : '${none}'`});
  return sheet(width, height, margin, "Bytes of every layer's output for one sample, with the input as a line", {
    data: [
      {name: "layers", values: rows}, {name: "groups", values: groups.filter((group) => group.name)}, {name: "flags", values: flags.labels},
      {name: "input", values: [{bytes: inputBytes}]}, {name: "marked", source: "layers", transform: [{type: "filter", expr: "datum.kind != 'none'"}]}
    ],
    scales: [{name: "x", type: "linear", domain: [0, layers.length], range: "width"}, {name: "y", type: "log", domain, range: "height"}],
    axes: [axis("left", "y", bytesLabel, {grid: true, ...upTicks(domain, height)})],
    marks: [
      mark("rect", "groups",
        {x: x("from"), x2: x("to"), y: 0, y2: {signal: "height"}, fill: theme.muted, fillOpacity: {signal: "datum.odd ? 0.09 : 0.02"}}),
      mark("text", "groups", {x: x("at"), y: {signal: "height", offset: 16}, text: field("text"), align: field("align"), fill: theme.muted}),
      mark("rule", "flags", {x: field("x"), y: {signal: "-6 - 16 * datum.row"}, y2: {scale: "y", field: "bytes"}, stroke: theme.plain}),
      mark("rect", "layers", {
        x: {scale: "x", signal: `datum.l - 1 + ${step > 5 ? 0.12 : 0.04}`},
        x2: {scale: "x", signal: `datum.l - ${step > 5 ? 0.12 : 0.04}`},
        y: field("bytes", "y"),
        y2: {signal: "height"},
        fill: ofKind(theme.plain, theme.parts.head, theme.parts.transfer),
        tooltip: field("tip"),
      }),
      mark("symbol", "marked", {
        x: {scale: "x", signal: "datum.l - 0.5"},
        y: field("bytes", "y"),
        shape: ofKind("circle", "circle", "diamond"),
        size: {signal: `datum.kind == 'compressive' ? ${width < 560 ? 60 : 110} : ${Math.min(28, step * step)}`},
        fill: ofKind("none", theme.parts.head, theme.parts.transfer),
        stroke: theme.paper,
        strokeWidth: 1,
      }),
      mark("rule", "input", {x: 0, x2: {signal: "width"}, y: field("bytes", "y"), stroke: theme.accent, strokeWidth: 2, strokeDash: {value: [6, 4]}}),
      ...outlined("input", {
        x: {signal: "width"},
        y: field("bytes", "y"),
        dy: -6,
        align: "right",
        text: `input, ${bytesText(inputBytes)}`,
        fill: theme.accent,
        fontWeight: 600
      },
        theme),
      ...outlined("flags", {x: field("middle"), y: {signal: "-10 - 16 * datum.row"}, align: "center", text: field("text"), fontSize: 12}, theme),
      mark("text", "layers", {
        x: {scale: "x", signal: "datum.l - 0.5"},
        y: {signal: "height", offset: few ? 16 : 32},
        align: "center",
        limit: Math.max(20, few ? step - 4 : 40),
        text: {signal: few ? "datum.name" : `(datum.l == 1 && ${apart * step >= 40}) || datum.l % ${apart} == 0 ? datum.l : ''`},
        fill: theme.muted,
        fontSize: 11
      }),
    ],
  });
}
