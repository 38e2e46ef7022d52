// Messages to others at the pace that the media process allows: a burst, then so many in a second.
// Whatever waits is replaced by a newer message of the same kind to the same person.

const BURST = 100;
const PER_SECOND = 15;

export class Outbox {
  #send;
  #left = BURST;
  #then = Date.now();
  /** @type {Map<string, {to: string, body: string}>} */ #waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /** @param {(to: string, body: string) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {string} to
   * @param {string} body JSON with a `type`
   */
  put(to, body) {
    const kind = `${to} ${JSON.parse(body).type}`;
    this.#waiting.delete(kind);
    this.#waiting.set(kind, { to, body });
    this.#flush();
  }

  #flush() {
    clearTimeout(this.#timer);
    const now = Date.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#then) / 1000) * PER_SECOND);
    this.#then = now;
    for (const [kind, { to, body }] of this.#waiting) {
      if (this.#left < 1) break;
      this.#left -= 1;
      this.#waiting.delete(kind);
      this.#send(to, body);
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#flush(), 1000 / PER_SECOND);
  }
}
