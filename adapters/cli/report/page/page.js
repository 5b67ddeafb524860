"use strict";
// Fills the page, and draws it again when the theme or the width changes.

function start() {
  tellFacts();
  fillPartLegends();
  if (data.network) showNetwork();
  if (data.sites) showSites();
  if (data.plan) showPlan();
  data.runs.forEach(showRun);
  tellMissing();
  tellWarnings(data.sites ? [...data.sites.warnings, ...disagreements()] : []);
  if (data.sites) update();
  fillLegends();
  redraw(charts.keys());

  for (const one of document.querySelectorAll("details"))
    one.querySelector("summary").addEventListener("click", () => {
      one.dataset.opened = String(!one.open);
    });

  const again = () => {
    fillLegends();
    redraw(charts.keys());
  };
  darkPreferred.addEventListener("change", again);
  const folded = [...document.querySelectorAll("details:not([open])")];
  printed.addEventListener("change", () => {
    for (const one of folded) one.open = printed.matches || one.dataset.opened === "true";  // paper cannot be unfolded
    fillLegends();
    for (const id of charts.keys()) draw(id);  // at once: paper does not wait for a frame
  });
  new ResizeObserver(() => redraw([...charts.keys()].filter((id) => byId(id).clientWidth !== Number(byId(id).dataset.width))))
    .observe(document.querySelector("main"));
}

start();
