// Opens the panel of the table as soon as something new is shown on it: a page, or the note.

export default function (root) {
  const words = root.querySelector("[data-words]");
  const panel = root.closest("[data-panel]");
  let known = names();
  new MutationObserver(() => {
    const now = names();
    const isNew = [...now].some((name) => !known.has(name));
    known = now;
    if (isNew && panel.hidden) document.querySelector(`[data-action="${panel.dataset.panel}"]`)?.click();
  }).observe(words, { childList: true });

  function names() {
    return new Set([...words.querySelectorAll("[data-shown]")].map((one) => one.dataset.shown));
  }
}
