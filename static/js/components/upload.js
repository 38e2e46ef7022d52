// Sends picked files at once and shows what became of each, in the order in which they are handed in.
// Closing the tab, a dead network, a sign-in that has expired or a killed server lose nothing: see
// `handing_in/basket.js`. Without this file the form works as it is, with one pick each.

import { Basket, isSettled } from "../handing_in/basket.js";
import { fill, photoName } from "../handing_in/checking.js";
import { problem, Row } from "../handing_in/rows.js";
import { hasCamera, takePhotos } from "./camera.js";

const CAN_BE_REDACTED = /^(application\/pdf|image\/(jpeg|png|webp))$/;

class Upload {
  #rows = new Map();
  #wanted = false;

  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.texts = JSON.parse(root.querySelector("[data-texts]").textContent);
    this.list = root.querySelector("[data-list]");
    this.state = root.querySelector("[data-sum]");
    this.problem = root.querySelector("[data-problem]");
    this.together = root.querySelector(".upload__together");
    this.inputs = [...root.querySelectorAll("input[type=file]")];
    this.reader = JSON.parse(root.dataset.reader);
    this.desk = {
      script: root.dataset.tus,
      address: root.dataset.address,
      basket: this.form.elements.basket.value,
      keys: root.dataset.keys,
      csrf: this.form.elements.csrf_token.value,
      limits: JSON.parse(root.dataset.limits),
      renew: () => this.#renew(),
      sentence: (fault, name) => fill(this.texts.faults[fault] ?? this.texts.faults.unreadable, { name }),
    };
    this.basket = new Basket(this.desk, (entry) => this.#show(entry));
  }

  async start() {
    for (const input of this.inputs) input.addEventListener("change", () => this.#take(input));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.#offerCamera();
    this.#offerRedaction();
    this.list.replaceChildren();
    this.#show(null);
    await this.#keepAnswers();
    await this.basket.open();
    // On a slow line somebody may have picked before this file was there.
    for (const input of this.inputs) this.#take(input);
  }

  #take(input) {
    const picked = [...input.files];
    input.value = "";
    if (picked.length > 0) this.#add(picked);
  }

