// Tells the officer that somebody has come: always in the title of the page, and with a tone and a
// notification of the browser for who has switched them on. `[data-waits]` marks each person who waits
// in the words that waiting.js keeps up to date.

const KEPT = "portal.bell";

/**
 * Return the title with the number of people who wait in front; nobody changes nothing.
 * @param {string} title
 * @param {number} count
 */
export function titleWith(title, count) {
  const plain = title.replace(/^\(\d+\) /, "");
  return count ? `(${count}) ${plain}` : plain;
}

class Bell {
  /** @type {AudioContext | null} */ #sound = null;
  #known;

  /** @param {HTMLButtonElement} button */
  constructor(button) {
    this.button = button;
    this.words = /** @type {HTMLElement} */ (document.querySelector("[data-watch] [data-words]"));
    this.#known = this.waiting();
    button.hidden = false;
    button.addEventListener("click", () => this.toggle());
    new MutationObserver(() => this.look()).observe(this.words, { childList: true, subtree: true });
    this.show();
  }

  get isOn() {
    return localStorage.getItem(KEPT) === "on";
  }

  /** @returns {Set<string>} who waits, by the id of their place */
  waiting() {
    const places = this.words.querySelectorAll("[data-waits]");
    return new Set([...places].map((place) => place.getAttribute("data-waits") ?? ""));
  }

  async toggle() {
    localStorage.setItem(KEPT, this.isOn ? "off" : "on");
    this.show();
    if (!this.isOn) return;
    this.ring();
    if (globalThis.Notification?.permission === "default") await Notification.requestPermission();
  }

  look() {
    const now = this.waiting();
    const came = [...now].some((place) => !this.#known.has(place));
    this.#known = now;
    document.title = titleWith(document.title, now.size);
    if (!came || !this.isOn) return;
    this.ring();
    if (document.hidden && globalThis.Notification?.permission === "granted") {
      // No name: the notification may show on a screen that others see.
      new Notification(this.button.dataset.news ?? "", { tag: KEPT });
    }
  }

  ring() {
    this.#sound ??= new AudioContext();
    const context = this.#sound;
    context.resume().catch(() => {});
    for (const [step, pitch] of [659, 523].entries()) {
      const tone = new OscillatorNode(context, { frequency: pitch });
      const volume = new GainNode(context, { gain: 0.15 });
      tone.connect(volume).connect(context.destination);
      tone.start(context.currentTime + step * 0.25);
      tone.stop(context.currentTime + step * 0.25 + 0.2);
    }
  }

  show() {
    document.title = titleWith(document.title, this.#known.size);
    this.button.setAttribute("aria-pressed", String(this.isOn));
  }
}

if (globalThis.document) {
  const button = document.querySelector("[data-bell]");
  if (button instanceof HTMLButtonElement) new Bell(button);
}
