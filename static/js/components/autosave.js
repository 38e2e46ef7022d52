// Keeps a page of a draft while it is being filled in: sends what has changed, question by question,
// and holds what has not arrived sealed in this browser until it has. Says in words how that stands.
// Without this file each page is kept when “Weiter” is pressed.

import { Changes } from "../autosave/changes.js";
import { Journal } from "../autosave/journal.js";
import { send } from "../autosave/sending.js";
import { waitBefore } from "../handing_in/sending.js";

const PAUSE = 1200;
const WAITED_FOR_AT_MOST = 4000;
// As long as `main.js` holds a form that is being sent.
const SENDING = 8000;
const ROUTINE = new Set(["", "saving", "saved"]);

/** Return the question that an element belongs to; choosing between two answers is none of ours. */
function questionOf(element) {
  const question = element.closest?.("[data-question]")?.dataset.question;
  return element.name === `${question}-wahl` ? undefined : question;
}

class Page {
  #timers = new Map();
  #attempts = 0;
  #retry = 0;
  #running = null;
  #isSubmitted = false;
  #isChecking = false;
  #isKept = false;
  #trouble = "";

  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.state = form.querySelector("[data-autosave-state]");
    this.boxes = new Map(
      [...form.querySelectorAll("[data-question]")].map((box) => [box.dataset.question, box]),
    );
    const shown = [...this.boxes.keys()].map((question) => [question, this.#pairs(question)]);
    this.changes = new Changes(JSON.parse(form.elements.seen?.value || "{}"), Object.fromEntries(shown));
    this.journal = new Journal(this.words.keys, this.words.journal);
  }

  async start() {
    const { form } = this;
    form.addEventListener("input", (event) => this.#typed(questionOf(event.target)));
    form.addEventListener("focusout", ({ target }) => setTimeout(() => this.#show(questionOf(target))));
    form.addEventListener("submit", (event) => this.#submit(event));
    addEventListener("online", () => this.#again());
    addEventListener("pageshow", () => {
      this.#isSubmitted = false;
    });
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        this.#leave();
      }
    });
    this.journal.hold();
    this.#isKept = await this.journal.isThere();
    await this.journal.take(this.words.place, (kept) => this.#restore(kept));
    await this.journal.replay(form.elements.csrf_token.value, this.words.place);
  }

  // The page

  #fields(question) {
    const fields = [...(this.boxes.get(question)?.querySelectorAll("[name]") ?? [])];
    return fields.filter((field) => field.name !== `${question}-wahl`);
  }

  #pairs(question) {
    const names = new Set(this.#fields(question).map((field) => field.name));
    return [...new FormData(this.form)].filter(([name]) => names.has(name));
  }

  #restore(kept) {
    const isDecided = (question) => this.form.elements[`${question}-wahl`] !== undefined;
    const isRefused = (question) => Boolean(this.boxes.get(question)?.querySelector("[aria-invalid=true]"));
    const restored = this.changes.restore(kept, { isDecided, isRefused });
    for (const question of restored) {
      this.#fill(question, kept[question].pairs);
      this.#show(question);
    }
    if (restored.length) {
      this.#showSeen();
      this.#say("restored");
      this.#keep();
      return this.#send();
    }
    return null;
  }

  #fill(question, pairs) {
    const left = pairs.map((pair) => [...pair]);
    for (const field of this.#fields(question)) {
      const isTicked = field.type === "checkbox" || field.type === "radio";
      const at = left.findIndex(
        ([name, value]) => name === field.name && (!isTicked || value === field.value),
      );
      const [found] = at < 0 ? [] : left.splice(at, 1);
      if (isTicked) {
        field.checked = found !== undefined;
      } else if (found) {
        field.value = found[1];
      }
    }
  }

  #showSeen() {
    if (this.form.elements.seen) {
      this.form.elements.seen.value = JSON.stringify(this.changes.seen);
    }
  }

