/**
 * Exchange: how the pages of a call agree on keys, over messages that the server only hands on.
 *
 *   hello  {page, can, want}        who I am, whether this browser can seal; `want`: tell me too
 *   step   {round, commit, key?, nonce?, want}   what I may say in this round (see rounds.js)
 *   key    {round, id, iv, key}     my sender key, wrapped for you alone
 *   have   {id}                     it has arrived
 *   want   {round}                  I lack your key
 *
 * Each message may be lost or come twice. With every person who comes or goes there is a new sender
 * key; it is used as soon as all have it, at the latest after two seconds.
 *
 * Events, each a CustomEvent:
 *   state    {state: "alone" | "agreeing" | "unable" | "sealed", unable: [id], fingerprint, keys}
 *   key      {owner, id, key}: frames of that person can be opened with it
 *   own      {id, key}: seal with this from now on
 *   forget   {id}: a key that is over
 */

import { encode, randomBytes } from "./codes.js";
import { nextMembers } from "./members.js";
import { ownPair, publicText, sealed, senderKey, unwrap, wrap } from "./pairwise.js";
import { labelOf, Round } from "./rounds.js";

const TICK = 1_000;
const SLOWEST_TICK = 5_000;
const SILENT_LIMIT = 8_000;
const SWITCH_LIMIT = 2_000;
const OVERLAP = 5_000;
const ROUNDS_KEPT = 12;

export class Exchange extends EventTarget {
  #you;
  #can;
  #relay;
  #page = encode(randomBytes(12));
  /** @type {CryptoKeyPair | null} */ #pair = null;
  #publicKey = "";
  /** @type {Map<string, {page: string, can: boolean}>} */ #pages = new Map();
  /** @type {Map<string, number>} since when somebody says nothing */ #silent = new Map();
  /** @type {Map<string, Round>} */ #rounds = new Map();
  /** @type {Round | null} */ #round = null;
  /** @type {string[]} */ #members;
  #changed = false;
  /** @type {{id: number, key: CryptoKey, waiting: Set<string>, used: boolean} | null} */
  #own = null;
  /** @type {Map<string, number[]>} the ids of the keys of each person, newest last */ #kept = new Map();
  #queue = Promise.resolve();
  #tick = TICK;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #told = "";
  #closed = false;

  /**
   * @param {object} options
   * @param {string} options.you
   * @param {boolean} options.can whether this browser can seal
   * @param {(to: string, body: string) => void} options.relay
   */
  constructor({ you, can, relay }) {
    super();
    this.#you = you;
    this.#can = can;
    this.#relay = relay;
    this.#members = [you];
  }

  /** @param {import("./members.js").Person[]} people */
  people(people) {
    this.#later(async () => {
      const members = nextMembers(this.#members, people, this.#you);
      if (members === this.#members) return;
      for (const id of members) if (!this.#members.includes(id)) this.#silent.set(id, Date.now());
      for (const id of this.#members) if (!members.includes(id)) this.#forgetSoon(id);
      this.#members = members;
      this.#changed = true;
      this.#tick = TICK;
      for (const id of this.#others) this.#say(id, this.#hello(!this.#pages.has(id)));
      await this.#advance();
    });
  }

  /**
   * @param {string} from
   * @param {string} body
   */
  receive(from, body) {
    this.#later(async () => {
      const message = parse(body);
      if (message.type === "hello") await this.#onHello(from, message);
      else if (message.type === "step") await this.#onStep(from, message);
      else if (message.type === "key") await this.#onKey(from, message);
      else if (message.type === "have") this.#onHave(from, message);
      else if (message.type === "want") await this.#onWant(from, message);
    });
  }

  /**
   * Note that frames of somebody cannot be opened.
   * @param {string} owner
   */
  lack(owner) {
    if (this.#round?.fingerprint) this.#say(owner, { type: "want", round: this.#round.label });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  get #others() {
    return this.#members.filter((id) => id !== this.#you);
  }

  /** @param {() => Promise<void>} deed */
  #later(deed) {
    // One after the other: what a message means depends on those before it.
    this.#queue = this.#queue.then(() => (this.#closed ? undefined : deed())).catch(() => {});
  }

  // What is said

  /**
   * @param {string} to
   * @param {object} message
   */
  #say(to, message) {
    this.#relay(to, JSON.stringify(message));
  }

