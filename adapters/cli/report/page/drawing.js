"use strict";
// Draws specifications with Vega into the document: all that was asked for until the next frame once.

const {View} = vegaRequire("vega-view"), {parse} = vegaRequire("vega-parser");
Object.assign(
  vegaRequire("vega-dataflow").transforms, vegaRequire("vega-transforms"), vegaRequire("vega-view-transforms"), vegaRequire("vega-encode"));

const darkPreferred = window.matchMedia("(prefers-color-scheme: dark)"), printed = window.matchMedia("print");
const themeNow = () => (darkPreferred.matches && !printed.matches ? themes.dark : themes.light);
const charts = new Map();  // id of a container -> function of width and theme that makes its specification
const views = new Map();

async function draw(id) {
  const container = byId(id), width = container.clientWidth;
  if (width === 0) return;
  const theme = themeNow(), place = document.createElement("div");
  const view = new View(parse(charts.get(id)(width, theme), vegaConfig(theme)), {renderer: "svg", hover: false});
  view.initialize(place);
  await view.runAsync();
  if (views.has(id)) views.get(id).finalize();
  views.set(id, view);
  container.replaceChildren(place);
  container.dataset.width = width;
}

// All that was asked for until the next frame is drawn once.
const waiting = new Set();
let frame = null;
function redraw(ids) {
  for (const id of ids)
    if (charts.has(id)) waiting.add(id);
  frame ??= requestAnimationFrame(async () => {
    const all = [...waiting];
    waiting.clear();
    await Promise.all(all.map(draw)).finally(() => {
      frame = null;
    });
    if (waiting.size > 0)
      redraw([]);
    else
      document.body.dataset.drawn = Number(document.body.dataset.drawn ?? 0) + 1;
  });
}
