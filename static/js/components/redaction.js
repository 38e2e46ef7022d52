// Blacks out parts of a paper on this device, before anything is sent (BSG, 14.05.2020, B 14 AS 7/19 R).
// What leaves the device is a new file made of pixels only: no text, no layers, no earlier revisions.

import { boxBetween, nudged, pixelsOf } from "../handing_in/boxes.js";
import { fill, renamed } from "../handing_in/checking.js";
import { jpegOf, openPages } from "../handing_in/pictures.js";
import { pixelPdf } from "../handing_in/pixel_pdf.js";

const MARK = "-geschwaerzt";
const ZOOMS = [1, 1.5, 2, 3];
const NEW_BOX = { x: 0.3, y: 0.45, width: 0.4, height: 0.03 };

const DEEDS = ["place", "undo", "smaller", "larger", "back", "forward", "finish", "leave"];

class Redaction {
  #pages = null;
  #boxes = [];
  #number = 1;
  #zoom = 0;
  #result = null;
  #busy = true;

  constructor(dialog, file, reader) {
    this.dialog = dialog;
    this.file = file;
    this.reader = reader;
    this.texts = dialog.dataset;
    this.view = dialog.querySelector("[data-view]");
    this.sheet = dialog.querySelector("[data-sheet]");
    this.words = dialog.querySelector("[data-words]");
    this.listening = new AbortController();
    const { signal } = this.listening;
    for (const deed of DEEDS) {
      this.#button(deed).addEventListener("click", () => this[deed](), { signal });
    }
    this.sheet.addEventListener("pointerdown", (event) => this.#draw(event), { signal });
    this.sheet.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  #button(deed) {
    return this.dialog.querySelector(`[data-deed="${deed}"]`);
  }

  /** @returns {Promise<File | null>} the new file, or null when nothing shall be sent */
  async run() {
    const closed = new Promise((resolve) => {
      this.dialog.addEventListener("close", resolve, { once: true });
    });
    this.sheet.replaceChildren();
    this.#say(this.texts.opening);
    this.#offer();
    this.dialog.showModal();
    try {
      this.#pages = await openPages(this.file, this.reader);
      this.#boxes = Array.from({ length: this.#pages.count }, () => []);
      this.#busy = false;
      await this.#turn(1);
    } catch (error) {
      console.warn("cannot be opened for redaction", error);
      this.#say(this.texts.unopened);
    }
    await closed;
    this.listening.abort();
    this.sheet.replaceChildren();
    this.#pages?.close();
    return this.#result;
  }

  get #here() {
    return this.#boxes[this.#number - 1] ?? [];
  }