  /** Keep what is typed beside the files: signing in again must not cost it. */
  async #keepAnswers() {
    const store = await this.basket.store;
    const name = `answers/${this.desk.basket}`;
    const fields = [...this.form.elements].filter((one) => one.matches("select, input[type=text], input:not([type])"));
    const kept = (await store?.get(name)) ?? {};
    for (const field of fields) {
      field.value ||= kept[field.name] ?? "";
    }
    this.form.addEventListener("change", () => {
      store?.put(name, Object.fromEntries(fields.map((field) => [field.name, field.value])));
    });
    this.form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) {
        store?.remove(name);
      }
    });
  }

  #add(files, options = {}) {
    this.#problem("");
    return this.basket.add(files, options);
  }

  #show(entry) {
    const { entries } = this.basket;
    if (entry && this.#rows.has(entry) && entries.includes(entry)) {
      this.#rows.get(entry).show(entries.indexOf(entry), entries.length);
    } else {
      this.#arrange();
    }
    this.#tell();
    this.#handInWhenReady();
  }

  #arrange() {
    const { entries } = this.basket;
    for (const [entry, row] of this.#rows) {
      if (!entries.includes(entry)) {
        row.element.remove();
        this.#rows.delete(entry);
      }
    }
    entries.forEach((entry, index) => {
      entry.canRedact = CAN_BE_REDACTED.test(entry.type);
      if (!this.#rows.has(entry)) {
        this.#rows.set(entry, new Row(entry, this.texts, (deed) => this.#do(deed, entry)));
      }
      const { element } = this.#rows.get(entry);
      if (this.list.children[index] !== element) {
        this.list.insertBefore(element, this.list.children[index] ?? null);
      }
      this.#rows.get(entry).show(index, entries.length);
    });
    this.list.hidden = entries.length === 0;
    const pictures = entries.filter(({ isPicture }) => isPicture);
    this.together.hidden = pictures.length < 2;
  }

  /** Say in one sentence how far everything is. */
  #tell() {
    const { all, ready, moving, refused } = this.basket.count;
    const { texts } = this;
    const stuck = this.basket.entries.find(({ state }) => ["offline", "waiting"].includes(state));
    let words = "";
    if (this.basket.isSignedOut) {
      words = texts.signed_out;
    } else if (stuck) {
      words = stuck.state === "offline" ? texts.is_offline : texts.is_waiting;
    } else if (moving > 0) {
      words = fill(texts.count, { n: ready, m: all - refused });
      words += this.#wanted ? ` ${texts.then}` : "";
    } else if (refused > 0) {
      words = texts.remove_first;
    } else if (ready > 0) {
      words = fill(ready === 1 ? texts.all_one : texts.all_many, { n: ready });
    }
    if (this.state.dataset.words === words) {
      return;
    }
    this.state.dataset.words = words;
    this.state.textContent = words;
    if (this.basket.isSignedOut) {
      const link = document.createElement("a");
      link.href = this.root.dataset.signIn;
      link.textContent = texts.sign_in;
      this.state.append(" ", link);
    }
  }

  #problem(words) {
    problem(words, this.problem);
    this.problem.hidden = !words;
  }

  async #do(deed, entry) {
    const { entries } = this.basket;
    const index = entries.indexOf(entry);
    if (deed === "up" || deed === "down") {
      await this.basket.move(entry, deed === "up" ? -1 : 1);
      this.#rows.get(entry)?.focus(deed);
    } else if (deed === "remove") {
      const removed = this.basket.remove(entry);
      const beside = this.basket.entries[Math.min(index, this.basket.entries.length - 1)];
      if (beside) {
        this.#rows.get(beside)?.focus("remove");
      } else {
        this.inputs[0].focus();
      }
      await removed;
    } else if (deed === "again") {
      await this.basket.again(entry);
    } else if (deed === "accept") {
      await this.basket.accept(entry);
      this.#rows.get(entry)?.focus();
    } else if (deed === "retake") {
      await this.#photograph({ instead: entry });
    } else if (deed === "redact") {
      await this.#redact(new File([entry.blob], entry.name, { type: entry.type }), entry);
    }
  }

  // Camera

  async #offerCamera() {
    this.camera = this.root.querySelector("[data-camera]");
    if (this.camera && (await hasCamera())) {
      const button = this.root.querySelector('[data-deed="photograph"]');
      button.addEventListener("click", () => this.#photograph());
      button.hidden = false;
      this.root.querySelector(".upload__camera").hidden = true;
      this.hasCamera = true;
    }
  }

  async #photograph({ instead = null } = {}) {
    const plain = this.root.querySelector(".upload__camera");
    const keep = (jpeg, number) => {
      const file = new File([jpeg], photoName(new Date(), number), { type: "image/jpeg" });
      return this.#add([file], { instead });
    };
    const came = this.hasCamera
      ? await takePhotos(this.camera, { single: instead !== null, keep })
      : "refused";
    if (came === "refused") {
      plain.hidden = false;
      plain.classList.add("upload__camera--asked");
      this.#problem(this.texts.no_camera);
      plain.querySelector("input").focus();
    }
  }

  // Redaction

  #offerRedaction() {
    const button = this.root.querySelector('[data-deed="redact"]');
    if (!button) {
      return;
    }
    for (const hidden of this.root.querySelectorAll("[data-scripted]")) {
      hidden.hidden = false;
    }
    button.addEventListener("click", () => {
      const input = document.createElement("input");
      input.type = "file";
      input.accept = "application/pdf,image/jpeg,image/png";
      input.addEventListener("change", () => this.#redact(input.files[0]));
      input.click();
    });
  }

  async #redact(file, instead = null) {
    const { redact } = await import("./redaction.js");
    const made = await redact(this.root.querySelector("[data-redaction]"), file, this.reader);
    if (made) {
      await this.#add([made], { redacted: true, instead });
    }
  }

  // Signed in again, in another tab

  /** Fetch the token of this page anew; without a sign-in there is none, and nothing changes. */
  async #renew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector('[data-component="upload"]')?.closest("form");
    if (fresh) {
      this.desk.csrf = fresh.elements.csrf_token.value;
      this.form.elements.csrf_token.value = this.desk.csrf;
    }
  }

  // Handing in

  #submit(event) {
    const { entries } = this.basket;
    if (entries.length === 0) {
      return;
    }
    const { moving, refused } = this.basket.count;
    if (refused > 0) {
      event.preventDefault();
      this.#problem(this.texts.remove_first);
      this.#rows.get(entries.find(({ state }) => state === "refused" || state === "lost"))?.focus("remove");
    } else if (moving > 0) {
      event.preventDefault();
      this.#wanted = true;
      this.basket.goOn();
      this.#tell();
    } else {
      this.#name(entries);
    }
  }

  /** Name the files in their order; the bytes are there already. */
  #name(entries) {
    for (const old of this.form.querySelectorAll("input[name=upload]")) {
      old.remove();
    }
    for (const { id } of entries) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "upload";
      input.value = id;
      this.form.append(input);
    }
  }

  #handInWhenReady() {
    const { entries } = this.basket;
    if (this.#wanted && entries.every(isSettled)) {
      this.#wanted = false;
      this.form.requestSubmit();
    }
  }
}

export default function (root) {
  return new Upload(root).start();
}
