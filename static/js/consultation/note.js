// Saves the note of the officer while it is written: two seconds after the last key, and when the page
// is hidden. What could not be saved is tried again and said.

const PAUSE = 2_000;
const AGAIN = 5_000;

export class Note {
  #timer = 0;
  #saved = "";

  /** @param {HTMLFormElement} form with `data-save` and `data-texts-saved`, `data-texts-unsaved` */
  constructor(form) {
    this.form = form;
    this.state = /** @type {HTMLElement} */ (form.querySelector("[data-note-state]"));
    this.#saved = this.#written();
    form.addEventListener("input", () => this.#later(PAUSE));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.save();
    });
  }

  /** Save now, if there is something new. */
  async save() {
    clearTimeout(this.#timer);
    const written = this.#written();
    if (written === this.#saved) return;
    try {
      const answer = await fetch(this.form.dataset.save ?? "", {
        method: "POST",
        body: new FormData(this.form),
        headers: { Accept: "application/json" },
        redirect: "error",
        keepalive: true,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { saved } = await answer.json();
      this.#saved = written;
      this.state.textContent = (this.form.dataset.textsSaved ?? "").replace("{hour}", saved);
    } catch {
      this.state.textContent = this.form.dataset.textsUnsaved ?? "";
      this.#later(AGAIN);
    }
  }

  /** Tell whether nothing was written about the talk. */
  isEmpty() {
    return !this.#field().value.trim();
  }

  /** @param {string} words */
  complain(words) {
    this.state.textContent = words;
    this.#field().focus();
  }

  #field() {
    return /** @type {HTMLTextAreaElement} */ (this.form.elements.namedItem("note"));
  }

  /** @param {number} pause */
  #later(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), pause);
  }

  #written() {
    return [...new FormData(this.form)].map(([name, value]) => `${name}=${value}`).join("\n");
  }
}
