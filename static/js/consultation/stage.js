// Where the tiles stand: all of one size, or one large and the others small below it. A shared screen
// is always large. Nothing is moved while somebody only coughs: who speaks has to go on for a while.

import { isScreen } from "./tiles.js";

const LOUD = 0.02;
const LISTEN_FOR = 1_500;
const KEPT = "portal.view";

/**
 * Find who speaks, with patience: whoever spoke stays until another speaks for some time.
 */
export class SpeakerFinder {
  /** @type {string | null} */ current = null;
  /** @type {string | null} */ #next = null;
  #since = 0;

  /**
   * @param {Record<string, number>} levels between 0 and 1
   * @param {number} now milliseconds
   * @returns {string | null} who speaks, or spoke last
   */
  hear(levels, now) {
    const [loudest] = Object.entries(levels).sort(([, one], [, other]) => other - one);
    const speaker = loudest && loudest[1] > LOUD ? loudest[0] : null;
    if (speaker === null || speaker === this.current) this.#next = null;
    else if (speaker !== this.#next) {
      this.#next = speaker;
      this.#since = now;
    } else if (now - this.#since >= LISTEN_FOR) {
      this.current = speaker;
      this.#next = null;
    }
    if (this.current === null && speaker !== null) this.current = speaker;
    return this.current;
  }
}

export class Stage {
  #finder = new SpeakerFinder();
  /** @type {string | null} */ #pinned = null;
  #view = sessionStorage.getItem(KEPT) ?? "grid";
  #wanted = "";

  /**
   * @param {HTMLElement} root holds the tiles
   * @param {import("./tiles.js").Tiles} tiles
   * @param {(wishes: Record<string, "high" | "low">) => void} onWish told who is looked at how
   */
  constructor(root, tiles, onWish) {
    this.root = root;
    this.tiles = tiles;
    this.onWish = onWish;
  }

  get view() {
    return this.#view;
  }

  /** @param {string} view "grid" or "speaker" */
  choose(view) {
    this.#view = view;
    sessionStorage.setItem(KEPT, view);
    this.#pinned = null;
    this.arrange();
  }

  /** @param {string} id */
  pin(id) {
    this.#pinned = this.#pinned === id ? null : id;
    this.arrange();
  }

  /** @param {Record<string, number>} levels */
  hear(levels) {
    const before = this.#finder.current;
    const speaker = this.#finder.hear(levels, Date.now());
    this.tiles.showSpeaking((levels[speaker ?? ""] ?? 0) > LOUD ? speaker : null);
    if (before !== speaker && this.#view === "speaker") this.arrange();
  }

  /** Put every tile in its place. */
  arrange() {
    const { ids } = this.tiles;
    const people = ids.filter((id) => !isScreen(id));
    if (this.#pinned !== null && !ids.includes(this.#pinned)) this.#pinned = null;
    const main = this.#main(ids, people);
    this.root.dataset.count = String(ids.length);
    this.root.dataset.layout = main === null ? "grid" : "main";
    for (const id of ids) this.tiles.tile(id).classList.toggle("call-tile--main", id === main);
    this.tiles.showPinned(this.#pinned ?? null);
    const alike = people.length > 4 ? "low" : "high";
    const wishes = Object.fromEntries(
      ids.map((id) => [id, main === null ? alike : id === main ? "high" : "low"]),
    );
    const wanted = JSON.stringify(wishes);
    if (wanted !== this.#wanted) this.onWish(/** @type {any} */ (wishes));
    this.#wanted = wanted;
  }

  /**
   * @param {string[]} ids
   * @param {string[]} people
   */
  #main(ids, people) {
    if (ids.length < 2) return null;
    const screen = ids.find(isScreen);
    if (this.#pinned ?? screen) return this.#pinned ?? screen ?? null;
    if (this.#view !== "speaker") return null;
    const speaker = this.#finder.current;
    return speaker !== null && people.includes(speaker) ? speaker : people[0];
  }
}
