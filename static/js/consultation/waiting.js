// Keeps the words of a waiting room up to date, says that its owner is still here, and goes on to the
// call when the door opens. Works on every element with `data-watch` (the address of the state):
// `data-stage` is the stage the page was made for, `data-here` the address to report to, `data-every`
// the seconds between two questions.

const REPORT_EVERY = 10_000;
const PATIENCE = 15_000;
const IN_USE = "input, textarea, select, details[open]";

/** @param {string} address */
async function ask(address) {
  const answer = await fetch(address, {
    headers: { Accept: "application/json" },
    redirect: "error", // an expired session must not load a sign-in page every two seconds
    signal: AbortSignal.timeout(PATIENCE),
  });
  return answer.ok ? answer.json() : null;
}

/** @param {HTMLElement} element */
async function look(element) {
  const state = await ask(element.dataset.watch ?? "");
  if (state === null) return;
  const { stage } = element.dataset;
  if (stage !== undefined && state.stage !== undefined && state.stage !== stage) {
    location.reload();
    return;
  }
  const words = element.querySelector("[data-words]");
  if (words) renew(words, state.words);
}

/**
 * Put new words in the place of old ones, unless they say the same or somebody is in the middle of
 * something among them. Whoever only stands there with the keyboard sees what is new, too, and stays
 * on the same button; where it is gone, they stay at its place.
 * @param {Element} place
 * @param {string} html
 */
function renew(place, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const plain = (/** @type {Node} */ node) => (node.textContent ?? "").replace(/\s+/g, " ").trim();
  if (plain(fresh.content) === plain(place) || isBusy(place)) return;
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  place.replaceChildren(fresh.content);
  if (held) focusAgain(place, held);
}

/** @param {Element} place */
function isBusy(place) {
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  // Between pressing and letting go, new words would swallow the click.
  return place.querySelector(":active") !== null || Boolean(held?.closest(IN_USE));
}

/**
 * @param {Element} place
 * @param {Element} held what had the focus and is gone with the old words
 */
function focusAgain(place, held) {
  const same = [...place.querySelectorAll(held.tagName)].find((one) => nameOf(one) === nameOf(held));
  if (!same) place.setAttribute("tabindex", "-1");
  /** @type {HTMLElement} */ (same ?? place).focus({ preventScroll: true });
}

/** @param {Element} element */
function nameOf(element) {
  const target = element.closest("form")?.getAttribute("action") ?? element.getAttribute("href");
  return [target, element.getAttribute("aria-label"), element.textContent?.trim()].join(" | ");
}

/** @param {HTMLElement} element */
function report(element) {
  return fetch(element.dataset.here ?? "", {
    method: "POST",
    headers: { "X-CSRFToken": element.dataset.csrf ?? "" },
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
}

/**
 * Repeat something until the page goes; a failure is a moment without network.
 * @param {() => Promise<unknown>} deed
 * @param {number} pause
 */
async function repeat(deed, pause) {
  for (;;) {
    await deed().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

for (const element of document.querySelectorAll("[data-watch]")) {
  if (!(element instanceof HTMLElement)) continue;
  repeat(() => look(element), Number(element.dataset.every ?? 2) * 1000);
  if (element.dataset.here) repeat(() => report(element), REPORT_EVERY);
  // Somebody pressed a button among the words and the page stayed: show what came of it. Whoever
  // types elsewhere meanwhile goes on there.
  element.addEventListener("pressed", async () => {
    const held = document.activeElement;
    const isHere = held instanceof HTMLElement && element.contains(held);
    if (isHere) held.blur();
    await look(element).catch(() => {});
    if (isHere) element.querySelector("button")?.focus();
  });
  // A phone that was locked must not show an old state for even two seconds.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look(element).catch(() => {});
  });
}
