"use strict";
// What the specifications of charts have in common. A chart is a function of what to show, the width in pixels and the theme; it draws nothing
// itself.

const mark = (type, data, update, more = {}) => ({
  type,
  from: {data},
  interactive: "tooltip" in update,
  encode: {update: Object.fromEntries(Object.entries(update).map(([key, value]) => [key, typeof value === "object" ? value : {value}]))},
  ...more,
});
const field = (name, scale) => (scale ? {field: name, scale} : {field: name});

// Text with the paper's colour around it, to stay readable on lines.
const outlined = (data, update, theme) => {
  const around = {...update, fill: theme.paper, stroke: theme.paper, strokeWidth: 4, strokeJoin: "round"};
  return [mark("text", data, around), mark("text", data, update)];
};

// A sheet of fixed margins: what is within `margin` is the plot. Lines are clipped to it.
function sheet(width, height, margin, description, content) {
  return {
    $schema: "https://vega.github.io/schema/vega/v5.json",
    description,
    autosize: "none",
    padding: margin,
    width: Math.max(120, width - margin.left - margin.right),
    height,
    ...content,
  };
}
const plotWidth = (width, margin) => Math.max(120, width - margin.left - margin.right);

const clipped = (marks) => ({
  type: "group",
  clip: true,
  interactive: false,
  encode: {update: {width: {signal: "width"}, height: {signal: "height"}}},
  marks,
});
const linesBy = (key, data, update) =>
  ({type: "group", interactive: false, from: {facet: {name: "line", data, groupby: key}}, marks: [mark("line", "line", update)]});

// Ticks of a logarithmic axis, with as many steps between decades as leave `apart` pixels for each; Vega's own where these are too few.
function logTicks([low, high], pixels, apart) {
  const room = pixels / Math.log10(high / low);
  const steps = Math.log10(2) * room >= apart ? [1, 2, 5] : Math.log10(3) * room >= apart ? [1, 3] : [1];
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
    for (const step of steps)
      if (step * 10 ** power >= low * 0.999 && step * 10 ** power <= high * 1.001) values.push(step * 10 ** power);
  return values.length < 2 ? {tickCount: Math.max(2, pixels / apart)} : {values};
}
const acrossTicks = (domain, pixels) => logTicks(domain, pixels, 64);
const upTicks = (domain, pixels) => logTicks(domain, pixels, 24);

// The label of an axis in the largest of some units that leaves it at least 1, as an expression of Vega.
const labelIn = (units) => units.reduceRight((smaller, [size, unit]) => {
  const text = `format(datum.value / ${size}, '~r') + ' ${unit}'`;
  return smaller ? `datum.value >= ${0.9995 * size} ? ${text} : ${smaller}` : `datum.value == 0 ? '0' : ${text}`;
}, "");
const rateLabel = labelIn([[1e9, "GB/s"], [1e6, "MB/s"], [1e3, "kB/s"], [1, "B/s"]]);
const timeLabel = labelIn([[1, "s"], [1e-3, "ms"], [1e-6, "\u00b5s"]]);
const bytesLabel = labelIn([[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]]);

const axis = (orient, scale, label, more = {}) => ({
  orient,
  scale,
  labelOverlap: "greedy",
  labelFlush: orient === "bottom",
  encode: label ? {labels: {update: {text: {signal: label}}}} : {},
  ...more
});