  /** Say beside a question how it stands; a mistake only once one has left it. */
  #show(question) {
    const box = this.boxes.get(question);
    const line = box?.querySelector("[data-field-state]");
    if (!line) {
      return;
    }
    const state = this.changes.stateOf(question);
    const isBusy = state === "error" && box.contains(document.activeElement);
    const refused = isBusy ? "" : this.changes.wordsOf(question) || this.words.refused;
    const isHeld = state === "open" && this.#trouble !== "";
    const saved = box.dataset.state === undefined ? "" : this.words.fieldSaved;
    const said = { saved, open: isHeld ? this.words.fieldKept : "" }[state] ?? refused;
    box.dataset.state = isHeld ? "kept" : state;
    if (line.textContent !== said) {
      line.textContent = said;
    }
  }

  #showAll(questions) {
    for (const question of questions) {
      this.#show(question);
    }
  }

  #say(word, values = {}) {
    const text = Object.entries(values).reduce(
      (said, [name, value]) => said.replace(`{${name}}`, value),
      values.words ?? this.words[word] ?? "",
    );
    // What happens all the time is there to be read, not to be read out.
    this.state.setAttribute("aria-live", ROUTINE.has(word) ? "off" : "polite");
    this.state.dataset.state = word;
    if (this.state.textContent !== text) {
      this.state.textContent = text;
    }
    if (word === "over" || word === "overUnkept") {
      const link = document.createElement("a");
      link.href = this.words.signIn;
      link.textContent = this.words.signInLabel;
      this.state.append(" ", link);
    }
  }

  // Keeping and sending

  #keep() {
    return this.journal.keep(this.words.place, this.words.address, this.changes);
  }

  #typed(question) {
    if (question === undefined || !this.changes.type(question, this.#pairs(question))) {
      return;
    }
    this.#keep();
    this.#show(question);
    clearTimeout(this.#timers.get(question));
    this.#timers.set(question, setTimeout(() => this.#dueNow(question), PAUSE));
  }

  #dueNow(question) {
    this.#timers.delete(question);
    return this.#send();
  }

  /** Send what has been left alone for long enough; one request at a time. */
  async #send(options) {
    if (this.#running || this.#isSubmitted) {
      return;
    }
    const ready = Object.keys(this.changes.kept()).filter((question) => !this.#timers.has(question));
    const due = this.changes.due(options?.keepalive ? undefined : ready);
    if (!Object.keys(due).length || this.#trouble === "over" || this.#trouble === "sent") {
      return;
    }
    if (!this.#trouble) {
      this.#say("saving");
    }
    this.#running = send(this.words.address, this.form.elements.csrf_token.value, due, options);
    const answer = await this.#running;
    this.#running = null;
    await this.#hear(due, answer);
  }

  async #hear(due, { outcome, said }) {
    const before = this.#trouble;
    this.#trouble = { signed_out: "over", offline: "offline", failed: "failed", sent: "sent" }[outcome] ?? "";
    clearTimeout(this.#retry);
    if (outcome === "heard" || outcome === "gone") {
      this.#attempts = 0;
      this.changes.hear(due, outcome === "gone" ? { gone: Object.keys(due) } : said);
      this.#showSeen();
      const isTaken = Object.keys(due).some((question) => this.changes.stateOf(question) === "saved");
      if (outcome === "gone") {
        this.#say("gone");
      } else {
        this.#say(isTaken ? "saved" : "", { time: said.saved_at });
      }
      await this.#keep();
    } else if (outcome === "sent") {
      this.#say("sent", { words: said.words ?? said.message });
      await this.journal.forget();
    } else {
      // Why one is still on this page stays to be read while it is tried again.
      if (outcome === "signed_out" || !this.state.dataset.state?.startsWith("stay")) {
        this.#say(this.#wordOfTrouble());
      }
      // Without network the browser says when to go on.
      if (outcome !== "signed_out" && navigator.onLine) {
        this.#attempts += 1;
        this.#retry = setTimeout(() => this.#send(), waitBefore(this.#attempts));
      }
    }
    this.#showAll(before === this.#trouble ? Object.keys(due) : this.boxes.keys());
    if (!this.#trouble) {
      await this.#send();
    }
  }

  #wordOfTrouble() {
    return this.#isKept ? this.#trouble : `${this.#trouble}Unkept`;
  }

  #again() {
    clearTimeout(this.#retry);
    return this.#send();
  }

  /** Send what was typed a moment ago although the page goes away. */
  #leave() {
    if (this.#isSubmitted) {
      return;
    }
    const isWaiting = this.#timers.size > 0;
    this.#stopTimers();
    if (this.#running && !isWaiting) {
      return;
    }
    if (this.#running) {
      // The answer to the first would come too late for the page to send the rest.
      send(this.words.address, this.form.elements.csrf_token.value, this.changes.due(), { keepalive: true });
    } else {
      this.#send({ keepalive: true });
    }
  }

  // “Weiter”

  #submit(event) {
    if (event.defaultPrevented || this.#isSubmitted) {
      return;
    }
    const mustLook = !navigator.onLine || this.#running || ["offline", "failed"].includes(this.#trouble);
    if (!mustLook) {
      this.#goOn();
      return;
    }
    event.preventDefault();
    if (!this.#isChecking) {
      this.#isChecking = true;
      this.#look(event.submitter).finally(() => {
        this.#isChecking = false;
      });
    }
  }

  #goOn() {
    this.#isSubmitted = true;
    setTimeout(() => {
      this.#isSubmitted = false;
    }, SENDING);
    clearTimeout(this.#retry);
    this.#stopTimers();
  }

  #stopTimers() {
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    this.#timers.clear();
  }

  /** Go on if somebody answers; else stay here, where everything typed is still to be seen. */
  async #look(submitter) {
    await Promise.race([this.#running, new Promise((over) => setTimeout(over, WAITED_FOR_AT_MOST))]);
    if (!(await this.#answers())) {
      this.#trouble ||= "offline";
      this.#showAll(this.boxes.keys());
      this.#say(this.#isKept ? "stay" : "stayUnkept");
      this.state.scrollIntoView({ block: "nearest" });
      return;
    }
    this.#goOn();
    this.form.requestSubmit(submitter);
  }

  async #answers() {
    try {
      await fetch(import.meta.url, {
        method: "HEAD",
        cache: "no-store",
        signal: AbortSignal.timeout(WAITED_FOR_AT_MOST),
      });
      return true;
    } catch (error) {
      // A slow network is one: the browser may go on as without this file.
      return error.name === "TimeoutError";
    }
  }
}

export default function (form) {
  return new Page(form).start();
}
