/**
 * Sealing: end-to-end encryption of a call. Frames are sealed in a worker with keys that only the
 * pages of this call know (exchange.js); the server hands everything on and can open nothing.
 *
 * It is never given up silently: when somebody's browser cannot seal, nothing is sent until the person
 * at this page has agreed to go on without. It cannot protect against a server that serves another
 * script; the compared words protect against a server that exchanges keys.
 *
 * Events:
 *   change   {state, unable, words, compared}: state is "alone", "agreeing", "sealed", "ask" (somebody
 *            cannot, nothing is sent), "open" (agreed to) or "halted" (the words did not match)
 */

import { Exchange } from "./exchange.js";
import { Outbox } from "./outbox.js";
import { wordsOf } from "./words.js";

/** @typedef {import("../signalling.js").Signalling} Signalling */

/** Tell whether this browser can seal frames. */
export function canSeal() {
  return "RTCRtpScriptTransform" in globalThis && globalThis.crypto?.subtle !== undefined;
}

export class Sealing extends EventTarget {
  #worker = canSeal()
    ? new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
    : null;
  /** @type {Exchange} */ #exchange;
  /** @type {WeakMap<object, string>} */ #seats = new WeakMap();
  #seatCount = 0;
  #mode = "closed";
  #halted = false;
  #agreement = { state: "alone", unable: /** @type {string[]} */ ([]) };
  /** @type {Set<string>} without whose sealing the person goes on */ #accepted = new Set();
  /** @type {Record<string, string>} */ #keys = {};
  /** @type {Record<string, string>} the keys that were compared by voice */ #compared = {};
  /** @type {number[]} */ #words = [];
  /** @type {((counts: object) => void)[]} */ #asking = [];

  /**
   * @param {Signalling} signalling
   * @param {{you: string}} options
   */
  constructor(signalling, { you }) {
    super();
    const outbox = new Outbox((to, body) => signalling.relay(to, body));
    this.#exchange = new Exchange({ you, can: canSeal(), relay: (...one) => outbox.put(...one) });
    const hear = (/** @type {string} */ name, /** @type {(detail: any) => void} */ deed) =>
      signalling.addEventListener(name, (event) => deed(/** @type {CustomEvent} */ (event).detail));
    hear("joined", ({ people }) => this.#exchange.people(people));
    hear("people", ({ people }) => this.#exchange.people(people));
    hear("relay", ({ from, body }) => this.#exchange.receive(from, body));
    hear("ended", () => this.close());
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ deed) =>
      this.#exchange.addEventListener(name, (event) => deed(/** @type {CustomEvent} */ (event).detail));
    for (const type of ["own", "key", "forget"]) on(type, (values) => this.#post({ type, ...values }));
    on("state", (state) => this.#onState(state));
    this.#worker?.addEventListener("message", ({ data }) => {
      if (data.type === "unknown") this.#exchange.lack(data.owner);
      if (data.type === "counts") this.#asking.shift()?.(data.counts);
    });
  }

  /** @returns {boolean} whether own sound and picture may leave this page at all */
  get maySend() {
    return this.#worker !== null || this.#mode === "open";
  }

  /** @returns {boolean} whether what arrives can be played; sealed sound would be a loud noise */
  get mayPlay() {
    return this.maySend;
  }

  /**
   * @param {RTCRtpSender} sender
   * @param {"audio" | "video"} kind
   */
  protectSender(sender, kind) {
    this.#attach(sender, { kind });
  }

  /**
   * @param {RTCRtpReceiver} receiver
   * @param {"audio" | "video"} kind
   */
  protectReceiver(receiver, kind) {
    this.#seatCount += 1;
    const seat = String(this.#seatCount);
    this.#seats.set(receiver, seat);
    this.#attach(receiver, { kind, seat });
  }

  /**
   * Say who appears where; frames of anybody else are not shown there.
   * @param {RTCRtpReceiver} receiver
   * @param {string | null} participant
   */
  assign(receiver, participant) {
    this.#post({ type: "seat", seat: this.#seats.get(receiver), owner: participant });
  }

  /** Go on although somebody's browser cannot seal. */
  accept() {
    for (const id of this.#agreement.unable) this.#accepted.add(id);
    this.#accepted.add("");
    this.#decide();
  }

  /** Note that the words were the same on both sides. */
  matched() {
    this.#compared = { ...this.#compared, ...this.#keys };
    this.#halted = false;
    this.#decide();
  }

  /** Stop sending: the words were not the same. */
  mismatched() {
    this.#compared = {};
    this.#halted = true;
    this.#decide();
  }

  /** Compare once more. */
  again() {
    this.#halted = false;
    this.#decide();
  }

  close() {
    this.#exchange.close();
    this.#worker?.terminate();
    this.#worker = null;
    this.#mode = "closed";
  }

  /** Count frames; for tests. */
  counts() {
    if (this.#worker === null) return Promise.resolve({});
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#post({ type: "counts" });
    });
  }

  /**
   * @param {any} end a sender or a receiver
   * @param {object} options
   */
  #attach(end, options) {
    if (this.#worker === null) return;
    const Transform = /** @type {any} */ (globalThis).RTCRtpScriptTransform;
    end.transform = new Transform(this.#worker, options);
  }

  /** @param {{state: string, unable: string[], fingerprint?: Uint8Array, keys?: Record<string, string>}} state */
  #onState({ state, unable, fingerprint, keys = {} }) {
    this.#agreement = { state, unable };
    if (state === "sealed" && fingerprint) {
      this.#words = wordsOf(fingerprint);
      this.#keys = keys;
    }
    this.#decide();
  }

  #decide() {
    const { state, unable } = this.#agreement;
    const accepted = this.#accepted.has("") && unable.every((id) => this.#accepted.has(id));
    let shown = state;
    if (state === "unable") shown = accepted ? "open" : "ask";
    if (this.#halted) shown = "halted";
    // While keys are exchanged anew and while a question is open, the old keys go on.
    const keeps = (shown === "agreeing" || shown === "ask") && this.#mode === "sealed";
    this.#enter(keeps || shown === "sealed" ? "sealed" : shown === "open" ? "open" : "closed");
    const compared = Object.entries(this.#keys).every(([id, key]) => this.#compared[id] === key);
    const detail = { state: shown, unable, words: this.#words, compared };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  /** @param {string} mode */
  #enter(mode) {
    this.#mode = mode;
    this.#post({ type: "mode", mode });
  }

  /** @param {object} message */
  #post(message) {
    this.#worker?.postMessage(message);
  }
}
