// Shows every open page of a lead within seconds who of the team calls for help. Browsers let a page that has
// long been hidden ask about once a minute: there a word to the browser (push_worker.js) makes it look at once,
// and so does coming back to it. The mail reaches who has none open.

const EVERY = 4_000;
const HIDDEN_EVERY = 8_000;
// An answer that never comes must not be the last one.
const PATIENCE = 8_000;

export default function (root) {
  repeat();
  navigator.serviceWorker?.addEventListener("message", look);
  navigator.serviceWorker?.startMessages();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });

  async function repeat() {
    await look();
    setTimeout(repeat, document.hidden ? HIDDEN_EVERY : EVERY);
  }

  async function look() {
    try {
      const answer = await fetch(root.dataset.from, {
        headers: { Accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.ok) show(await answer.json());
    } catch {
      // a moment without network; the next look tells
    }
  }

  /** @param {{count: number, words: string}} calls */
  function show({ count, words }) {
    root.hidden = count === 0;
    if (root.dataset.words === words) return;
    root.dataset.words = words;
    root.innerHTML = words;
  }
}
