// What was typed in drafts and has not been acknowledged, sealed in this browser: one entry for each
// visit of a page, `draft/<application>/<random>`. Which page it is stands inside, because the name of
// an entry is not sealed and a page can say something about a person.

import { openStore } from "../sealed_store.js";
import { Changes } from "./changes.js";
import { send } from "./sending.js";

const PREFIX = "draft";

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** Do a deed with an entry that no open page is writing; such a page takes care of it itself. */
function unlessHeld(name, deed) {
  if (!globalThis.navigator?.locks) {
    return deed();
  }
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? deed() : null));
}

export class Journal {
  #application;
  #name;
  #store;
  #written = Promise.resolve();

  constructor(keys, application, store = openStore(keys)) {
    this.#application = application;
    this.#name = `${PREFIX}/${application}/${newKey()}`;
    this.#store = store;
  }

  /** Resolve to whether this browser keeps anything. */
  async isThere() {
    return (await this.#store) !== null;
  }

  /** Hold the own entry as long as this page is open. */
  hold() {
    globalThis.navigator?.locks?.request(this.#name, () => new Promise(() => {}));
  }

  /** Keep what is open on a page, or forget the entry when nothing is; in the order of the calls. */
  keep(place, address, changes) {
    const fields = changes.kept();
    const isEmpty = changes.isEmpty;
    this.#written = this.#written
      .then(async () => {
        const store = await this.#store;
        await (isEmpty ? store?.remove(this.#name) : store?.put(this.#name, { place, address, fields }));
      })
      .catch((error) => console.warn("a draft could not be kept in this browser", error));
    return this.#written;
  }

  /** Take over what earlier visits of this page have left, oldest first. */
  async take(place, deed) {
    for (const { name, data } of await this.#entries()) {
      if (data.place === place) {
        await unlessHeld(name, async () => {
          await deed(data.fields);
          await (await this.#store).remove(name);
        });
      }
    }
  }

  /**
   * Send what pages that are closed have left behind.
   * @returns {Promise<{outcome: string, saved: number, refused: string[]}>} how the last attempt ended
   *   (`nothing` where there was nothing to send), how many answers were saved, and for each that
   *   was not taken what the server says
   */
  async replay(csrf, except = null, post = send) {
    const result = { outcome: "nothing", saved: 0, refused: [] };
    for (const { name, data } of await this.#entries()) {
      const isOpen = !["offline", "signed_out", "failed", "sent"].includes(result.outcome);
      if (isOpen && data.place !== except) {
        await unlessHeld(name, () => this.#replayOne(name, data, csrf, post, result));
      }
    }
    return result;
  }

  async #replayOne(name, data, csrf, post, result) {
    const store = await this.#store;
    const changes = new Changes({}, {}).reopen(data.fields);
    const due = changes.due();
    if (Object.keys(due).length) {
      const { outcome, said } = await post(data.address, csrf, due);
      result.outcome = outcome;
      if (outcome === "sent") {
        await this.forget();
        return;
      }
      if (outcome !== "heard" && outcome !== "gone") {
        return;
      }
      changes.hear(due, outcome === "gone" ? { gone: Object.keys(due) } : said);
      result.saved += Object.keys(due).filter((question) => changes.stateOf(question) === "saved").length;
      await (changes.isEmpty
        ? store.remove(name)
        : store.put(name, { ...data, fields: changes.kept() }));
    }
    for (const question of Object.keys(changes.kept())) {
      if (changes.wordsOf(question)) {
        result.refused.push(changes.wordsOf(question));
      }
    }
  }

  /** Forget everything of this application: it has been sent. */
  async forget() {
    const store = await this.#store;
    for (const { name } of await this.#entries()) {
      await store.remove(name);
    }
  }

  async #entries() {
    return (await (await this.#store)?.list(`${PREFIX}/${this.#application}/`)) ?? [];
  }
}
