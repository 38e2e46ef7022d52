// The list of who may be muted, put on hold and shown out, for whoever holds the talk. It is changed in
// place, so that a button under the finger stays where it is.

/** @typedef {import("./tiles.js").Person} Person */

export class Moderation {
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {Map<string, Person>} */ #people = new Map();

  /**
   * @param {HTMLElement} root holds `[data-moderated]`, a template, and `[data-moderate='lock']`
   * @param {object} options
   * @param {string} options.you
   * @param {Record<string, string>} options.texts
   * @param {(type: string, values: object) => void} options.ask
   */
  constructor(root, { you, texts, ask }) {
    this.root = root;
    this.you = you;
    this.texts = texts;
    this.ask = ask;
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-moderated]"));
    this.row = /** @type {HTMLTemplateElement} */ (root.querySelector("template"));
    this.lock = /** @type {HTMLElement} */ (root.querySelector("[data-moderate='lock']"));
    root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-moderate]");
      if (button instanceof HTMLElement) this.#act(button);
    });
  }

  /** @param {string[]} rights */
  allow(rights) {
    this.root.hidden = !rights.includes("moderate");
  }

  /** @param {boolean} locked */
  showLocked(locked) {
    this.lock.setAttribute("aria-pressed", String(locked));
    const words = this.lock.querySelector(".kern-label");
    if (words) words.textContent = locked ? this.texts.unlock : this.texts.lock;
  }

  /** @param {Person[]} people */
  show(people) {
    const others = people.filter((one) => one.id !== this.you);
    this.#people = new Map(others.map((one) => [one.id, one]));
    for (const [id, row] of [...this.#rows]) {
      if (this.#people.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const one of others) this.#describe(one);
  }

  /** @param {Person} person */
  #describe(person) {
    const row = this.#rows.get(person.id) ?? this.#add(person.id);
    const name = /** @type {HTMLElement} */ (row.querySelector("[data-name]"));
    const state = /** @type {HTMLElement} */ (row.querySelector("[data-state]"));
    name.textContent = person.name;
    const words = [
      this.texts[`role_${person.role}`],
      person.held ? this.texts.is_held : "",
      person.away ? this.texts.away : "",
      person.audio || person.held ? "" : this.texts.sound_off,
    ];
    state.textContent = words.filter(Boolean).join(", ");
    for (const button of row.querySelectorAll("button")) {
      const deed = button.dataset.moderate ?? "";
      const label = button.querySelector(".kern-label");
      if (deed === "hold" && label) label.textContent = person.held ? this.texts.let_in : this.texts.hold;
      if (deed === "mute") button.hidden = !person.audio || person.held;
      button.setAttribute("aria-label", `${label?.textContent}: ${person.name}`);
    }
  }

  /** @param {string} id */
  #add(id) {
    const row = /** @type {HTMLElement} */ (this.row.content.firstElementChild?.cloneNode(true));
    row.dataset.person = id;
    this.list.append(row);
    this.#rows.set(id, row);
    return row;
  }

  /** @param {HTMLElement} button */
  #act(button) {
    const deed = button.dataset.moderate ?? "";
    if (deed === "lock") {
      this.ask("lock", { locked: button.getAttribute("aria-pressed") !== "true" });
      return;
    }
    const row = /** @type {HTMLElement} */ (button.closest("[data-person]"));
    const person = this.#people.get(row.dataset.person ?? "");
    if (!person) return;
    if (deed === "mute") this.ask("mute", { participant: person.id, kind: "audio" });
    else if (deed === "hold") this.ask("hold", { participant: person.id, held: !person.held });
    else if (deed === "remove") this.#remove(button, person);
  }

  /**
   * Show somebody out with the second tap, so that a slip costs nothing.
   * @param {HTMLElement} button
   * @param {Person} person
   */
  #remove(button, person) {
    const label = /** @type {HTMLElement} */ (button.querySelector(".kern-label"));
    if (button.dataset.sure === undefined) {
      button.dataset.sure = "";
      label.textContent = this.texts.remove_sure;
      button.setAttribute("aria-label", `${this.texts.remove_sure}: ${person.name}`);
      setTimeout(() => {
        delete button.dataset.sure;
        label.textContent = this.texts.remove;
        button.setAttribute("aria-label", `${this.texts.remove}: ${person.name}`);
      }, 5_000);
      return;
    }
    this.ask("remove", { participant: person.id });
  }
}
