// Keeps a page of a form while it is being filled in, and says in words whether that worked.
// Without this file each page is kept when “Weiter” is pressed.

const PAUSE = 1200;

export default function (form) {
  const state = form.querySelector("[data-autosave-state]");
  let timer = 0;
  let running = null;

  const say = (word) => {
    state.textContent = form.dataset[word];
  };

  const save = async () => {
    running?.abort();
    running = new AbortController();
    say("saving");
    try {
      const answer = await fetch(form.dataset.address, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
        signal: running.signal,
      });
      say(answer.ok ? "saved" : "failed");
    } catch (error) {
      if (error.name !== "AbortError") {
        say("failed");
      }
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };

  form.addEventListener("input", later);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
  });
}
