// The interpreter channel: whoever interprets speaks to all or only to those who listen to it; whoever
// listens hears the interpreter in full and the others softly.

const SOFT = 0.2;

/** @typedef {import("./tiles.js").Person} Person */

export class Interpreting {
  #listens = false;
  #speaks = false;
  /** @type {Person[]} */ #people = [];

  /**
   * @param {HTMLElement} root holds `[data-interpreting='listen']` and `[data-interpreting='speak']`
   * @param {object} options
   * @param {string} options.you
   * @param {import("./tiles.js").Tiles} options.tiles
   * @param {(type: string, values: object) => void} options.ask
   */
  constructor(root, { you, tiles, ask }) {
    this.root = root;
    this.you = you;
    this.tiles = tiles;
    this.ask = ask;
    root.addEventListener("change", (event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      if (box.dataset.interpreting === "listen") this.#listens = box.checked;
      if (box.dataset.interpreting === "speak") this.#speaks = box.checked;
      this.tellServer();
      this.#apply();
    });
  }

  /** Say again what was chosen: a server that restarted does not know it. */
  tellServer() {
    if (this.#isInterpreter()) {
      this.ask("speak", { channel: this.#speaks ? "interpreter" : "floor" });
    }
    this.ask("listen", { interpreter: this.#listens });
  }

  /** @param {Person[]} people */
  show(people) {
    this.#people = people;
    const others = people.filter((one) => one.id !== this.you);
    const listen = others.some((one) => one.role === "interpreter");
    this.#part("listen").hidden = !listen;
    this.#part("speak").hidden = !this.#isInterpreter();
    this.root.hidden = !listen && !this.#isInterpreter();
    this.#apply();
  }

  #isInterpreter() {
    return this.#people.find((one) => one.id === this.you)?.role === "interpreter";
  }

  #apply() {
    const speaks = this.#people.some((one) => one.id !== this.you && one.channel === "interpreter");
    this.tiles.setVolumes((one) =>
      this.#listens && speaks && one.channel !== "interpreter" ? SOFT : 1,
    );
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (
      this.root.querySelector(`[data-interpreting='${name}']`)?.closest("[data-part]")
    );
  }
}
