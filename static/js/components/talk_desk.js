// Hands papers in without leaving the call: fetches the desk when its panel opens, sends it, and shows what
// the portal says. The files themselves are sent by `upload.js`.

import { upgrade } from "../main.js";

export default function (root) {
  const panel = root.closest("[data-panel]");
  let asked = false;

  new MutationObserver(() => {
    if (!panel.hidden && !asked) fetch(root.dataset.from).then(show, fail);
  }).observe(panel, { attributes: true, attributeFilter: ["hidden"] });

  root.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // files are still on their way
    event.preventDefault();
    const form = event.target;
    fetch(form.action, { method: "POST", body: new FormData(form), redirect: "error" }).then(show, fail);
  });

  /** @param {Response} answer */
  async function show(answer) {
    if (!answer.ok && answer.status !== 422) {
      fail();
      return;
    }
    asked = true;
    root.innerHTML = (await answer.json()).words;
    upgrade(root);
    root.querySelector("[data-arrived], [data-error-summary]")?.focus?.();
  }

  function fail() {
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = root.dataset.failed;
    root.prepend(words);
    for (const form of root.querySelectorAll("form")) delete form.dataset.sending;
  }
}
