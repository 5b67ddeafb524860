"use strict";
// Colours for light and dark, and what follows from colours and from the width of text.

const themes = {
  light: {
    ink: "#1b1f24",
    muted: "#59636e",
    grid: "#e3e6ea",
    paper: "#ffffff",
    plain: "#b6bec8",
    accent: "#c2410c",
    ramp: ["#0d0887", "#5302a3", "#8b0aa5", "#b83289", "#db5c68", "#f48849", "#e0a100"],
    parts: {head: "#0072b2", transfer: "#e69f00", queue: "#cc79a7", tail: "#009e73", return_time: "#7a828c"},
  },
  dark: {
    ink: "#e8eaed",
    muted: "#a3adb8",
    grid: "#343b44",
    paper: "#15191e",
    plain: "#5b6570",
    accent: "#ff9d5c",
    ramp: ["#7a5cff", "#a63fd1", "#cc4778", "#e16462", "#f2844b", "#fca636", "#f0f921"],
    parts: {head: "#56a8e0", transfer: "#e69f00", queue: "#dd93bb", tail: "#2dbd92", return_time: "#8f99a5"},
  },
};
const partNames = {
  head: "head on the device",
  transfer: "transfer",
  queue: "queue",
  tail: "tail at the server",
  return_time: "answer's way back"
};

function vegaConfig(theme) {
  const font = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  return {
    text: {font, fontSize: 12, fill: theme.ink},
    axis: {
      labelFont: font,
      titleFont: font,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: "normal",
      labelColor: theme.muted,
      titleColor: theme.muted,
      domainColor: theme.plain,
      tickColor: theme.plain,
      gridColor: theme.grid,
    },
  };
}

// A colour for every split: those that matter stand evenly along the ramp, all others between them.
function splitColours(marks) {
  return (split, theme) => {
    const last = Math.max(1, marks.length - 1), above = marks.findIndex((mark) => mark >= split);
    let place = above < 0 ? last : above;
    if (above > 0) place -= (marks[above] - split) / (marks[above] - marks[above - 1]);
    const at = (place / last) * (theme.ramp.length - 1), low = Math.min(theme.ramp.length - 2, Math.floor(at)), share = at - low;
    const channel = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
    const mixed = [0, 1, 2].map((i) => Math.round(channel(theme.ramp[low], i) * (1 - share) + channel(theme.ramp[low + 1], i) * share));
    return `#${mixed.map((x) => x.toString(16).padStart(2, "0")).join("")}`;
  };
}

// Black or white, whichever is easier to read on a colour.
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => (parseInt(colour.slice(i, i + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#000000" : "#ffffff";
}

const textWidth = (text) => 6.9 * text.length;

// Labels over a line: each centred on its x as far as the width lets it, in the lowest row where it does not touch the one before.
function staggered(labels, width) {
  const ends = [];
  const placed = [...labels].sort((a, b) => a.x - b.x).map((label) => {
    const wide = textWidth(label.text), left = Math.max(0, Math.min(width - wide, label.x - wide / 2));
    let row = ends.findIndex((end) => end + 10 <= left);
    if (row < 0) row = ends.length;
    ends[row] = left + wide;
    return {...label, row, middle: left + wide / 2};
  });
  return {labels: placed, rows: ends.length};
}
