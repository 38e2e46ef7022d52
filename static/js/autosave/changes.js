// What somebody has typed on one page of a draft and the server has not acknowledged yet, question by
// question. It knows nothing of the page, the network or the store.

/** Tell whether two lists of `[name, value]` say the same. */
export function isSame(some, others) {
  return (
    some.length === others.length &&
    some.every(([name, value], index) => name === others[index][0] && value === others[index][1])
  );
}

/** What is settled for now: sending it again would bring the same answer. */
const TOLD = new Set(["error", "conflict", "gone"]);

/**
 * The changes of one page. A change is `{pairs, seen, turn, told, words}`: the fields as they are sent,
 * the mark of the value that they stand on, a number that grows with each keystroke, and what the
 * server said to it.
 */
export class Changes {
  #acknowledged;
  #open = new Map();
  #turn = 0;

  /**
   * @param {Object<string, string>} seen the marks of what the page was shown with
   * @param {Object<string, string[][]>} shown the fields of each question as the page came
   */
  constructor(seen, shown) {
    this.seen = { ...seen };
    this.#acknowledged = { ...shown };
  }

  /** Take what stands in the fields of a question now; return whether that is to be sent. */
  type(question, pairs) {
    const before = this.#open.get(question);
    if (!before && isSame(pairs, this.#acknowledged[question] ?? [])) {
      return false;
    }
    if (before && isSame(pairs, before.pairs)) {
      return !TOLD.has(before.told);
    }
    this.#turn += 1;
    const seen = before?.seen ?? this.seen[question] ?? "";
    this.#open.set(question, { pairs, seen, turn: this.#turn });
    return true;
  }

  /** Take what an earlier visit has left; return the questions whose fields must show it. */
  restore(kept, { isDecided = () => false, isRefused = () => false } = {}) {
    const shown = [];
    for (const [question, { pairs, seen, told, words }] of Object.entries(kept)) {
      const isThere = isSame(pairs, this.#acknowledged[question] ?? []);
      if (isDecided(question) || (isThere && !isRefused(question))) {
        continue;
      }
      this.#turn += 1;
      const change = { pairs, seen, turn: this.#turn };
      this.#open.set(question, isThere ? { ...change, told, words } : change);
      this.seen[question] = seen;
      shown.push(question);
    }
    return shown;
  }

  /** Take what an entry of the journal holds as it is, to send it without its page. */
  reopen(kept) {
    for (const [question, change] of Object.entries(kept)) {
      this.#turn += 1;
      this.#open.set(question, { ...change, turn: this.#turn });
    }
    return this;
  }

  /** Return what became of a question: `open`, `error`, `conflict`, `gone`, or `saved`. */
  stateOf(question) {
    const change = this.#open.get(question);
    return change ? (change.told ?? "open") : "saved";
  }

  wordsOf(question) {
    return this.#open.get(question)?.words ?? "";
  }

  /** Return the changes that are to be sent, of these questions or of all. */
  due(questions = [...this.#open.keys()]) {
    const due = {};
    for (const question of questions) {
      const change = this.#open.get(question);
      if (change && !TOLD.has(change.told)) {
        due[question] = { ...change };
      }
    }
    return due;
  }

  /** Return everything that is not acknowledged, as the journal keeps it. */
  kept() {
    return Object.fromEntries(this.#open);
  }

  get isEmpty() {
    return this.#open.size === 0;
  }

  /** Take the answer of the server to what was sent. What was typed since then stays open. */
  hear(sent, { fields = {}, gone = [] }) {
    for (const [question, { pairs, turn }] of Object.entries(sent)) {
      const change = this.#open.get(question);
      // What the server does not speak of is not asked on this page any more.
      const said = (gone.includes(question) ? null : fields[question]) ?? { state: "gone" };
      if (!change) {
        continue;
      }
      if (said.state === "saved" || said.state === "same") {
        this.#acknowledged[question] = pairs;
        this.seen[question] = change.seen = said.mark;
        if (change.turn === turn) {
          this.#open.delete(question);
        }
      } else if (change.turn === turn) {
        Object.assign(change, { told: said.state, words: said.words ?? "" });
      }
    }
  }
}
