// Sends a file that the officer picked without leaving the call, and shows it to all as soon as the
// list beside it says that it can be shown.

export default function (root) {
  const list = root.closest("[data-panel]").querySelector("[data-component~='shared_table']");
  let waited = "";

  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "error",
    }).catch(() => null);
    delete form.dataset.sending;
    if (!answer?.headers.get("Content-Type")?.includes("json")) {
      fail();
      return;
    }
    root.innerHTML = (await answer.json()).words;
    waited = root.querySelector("[data-picked]")?.dataset.picked ?? "";
    root.querySelector(".kern-error, [data-picked]")?.scrollIntoView({ block: "nearest" });
  });

  new MutationObserver(() => {
    const form = waited && list.querySelector(`form[action*="/zeigen/${waited}/"]`);
    if (!form) return;
    waited = "";
    root.querySelector("[data-picked]")?.remove();
    form.requestSubmit();
  }).observe(list, { childList: true, subtree: true });

  function fail() {
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = root.dataset.failed;
    root.prepend(words);
  }
}
