"use strict";
// Sliders, number fields and the choice of candidates.

const between = (x, low, high) => Math.min(Math.max(x, low), high);

// A slider and a number field for one quantity. `position` and `value` turn one into the other; a slider's values are rounded to be read.
function control(name, {position, value, fits, set, get, round}) {
  const slider = byId(`${name}-slider`), number = byId(`${name}-number`);
  slider.addEventListener("input", () => {
    const x = round(value(Number(slider.value)));
    number.value = x;
    set(x);
    update();
  });
  number.addEventListener("input", () => {
    const x = Number(number.value), valid = number.value !== "" && fits(x);
    number.setAttribute("aria-invalid", String(!valid));
    if (!valid) return;
    slider.value = position(x);
    set(x);
    update();
  });
  return () => {
    number.value = get();
    number.removeAttribute("aria-invalid");
    slider.value = position(get());
  };
}

function logarithmic(low, high) {
  return {position: (x) => (1000 * Math.log(between(x, low, high) / low)) / Math.log(high / low), value: (at) => low * (high / low) ** (at / 1000)};
}
const threeDigits = (x) => Number(x.toPrecision(3));
const typed = (x) => Number(x.toPrecision(12));  // without what changing the unit has added

// 10 MB/s where the map has it, else its middle.
function firstRate() {
  const {rates} = data.sites.map, [low, high] = [smallest(rates), largest(rates)];
  return low <= 1e7 && 1e7 <= high ? 1e7 : Math.sqrt(low * high);
}

function addControls(rates) {
  const {batches} = data.sites.map, {device, server} = data.sites;
  const least = Math.min(batches[0], Math.max(device.batches[0], server.batches[0]));
  const most = Math.max(batches[batches.length - 1], Math.min(device.batches[device.batches.length - 1], server.batches[server.batches.length - 1]));
  const first = {
    batch: batches[0],
    rate: 1e6 * threeDigits(firstRate() / 1e6),
    load: {...data.sites.planned.load},
    mode: data.sites.candidates.mode
  };
  const start = () => ({...first, load: {...first.load}});
  state = start();
  Object.assign(byId("batch-slider"), {min: least, max: most, disabled: least === most});
  const longestQueue = Math.max(timesAt(deployment.device, batches[batches.length - 1])[layers], state.load.queueing_delay, 1e-3);
  const same = (x) => x, controls = [
    control("batch", {
      position: same,
      value: same,
      round: Math.round,
      get: () => state.batch,
      set: (x) => {
        state.batch = x;
      },
      fits: (x) => Number.isInteger(x) && x >= 1 && (data.sites.extrapolate ? x <= 2 ** 20 : x >= least && x <= most)
    }),
    control("rate", {
      ...logarithmic(rates[0] / 1e6, rates[1] / 1e6),
      round: threeDigits,
      get: () => typed(state.rate / 1e6),
      set: (x) => {
        state.rate = x * 1e6;
      },
      fits: (x) => x > 0 && Number.isFinite(x)
    }),
    control("load", {
      ...logarithmic(0.1, 100),
      round: threeDigits,
      get: () => state.load.slowdown,
      set: (x) => {
        state.load.slowdown = x;
      },
      fits: (x) => x > 0 && Number.isFinite(x)
    }),
    control("queue", {
      position: (x) => 1000 * Math.sqrt(between(x / 1e3 / longestQueue, 0, 1)),
      value: (at) => 1e3 * longestQueue * (at / 1000) ** 2,
      round: threeDigits,
      get: () => typed(state.load.queueing_delay * 1e3),
      set: (x) => {
        state.load.queueing_delay = x / 1e3;
      },
      fits: (x) => x >= 0 && Number.isFinite(x)
    }),
  ];
  const modes = Object.keys(data.sites.candidates.modes).map((mode) => {
    const label = element("label"), choice = element("input", undefined, {type: "radio", name: "mode", value: mode});
    label.append(choice, ` ${modeNames[mode]}`);
    choice.addEventListener("change", () => {
      state.mode = mode;
      update();
    });
    byId("reset").before(label);
    return choice;
  });
  const showState = () => {
    for (const one of controls) one();
    for (const choice of modes) choice.checked = choice.value === state.mode;
  };
  byId("reset").addEventListener("click", () => {
    state = start();
    showState();
    update();
  });
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  showState();
}
