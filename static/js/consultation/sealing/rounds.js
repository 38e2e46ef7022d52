// One round of the exchange: everybody who is in commits to a public key and a fresh number, and shows
// them only when the commitments of all others have arrived. So nobody between them can try out keys
// until the compared words agree (the idea of ZRTP, RFC 6189 section 4.4.1.1, for a group).
//
// A round belongs to one set of pages and happens once; its label is a digest of that set.

import { digest, encode, randomBytes } from "./codes.js";

/** @typedef {{participant: string, page: string}} Member */
/** @typedef {{key: string, nonce: string}} Reveal */

/**
 * @param {Member[]} members
 * @returns {Promise<string>}
 */
export async function labelOf(members) {
  const pages = members.map(({ participant, page }) => [participant, page]).sort(byText);
  return encode(await digest("round", pages));
}

/**
 * @param {string} label
 * @param {Member} member
 * @param {Reveal} reveal
 */
async function commitment(label, { participant, page }, { key, nonce }) {
  return encode(await digest("commit", label, participant, page, key, nonce));
}

export class Round {
  /** @type {Map<string, string>} the first commitment of each; a second one is foul play */
  #commits = new Map();
  /** @type {Map<string, Reveal>} */ #reveals = new Map();
  /** @type {Map<string, number>} whose sender key is here, with its id */ keys = new Map();
  /** @type {Map<string, any>} sender keys that came before the round was complete */ early = new Map();
  /** Whether the others were told the own key, too, and not only the commitment to it. */ shown = false;
  /** @type {Member[]} */ members = [];
  /** @type {Reveal | null} */ #own = null;
  #ownCommit = "";
  /** @type {Uint8Array | null} */ fingerprint = null;

  /**
   * @param {string} label
   * @param {string} you
   */
  constructor(label, you) {
    this.label = label;
    this.you = you;
  }

  /**
   * Take part with a public key.
   * @param {Member[]} members
   * @param {string} key
   */
  async enter(members, key) {
    if (this.#own) return;
    this.members = members;
    this.#own = { key, nonce: encode(randomBytes(16)) };
    const self = /** @type {Member} */ (members.find((one) => one.participant === this.you));
    this.#ownCommit = await commitment(this.label, self, this.#own);
  }

  get others() {
    return this.members.filter((one) => one.participant !== this.you);
  }

  /** Tell whether everybody has committed, so that the own key may be shown. */
  get mayReveal() {
    return this.#own !== null && this.others.every((one) => this.#commits.has(one.participant));
  }

  /** @param {string} participant */
  lacks(participant) {
    return !this.#commits.has(participant) || !this.#reveals.has(participant);
  }

  /** Write what the others may know by now. */
  step() {
    const shown = this.mayReveal ? this.#own : {};
    return { round: this.label, commit: this.#ownCommit, ...shown };
  }

  /**
   * @param {string} from
   * @param {{commit?: string, key?: string, nonce?: string}} step
   */
  take(from, { commit, key, nonce }) {
    if (typeof commit === "string" && !this.#commits.has(from)) this.#commits.set(from, commit);
    const shown = typeof key === "string" && typeof nonce === "string";
    if (shown && !this.#reveals.has(from)) this.#reveals.set(from, { key, nonce });
  }

  /**
   * Check what was shown against what was committed to, and fix the fingerprint.
   * @returns {Promise<boolean>} whether the round is complete
   */
  async complete() {
    if (this.fingerprint) return true;
    if (!this.mayReveal) return false;
    for (const member of this.others) {
      const reveal = this.#reveals.get(member.participant);
      if (!reveal) return false;
      const promised = this.#commits.get(member.participant);
      if ((await commitment(this.label, member, reveal)) !== promised) return false;
    }
    const all = this.members.map(({ participant }) => [participant, this.#reveal(participant)]);
    this.fingerprint = await digest("words", this.label, all.sort(byText));
    return true;
  }

  /**
   * @param {string} participant
   * @returns {string} the public key
   */
  publicKey(participant) {
    return this.#reveal(participant).key;
  }

  /** @param {string} participant */
  #reveal(participant) {
    const reveal = participant === this.you ? this.#own : this.#reveals.get(participant);
    return /** @type {Reveal} */ (reveal);
  }
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function byText(one, other) {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