  /** @param {boolean} want */
  #hello(want) {
    return { type: "hello", page: this.#page, can: this.#can, want };
  }

  /** @param {boolean} want */
  #step(want) {
    return { type: "step", ...this.#round?.step(), want };
  }

  // What is heard

  /**
   * @param {string} from
   * @param {{page: string, can: boolean, want: boolean}} hello
   */
  async #onHello(from, { page, can, want }) {
    if (typeof page !== "string") return;
    const before = this.#pages.get(from);
    this.#pages.set(from, { page, can: can === true });
    if (want) this.#say(from, this.#hello(false));
    if (before?.page !== page || before.can !== can) await this.#advance();
  }

  /**
   * @param {string} from
   * @param {any} step
   */
  async #onStep(from, step) {
    if (typeof step.round !== "string") return;
    const round = this.#roundOf(step.round);
    round.take(from, step);
    if (round !== this.#round) return;
    if (step.want) this.#say(from, this.#step(false));
    await this.#advance();
  }

  /**
   * @param {string} from
   * @param {any} wrapped
   */
  async #onKey(from, wrapped) {
    const round = this.#rounds.get(wrapped.round);
    if (!round || !this.#pair) return;
    if (!round.fingerprint) {
      round.early.set(from, wrapped);
      return;
    }
    const way = { round: round.label, from, to: this.#you };
    const key = await unwrap(this.#pair.privateKey, round.publicKey(from), way, wrapped);
    const ids = this.#kept.get(from) ?? [];
    if (!ids.includes(wrapped.id)) {
      for (const id of ids) setTimeout(() => this.#forget(from, id), OVERLAP);
      this.#kept.set(from, [...ids, wrapped.id]);
    }
    round.keys.set(from, wrapped.id);
    this.#emit("key", { owner: from, id: wrapped.id, key });
    this.#say(from, { type: "have", id: wrapped.id });
  }

  /**
   * @param {string} from
   * @param {{id: number}} message
   */
  #onHave(from, { id }) {
    if (this.#own?.id !== id) return;
    this.#own.waiting.delete(from);
    if (this.#own.waiting.size === 0) this.#use(this.#own);
  }

  /**
   * @param {string} from
   * @param {{round: string}} message
   */
  async #onWant(from, { round }) {
    if (round === this.#round?.label) await this.#sendKey(from);
  }

  // What follows

  /** @param {string} label */
  #roundOf(label) {
    const known = this.#rounds.get(label);
    if (known) return known;
    const round = new Round(label, this.#you);
    this.#rounds.set(label, round);
    for (const [old, kept] of this.#rounds) {
      if (this.#rounds.size > ROUNDS_KEPT && kept !== this.#round) this.#rounds.delete(old);
    }
    return round;
  }

  async #advance() {
    if (this.#others.length === 0) {
      this.#stop();
      this.#tell("alone");
      return;
    }
    this.#schedule();
    const unable = this.#others.filter((id) => !this.#canSeal(id));
    if (unable.length > 0 || !this.#can) {
      this.#tell("unable", unable);
      return;
    }
    if (this.#others.some((id) => !this.#pages.has(id))) {
      this.#tell("agreeing");
      return;
    }
    await this.#enterRound();
  }

  /** @param {string} id */
  #canSeal(id) {
    const page = this.#pages.get(id);
    if (page) return page.can;
    return Date.now() - (this.#silent.get(id) ?? 0) < SILENT_LIMIT;
  }

  async #enterRound() {
    if (this.#pair === null) {
      this.#pair = await ownPair();
      this.#publicKey = await publicText(this.#pair.publicKey);
    }
    const members = this.#members.map((participant) => ({
      participant,
      page: participant === this.#you ? this.#page : this.#pages.get(participant)?.page ?? "",
    }));
    const round = this.#roundOf(await labelOf(members));
    const entered = round !== this.#round;
    this.#round = round;
    await round.enter(members, this.#publicKey);
    if (entered || round.shown !== round.mayReveal) {
      round.shown = round.mayReveal;
      for (const id of this.#others) this.#say(id, this.#step(false));
    }
    const before = round.fingerprint;
    if (!(await round.complete())) this.#tell("agreeing");
    else if (entered || !before || this.#changed) await this.#renew(round);
    await this.#takeEarly(round);
  }

  /**
   * Take the keys of those who were through with this round before it was complete here.
   * @param {Round} round
   */
  async #takeEarly(round) {
    if (!round.fingerprint) return;
    const early = [...round.early];
    round.early.clear();
    for (const [from, wrapped] of early) await this.#onKey(from, wrapped);
  }

  /**
   * Make a new sender key and hand it to everybody who is in.
   * @param {Round} round
   */
  async #renew(round) {
    this.#changed = false;
    const { id, key } = await senderKey();
    const own = { id, key, waiting: new Set(this.#others), used: false };
    this.#own = own;
    await Promise.all(this.#others.map((other) => this.#sendKey(other)));
    setTimeout(() => this.#use(own), SWITCH_LIMIT);
    const keys = Object.fromEntries(
      round.others.map(({ participant }) => [participant, round.publicKey(participant)]),
    );
    this.#tell("sealed", [], { fingerprint: round.fingerprint, keys });
  }

  /** @param {string} to */
  async #sendKey(to) {
    const [round, own, pair] = [this.#round, this.#own, this.#pair];
    if (!round?.fingerprint || !own || !pair || !this.#members.includes(to)) return;
    const way = { round: round.label, from: this.#you, to };
    const wrapped = await wrap(pair.privateKey, round.publicKey(to), way, own);
    this.#say(to, { type: "key", round: round.label, ...wrapped });
  }

  /** @param {{id: number, key: CryptoKey, used: boolean}} own */
  async #use(own) {
    if (own !== this.#own || own.used) return;
    own.used = true;
    const key = await sealed(own.key);
    if (own === this.#own) this.#emit("own", { id: own.id, key });
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#round = null;
    this.#own = null;
    this.#emit("own", { id: 0, key: null });
  }

  /**
   * Frames that are on the way may still come from somebody who left.
   * @param {string} participant
   */
  #forgetSoon(participant) {
    setTimeout(() => {
      if (this.#members.includes(participant)) return;
      for (const id of this.#kept.get(participant) ?? []) this.#forget(participant, id);
      for (const round of this.#rounds.values()) round.keys.delete(participant);
    }, OVERLAP);
  }

  /**
   * @param {string} participant
   * @param {number} id
   */
  #forget(participant, id) {
    const left = (this.#kept.get(participant) ?? []).filter((one) => one !== id);
    if (left.length > 0) this.#kept.set(participant, left);
    else this.#kept.delete(participant);
    this.#emit("forget", { id });
  }

  // What got lost is said again

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#later(() => this.#again()), this.#tick);
  }

  async #again() {
    const open = this.#others.filter((id) => this.#ask(id));
    this.#tick = open.length > 0 ? Math.min(this.#tick * 1.5, SLOWEST_TICK) : SLOWEST_TICK;
    await this.#advance();
  }

  /**
   * @param {string} id
   * @returns {boolean} whether something is missing from or with this person
   */
  #ask(id) {
    if (!this.#pages.has(id)) {
      this.#say(id, this.#hello(true));
      return true;
    }
    const round = this.#round;
    if (!round || !round.members.some((one) => one.participant === id)) return true;
    if (!round.fingerprint) {
      if (round.lacks(id)) this.#say(id, this.#step(true));
      return true;
    }
    if (this.#own?.waiting.has(id)) this.#sendKey(id);
    if (!round.keys.has(id)) this.#say(id, { type: "want", round: round.label });
    return Boolean(this.#own?.waiting.has(id)) || !round.keys.has(id);
  }

  /**
   * @param {string} state
   * @param {string[]} [unable]
   * @param {object} [more]
   */
  #tell(state, unable = [], more = {}) {
    const said = JSON.stringify([state, unable]);
    if (said === this.#told && state !== "sealed") return;
    this.#told = said;
    this.#emit("state", { state, unable, ...more });
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {string} body */
function parse(body) {
  try {
    const message = JSON.parse(body);
    return typeof message === "object" && message !== null ? message : {};
  } catch {
    return {};
  }
}
