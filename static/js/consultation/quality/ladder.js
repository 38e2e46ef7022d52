// The quality ladder of the own picture: down when the path cannot carry it, to sound only at the end,
// and up again with patience. Sound always goes first. The browser adapts between the rungs by itself.

/** @typedef {{name: string, bitrate: number, needs: number, scale: number, frames: number}} Rung */

/** @type {Rung[]} best first; bits per second, `needs` is what the path must carry beside the sound */
export const RUNGS = [
  { name: "high", bitrate: 1_800_000, needs: 400_000, scale: 1, frames: 30 },
  { name: "medium", bitrate: 500_000, needs: 180_000, scale: 2, frames: 24 },
  { name: "low", bitrate: 150_000, needs: 60_000, scale: 4, frames: 15 },
  { name: "none", bitrate: 0, needs: 0, scale: 4, frames: 15 },
];
const SAVER = 2;
const START = 10_000;
const LOSS = 0.12;
const CALM_LOSS = 0.04;
const BAD_SECONDS = 4_000;
const FIRST_PATIENCE = 15_000;
const LONGEST_PATIENCE = 120_000;
const HEADROOM = 1.3;

export class Ladder {
  #step = 0;
  #top = 0;
  #began = 0;
  #forced = false;
  #badSince = 0;
  #calmSince = 0;
  #climbed = 0;
  #tried = false;
  #patience = FIRST_PATIENCE;

  /** @param {number} now milliseconds */
  constructor(now) {
    this.#began = this.#calmSince = now;
  }

  get rung() {
    if (this.#forced) return RUNGS[RUNGS.length - 1];
    return RUNGS[Math.max(this.#step, this.#top)];
  }

  /**
   * Send small pictures only.
   * @param {boolean} saving
   */
  save(saving) {
    this.#top = saving ? SAVER : 0;
  }

  /**
   * Send no picture while the server says that even the sound gets lost on the way.
   * @param {boolean} weak
   */
  force(weak) {
    this.#forced = weak;
  }

  /**
   * Take a measurement, about every two seconds.
   * @param {{available: number | null, lost: number}} measured bits per second for all that is sent;
   *   the part of packets that did not arrive
   * @param {number} now milliseconds
   * @returns {Rung}
   */
  measure({ available, lost }, now) {
    if (now - this.#began < START) return this.rung;
    const bad = lost > LOSS || (available !== null && available < RUNGS[this.#step].needs);
    if (bad) this.#sink(now);
    else this.#calm(available, lost, now);
    return this.rung;
  }

  /** @param {number} now */
  #sink(now) {
    this.#calmSince = now;
    this.#badSince ||= now;
    if (now - this.#badSince < BAD_SECONDS) return;
    // A rung that could not be held is tried later and later.
    if (this.#tried && now - this.#climbed < this.#patience) {
      this.#patience = Math.min(this.#patience * 2, LONGEST_PATIENCE);
      this.#tried = false;
    }
    this.#step = Math.min(this.#step + 1, RUNGS.length - 1);
    this.#badSince = 0;
  }

  /**
   * @param {number | null} available
   * @param {number} lost
   * @param {number} now
   */
  #calm(available, lost, now) {
    this.#badSince = 0;
    if (lost > CALM_LOSS) this.#calmSince = now;
    if (now - this.#climbed > LONGEST_PATIENCE) this.#patience = FIRST_PATIENCE;
    if (this.#step === 0) return;
    const calm = now - this.#calmSince;
    const proven = available !== null && available > RUNGS[this.#step - 1].needs * HEADROOM;
    // Without a picture the browser has nothing to measure with: only trying tells.
    if (calm < (proven ? this.#patience / 3 : this.#patience)) return;
    this.#step -= 1;
    this.#climbed = this.#calmSince = now;
    this.#tried = true;
  }
}
