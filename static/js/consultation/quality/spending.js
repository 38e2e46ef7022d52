// How much data the call has cost and will cost. Kept over a reload in the same tab.

const KEPT = "portal.spent";
const HALF_HOUR = 30 * 60_000;
const WINDOW = 30_000;

export class Spending {
  #before;
  #key;
  /** @type {{at: number, bytes: number}[]} */ #points = [];

  /**
   * @param {string} call names the call
   * @param {Pick<Storage, "getItem" | "setItem">} [storage]
   */
  constructor(call, storage = sessionStorage) {
    this.storage = storage;
    this.#key = `${KEPT}.${call}`;
    this.#before = Number(storage.getItem(this.#key) ?? 0);
  }

  /**
   * @param {number} bytes since this page was opened
   * @param {number} now milliseconds
   * @returns {{spent: number, expected: number | null}} bytes of the whole call, and of half an hour at
   *   the pace of the last thirty seconds (null until there is a pace)
   */
  add(bytes, now) {
    this.#points.push({ at: now, bytes });
    while (this.#points.length > 2 && now - this.#points[0].at > WINDOW) this.#points.shift();
    const spent = this.#before + bytes;
    this.storage.setItem(this.#key, String(spent));
    const [first] = this.#points;
    const elapsed = now - first.at;
    const pace = elapsed >= 4_000 ? (bytes - first.bytes) / elapsed : null;
    return { spent, expected: pace === null ? null : pace * HALF_HOUR };
  }
}

/**
 * Write bytes as megabytes: exact when there are few, round when there are many.
 * @param {number} bytes
 */
export function megabytes(bytes) {
  const value = bytes / 1_000_000;
  return value.toLocaleString("de-DE", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
