"use strict";
// The data of the page, and how it becomes text, tables and legends in the document: always as text, never as HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const smallest = (list) => list.reduce((a, b) => Math.min(a, b));  // lists may be longer than what a function takes
const largest = (list) => list.reduce((a, b) => Math.max(a, b));
const byId = (id) => document.getElementById(id);
const layers = data.network ? data.network.layers.length : data.plan ? data.plan.told.layers : null;

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
const fill = (id, ...content) => byId(id).replaceChildren(...content);
const show = (id) => {
  byId(id).hidden = false;
};

const nameAfter = (split) => (split === 0 ? "the input" : data.network ? data.network.layers[split - 1].name : `layer ${split}`);
function describe(split) {
  if (split === 0) return "send the input (l = 0)";
  return split === layers ? `run locally (l = ${split})` : `split after ${nameAfter(split)} (l = ${split})`;
}
function strategyName(split) {
  if (split === layers) return `local (l = ${split})`;
  return split === 0 ? "full offloading (l = 0)" : `split ${split}, after ${nameAfter(split)}`;
}
const shortName = (split) => (split === layers ? "local" : split === 0 ? "offloading" : `split ${split}`);
const samples = (batch) => `${batch} ${batch === 1 ? "sample" : "samples"}`;

// `columns` are { title, text } where `text` says that the column holds words.
function fillTable(id, columns, rows, title) {
  const line = (cells, tag) => {
    const row = element("tr");
    cells.forEach(
      (cell, i) => row.append(element(tag, cell, {...(columns[i].text ? {class: "text"} : {}), ...(tag === "th" ? {scope: "col"} : {})})));
    return row;
  };
  const head = element("thead"), body = element("tbody");
  head.append(line(columns.map((column) => column.title), "th"));
  body.append(...rows.map((row) => line(row, "td")));
  byId(id).setAttribute("aria-label", title);
  fill(id, head, body);
}

function fillLegend(id, splits, theme, more = []) {
  fill(id, ...more, ...[...splits].sort((a, b) => a - b).map((split) => {
    const item = element("li"), swatch = element("span", "", {class: "swatch"});
    swatch.style.background = colourOf(split, theme);
    item.append(swatch, element("span", describe(split)));
    return item;
  }));
}
