"use strict";
// Quantities as text: three significant digits and the unit in which they read best, in powers of 1000.

function digits(x) {
  const size = Math.abs(x);
  const text = x.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function inUnits(x, units) {
  let unit = 0;
  for (; unit + 1 < units.length && Math.abs(x) >= 999.5; ++unit) x /= 1000;
  return `${digits(x)}\u00a0${units[unit]}`;
}

const bytesText = (x) => inUnits(x, ["B", "kB", "MB", "GB", "TB"]);
const rateText = (x) => (Number.isFinite(x) ? inUnits(x, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]) : "unlimited");
const timeText = (x) => (x === null || !Number.isFinite(x) ? "never" : x === 0 ? "0\u00a0ms" : inUnits(x * 1e6, ["\u00b5s", "ms", "s"]));
const percentText = (x) => `${x.toFixed(1)}\u00a0%`;
const wholeText = (x) => String(x).replace(/\B(?=(\d{3})+$)/g, ",");

// A policy's piece as a person says it.
function ratesText({from, to}) {
  if (from === 0 && to === Infinity) return "at every rate";
  if (from === 0) return `below ${rateText(to)}`;
  return to === Infinity ? `from ${rateText(from)}` : `${rateText(from)} to ${rateText(to)}`;
}
