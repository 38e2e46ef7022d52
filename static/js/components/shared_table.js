// Opens the panel of the table as soon as something new is shown on it: a page, or the note. On a shown
// page everybody can point.

import { attachPointing } from "../consultation/pointing.js";

export default function (root) {
  const words = root.querySelector("[data-words]");
  const panel = root.closest("[data-panel]");
  let known = names();
  let letGo = point();
  new MutationObserver(() => {
    const now = names();
    const isNew = [...now].some((name) => !known.has(name));
    known = now;
    letGo();
    letGo = point();
    if (isNew && panel.hidden) document.querySelector(`[data-action="${panel.dataset.panel}"]`)?.click();
  }).observe(words, { childList: true });

  function point() {
    const layer = words.querySelector("[data-point]");
    const page = Number(layer?.closest("[data-shown]").dataset.page);
    return layer ? attachPointing(layer, { page: () => page }) : () => {};
  }

  function names() {
    return new Set([...words.querySelectorAll("[data-shown]")].map((one) => one.dataset.shown));
  }
}
