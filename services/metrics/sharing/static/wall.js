// The wall: shows as many KPIs at a time as can be read from afar, and turns to the next ones by itself.
"use strict";

const TURN_MS = 15_000;
const section = document.getElementById("tiles");
const place = document.querySelector("[data-wall-place]");
const pause = document.querySelector("[data-wall-pause]");
const next = document.querySelector("[data-wall-next]");
const full = document.querySelector("[data-wall-full]");
let screenful = 0;
let paused = false;
let timer = 0;

const tiles = () => [...section.querySelectorAll("[data-tile]")];

// On a phone one scrolls; a wall has nobody who could.
function countThatFit() {
  if (innerWidth < 704) return Infinity;
  return innerWidth > innerHeight ? 4 : 3;
}

function show(turning) {
  const all = tiles();
  const fit = countThatFit();
  const screens = Math.max(1, Math.ceil(all.length / fit));
  screenful %= screens;
  const from = fit === Infinity ? 0 : screenful * fit;
  const shown = all.slice(from, from + fit);
  section.querySelector(".wall-tiles")?.classList.toggle("wall-turning", turning);
  for (const tile of all) {
    tile.hidden = !shown.includes(tile);
    // Of an odd number, the last one gets the whole width.
    tile.classList.toggle("wall-alone", tile === shown.at(-1) && shown.length % 2 === 1);
  }
  const several = screens > 1;
  for (const each of [place, pause, next]) each.hidden = !several;
  place.textContent = several ? `${screenful + 1} / ${screens}` : "";
}

function turn() {
  screenful += 1;
  show(true);
}

function wait() {
  clearInterval(timer);
  if (!paused) timer = setInterval(turn, TURN_MS);
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? pause.dataset.goOn : pause.dataset.pause;
  wait();
});
next.addEventListener("click", () => {
  turn();
  wait();
});
if (document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => (full.hidden = Boolean(document.fullscreenElement)));
}
addEventListener("resize", () => show(false));
// News replaces the tiles: the same ones stay in sight.
new MutationObserver(() => show(false)).observe(section, { childList: true });
show(false);
wait();
