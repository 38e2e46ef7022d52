// One file in the list: its picture, how far it is in words, what is wrong, and what can be done.

import { fill } from "./checking.js";

const SIZE = 96;

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

function sizeOf(bytes) {
  return bytes >= 1e6 ? `${number.format(bytes / 1e6)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;
}

function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Fill an element with a sentence that says what is wrong, as below a field. */
export function problem(words, element = made("p", "kern-error")) {
  const icon = made("span", "kern-icon kern-icon--danger");
  icon.setAttribute("aria-hidden", "true");
  element.replaceChildren(icon, made("span", "kern-body", words));
  return element;
}

function textButton(deed, label, what, act) {
  const button = made("button", "kern-btn kern-btn--tertiary");
  button.type = "button";
  button.dataset.deed = deed;
  const words = made("span", "kern-label");
  words.append(label, made("span", "sr-only", ` ${what}`));
  button.append(words);
  button.addEventListener("click", act);
  return button;
}

function picture(blob) {
  const image = document.createElement("img");
  image.alt = "";
  image.width = SIZE;
  image.height = SIZE;
  image.src = URL.createObjectURL(blob);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  image.addEventListener("error", () => image.remove());
  return image;
}

export class Row {
  /** @param {(deed: string) => void} act called with up, down, remove, again, retake, accept, redact */
  constructor(entry, texts, act) {
    this.entry = entry;
    this.texts = texts;
    this.act = act;
    this.element = made("li", "upload__file");
    this.head = made("div", "upload__picture");
    this.name = made("p", "upload__name");
    this.state = made("div", "upload__state");
    this.deeds = made("p", "upload__deeds");
    this.element.append(this.head, this.name, this.state, this.deeds);
    this.shown = "";
  }

  /** Draw what has changed; a bar moves without anything else being touched. */
  show(index, count) {
    const { entry } = this;
    if (this.bar && entry.state === "sending" && this.shownState === "sending") {
      this.bar.value = Math.round(100 * entry.fraction);
    } else {
      this.#showState();
    }
    const deeds = this.#deedsAt(index, count);
    const look = JSON.stringify([deeds, entry.name]);
    if (look !== this.shown) {
      this.shown = look;
      const focused = this.deeds.contains(document.activeElement) && document.activeElement.dataset.deed;
      this.name.textContent = `${entry.name}, ${sizeOf(entry.size)}`;
      this.deeds.replaceChildren(
        ...deeds.map((deed) => textButton(deed, this.texts[deed], entry.name, () => this.act(deed))),
      );
      if (focused) {
        this.focus(focused);
      }
    }
    if (entry.thumbnail && this.thumbnail !== entry.thumbnail) {
      this.thumbnail = entry.thumbnail;
      this.head.replaceChildren(picture(entry.thumbnail));
    } else if (!entry.thumbnail && !this.head.firstChild) {
      const icon = made("span", "icon icon--document");
      icon.setAttribute("aria-hidden", "true");
      this.head.append(icon);
    }
  }

  /** Put the focus on the button of a deed, or on the first one. */
  focus(deed) {
    const wanted = this.deeds.querySelector(`[data-deed="${deed}"]`);
    (wanted ?? this.deeds.querySelector("button"))?.focus();
  }

  #deedsAt(index, count) {
    const { entry } = this;
    const isWarned = entry.state === "ready" && entry.warnings.length > 0 && !entry.accepted;
    return [
      isWarned && "retake",
      isWarned && "accept",
      entry.state === "refused" && entry.blob && !entry.isLocal && "again",
      entry.blob && !entry.redacted && entry.state !== "refused" && entry.canRedact && "redact",
      index > 0 && "up",
      index < count - 1 && "down",
      "remove",
    ].filter(Boolean);
  }

  #showState() {
    const { entry, texts } = this;
    this.shownState = entry.state;
    this.bar = null;
    const parts = [];
    if (entry.state === "refused" || entry.state === "lost") {
      parts.push(problem(entry.state === "lost" ? texts.lost : entry.fault));
    } else {
      const words = made("p", "upload__words", texts[`is_${entry.state}`] ?? "");
      if (entry.state === "ready" && entry.redacted) {
        words.append(` ${texts.redacted}`);
      }
      parts.push(words);
    }
    if (entry.state === "sending") {
      this.bar = document.createElement("progress");
      this.bar.max = 100;
      this.bar.value = Math.round(100 * (entry.fraction ?? 0));
      this.bar.setAttribute("aria-label", fill(texts.sending, { name: entry.name }));
      parts.push(this.bar);
    }
    if (entry.state === "ready" && !entry.accepted) {
      parts.push(...entry.warnings.map((warning) => made("p", "upload__warning", warning)));
    }
    this.state.replaceChildren(...parts);
    this.element.dataset.state = entry.state;
  }
}