  #say(words) {
    if (this.words.textContent !== words) {
      this.words.textContent = words;
    }
  }

  /** Show which buttons make sense now. */
  #offer() {
    const count = this.#pages?.count ?? 1;
    const can = {
      place: !this.#busy,
      undo: !this.#busy && this.#here.length > 0,
      smaller: !this.#busy && this.#zoom > 0,
      larger: !this.#busy && this.#zoom < ZOOMS.length - 1,
      back: !this.#busy && this.#number > 1,
      forward: !this.#busy && this.#number < count,
      finish: !this.#busy && this.#boxes.some((boxes) => boxes.length > 0),
    };
    for (const [deed, isPossible] of Object.entries(can)) {
      this.#button(deed).disabled = !isPossible;
    }
    this.#button("back").hidden = this.#button("forward").hidden = count < 2;
  }

  async #turn(number) {
    this.#busy = true;
    this.#offer();
    const { canvas } = await this.#pages.draw(number);
    this.#number = number;
    this.#busy = false;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", fill(this.texts.page, { n: number, m: this.#pages.count }));
    this.sheet.replaceChildren(canvas);
    this.#fit();
    this.view.scrollTo(0, 0);
    this.#show();
  }

  /** A page fills the width of the view up to a readable size, or as many times of it. */
  #fit() {
    this.sheet.style.inlineSize = `calc(min(100%, 48rem) * ${ZOOMS[this.#zoom]})`;
  }

  #show(focused = -1) {
    for (const box of this.sheet.querySelectorAll(".redaction__box")) {
      box.remove();
    }
    this.#here.forEach((box, index) => {
      const element = document.createElement("button");
      element.type = "button";
      element.className = "redaction__box";
      element.setAttribute("aria-label", fill(this.texts.box, { n: index + 1 }));
      this.#place(element, box);
      this.sheet.append(element);
      if (index === focused) {
        element.focus();
      }
    });
    const { page, none, one, many } = this.texts;
    const count = this.#here.length;
    const said = count === 0 ? none : count === 1 ? one : fill(many, { n: count });
    this.#say(`${fill(page, { n: this.#number, m: this.#pages.count })}. ${said}`);
    this.#offer();
  }

  #place(element, { x, y, width, height }) {
    Object.assign(element.style, {
      left: `${100 * x}%`,
      top: `${100 * y}%`,
      width: `${100 * width}%`,
      height: `${100 * height}%`,
    });
  }

  #point(event) {
    const { left, top, width, height } = this.sheet.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  #draw(event) {
    if (this.#busy || event.button !== 0 || !event.isPrimary) {
      return;
    }
    if (event.target.classList.contains("redaction__box")) {
      return;
    }
    const begin = this.#point(event);
    const ghost = document.createElement("div");
    ghost.className = "redaction__box";
    this.sheet.append(ghost);
    this.sheet.setPointerCapture(event.pointerId);
    const drawing = new AbortController();
    const { signal } = drawing;
    const end = (isMeant) => (last) => {
      drawing.abort();
      ghost.remove();
      const box = isMeant && boxBetween(begin, this.#point(last));
      if (box) {
        this.#here.push(box);
        this.#show();
      }
    };
    this.sheet.addEventListener(
      "pointermove",
      (move) => {
        const box = boxBetween(begin, this.#point(move));
        if (box) {
          this.#place(ghost, box);
        }
      },
      { signal },
    );
    this.sheet.addEventListener("pointerup", end(true), { signal });
    this.sheet.addEventListener("pointercancel", end(false), { signal });
  }

  #key(event) {
    const boxes = [...this.sheet.querySelectorAll(".redaction__box")];
    const index = boxes.indexOf(event.target);
    if (index < 0) {
      return;
    }
    if (event.key === "Delete" || event.key === "Backspace") {
      this.#here.splice(index, 1);
      this.#show(Math.min(index, this.#here.length - 1));
      if (this.#here.length === 0) {
        this.#button("place").focus();
      }
    } else if (event.key.startsWith("Arrow")) {
      this.#here[index] = nudged(this.#here[index], event.key, event.shiftKey);
      this.#place(event.target, this.#here[index]);
    } else {
      return;
    }
    event.preventDefault();
  }

  place() {
    this.#here.push({ ...NEW_BOX });
    this.#show(this.#here.length - 1);
  }

  undo() {
    this.#here.pop();
    this.#show();
    if (this.#here.length === 0) {
      this.#button("place").focus();
    }
  }

  smaller() {
    this.#zoom -= 1;
    this.#fit();
    this.#offer();
  }

  larger() {
    this.#zoom += 1;
    this.#fit();
    this.#offer();
  }

  back() {
    this.#turn(this.#number - 1);
  }

  forward() {
    this.#turn(this.#number + 1);
  }

  leave() {
    this.dialog.close();
  }

  async finish() {
    this.#busy = true;
    this.#offer();
    const made = [];
    for (let number = 1; number <= this.#pages.count; number += 1) {
      this.#say(fill(this.texts.making, { n: number, m: this.#pages.count }));
      made.push(await this.#burnt(number));
      if (!this.dialog.open) {
        return;
      }
    }
    const [bytes, type, extension] = this.#pages.isPdf
      ? [pixelPdf(made), "application/pdf", ".pdf"]
      : [made[0].jpeg, "image/jpeg", ".jpg"];
    this.#result = new File([bytes], renamed(this.file.name, extension, MARK), { type });
    this.dialog.close();
  }

  /** Draw one page anew, black on it what shall be black, and keep only the pixels. */
  async #burnt(number) {
    const { canvas, dpi } = await this.#pages.draw(number);
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalAlpha = 1;
    pen.globalCompositeOperation = "source-over";
    pen.fillStyle = "#000";
    for (const box of this.#boxes[number - 1]) {
      const { left, top, width, height } = pixelsOf(box, canvas.width, canvas.height);
      pen.fillRect(left, top, width, height);
    }
    const jpeg = new Uint8Array(await (await jpegOf(canvas)).arrayBuffer());
    const page = { jpeg, width: canvas.width, height: canvas.height, dpi };
    canvas.width = canvas.height = 0;
    return page;
  }
}

/**
 * Let the person black out parts of a file.
 * @param {HTMLDialogElement} dialog of `components/redaction.html`
 * @param {File} file
 * @param {{script: string, worker: string, decoders: string}} reader addresses of pdf.js
 * @returns {Promise<File | null>}
 */
export function redact(dialog, file, reader) {
  return new Redaction(dialog, file, reader).run();
}
