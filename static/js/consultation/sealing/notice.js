// What the person at this page sees of the encryption: a word in the head, a panel with the four words,
// and a question that cannot be overlooked when somebody's browser cannot seal.

/** @typedef {import("./sealing.js").Sealing} Sealing */

export class SealingNotice {
  #shown = "";

  /**
   * @param {HTMLElement} root the call
   * @param {object} options
   * @param {Sealing} options.sealing
   * @param {Record<string, string>} options.texts
   * @param {string[]} options.words the list of sixty-four in the language of the page
   * @param {string[]} options.german the list that every page shows, whatever its language
   * @param {(id: string) => string} options.nameOf
   * @param {(words: string) => void} options.say
   */
  constructor(root, { sealing, texts, words, german, nameOf, say }) {
    this.root = root;
    this.texts = texts;
    this.words = words;
    this.german = german;
    this.nameOf = nameOf;
    this.say = say;
    this.sealing = sealing;
    sealing.addEventListener("change", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-sealing-do]");
      if (button instanceof HTMLElement) this.#act(button.dataset.sealingDo ?? "");
    });
  }

  /** @param {string} deed */
  #act(deed) {
    if (deed === "accept") this.sealing.accept();
    else if (deed === "match") this.sealing.matched();
    else if (deed === "mismatch") this.sealing.mismatched();
    else if (deed === "again") this.sealing.again();
    // The button that was pressed is gone: go on reading where the answer stands.
    const panel = /** @type {HTMLElement | null} */ (this.root.querySelector("[data-panel='sealing'] h2"));
    if (deed !== "accept") panel?.focus();
  }

  /**
   * Write one word so that people with pages in different languages can compare it: the German one,
   * and behind it that of the page.
   * @param {number} place
   */
  #word(place) {
    const [german, own] = [this.german[place], this.words[place]];
    if (german === own) return [german];
    const common = document.createElement("span");
    common.lang = "de";
    common.textContent = german;
    return [common, ` (${own})`];
  }

  /** @param {{state: string, unable: string[], words: number[], compared: boolean}} change */
  #show({ state, unable, words, compared }) {
    const shown = state === "sealed" && compared ? "compared" : state;
    const names = unable.length > 0 ? unable.map(this.nameOf).join(", ") : this.texts.your_browser;
    for (const part of this.root.querySelectorAll("[data-sealing-show]")) {
      const states = (part.getAttribute("data-sealing-show") ?? "").split(" ");
      /** @type {HTMLElement} */ (part).hidden = !states.includes(shown);
    }
    for (const place of this.root.querySelectorAll("[data-sealing-names]")) place.textContent = names;
    const label = this.root.querySelector("[data-sealing-label]");
    if (label) label.textContent = this.texts[`sealing_${shown}`];
    this.root.dataset.sealing = shown;
    const list = this.root.querySelector("[data-sealing-words]");
    const items = words.map((place) => {
      const item = document.createElement("li");
      item.append(...this.#word(place));
      return item;
    });
    list?.replaceChildren(...items);
    if (shown !== this.#shown && shown !== "agreeing" && shown !== "alone") {
      this.say(this.texts[`said_${shown}`]?.replace("{names}", names) ?? "");
    }
    this.#shown = shown;
  }
}
