// Keeps the words of a waiting room up to date, says that its owner is still here, and goes on to the
// call when the door opens. Works on every element with `data-watch` (the address of the state):
// `data-stage` is the stage the page was made for, `data-here` the address to report to, `data-every`
// the seconds between two questions.

const REPORT_EVERY = 10_000;
const PATIENCE = 15_000;

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
 * Put new words in the place of old ones, unless they say the same or somebody is about to press a
 * button among them.
 * @param {Element} place
 * @param {string} html
 */
function renew(place, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const plain = (/** @type {Node} */ node) => (node.textContent ?? "").replace(/\s+/g, " ").trim();
  if (plain(fresh.content) === plain(place) || place.contains(document.activeElement)) return;
  place.replaceChildren(fresh.content);
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
  // Somebody pressed a button among the words and the page stayed: show what came of it.
  element.addEventListener("pressed", async () => {
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    await look(element).catch(() => {});
    element.querySelector("button")?.focus();
  });
  // A phone that was locked must not show an old state for even two seconds.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look(element).catch(() => {});
  });
}
