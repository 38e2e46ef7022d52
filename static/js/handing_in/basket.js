// The files that shall be handed in together: those picked here, those kept from a tab that was
// closed, and those that the server has already. It knows nothing of the page.

import { openStore } from "../sealed_store.js";
import { faultOf, isPicture, typeOf } from "./checking.js";
import { shrunk, thumbnailOf } from "./pictures.js";
import { idOf, Sender, waitBefore } from "./sending.js";

const SETTLED = new Set(["ready", "refused", "lost"]);
const LOOKED_AT_EVERY = 1500;

/** Say how many of these files are there, still on their way, or cannot be taken. */
export function countOf(entries) {
  const is = (state) => entries.filter((entry) => entry.state === state).length;
  const all = entries.length;
  const refused = is("refused") + is("lost");
  return { all, ready: is("ready"), refused, moving: all - is("ready") - refused };
}

/**
 * Match what this browser has kept with what the server knows.
 * @param {{name: string, data: object, hasBlob: boolean}[]} kept
 * @param {{id: string, filename: string, size: number, state: string}[]} rows
 * @returns {{kept: object, row: object | null, deed: "show" | "send" | "forget"}[]}
 */
export function matched(kept, rows) {
  const free = new Map(rows.map((row) => [row.id, row]));
  const byAddress = kept.map((one) => {
    const row = one.data.id ? (free.get(one.data.id) ?? null) : null;
    free.delete(row?.id);
    return { kept: one, row };
  });
  return byAddress.map(({ kept: one, row }) => {
    let found = row;
    if (!found && !one.data.id) {
      // The tab was closed between the answer of the server and writing down what it said.
      found = [...free.values()].find(
        (other) =>
          other.state === "receiving" &&
          other.filename === one.data.name &&
          other.size === one.data.size,
      );
      free.delete(found?.id);
    }
    const isThere = found && found.state !== "receiving";
    const deed = isThere ? "show" : one.hasBlob ? "send" : found ? "show" : "forget";
    return { kept: one, row: found ?? null, deed };
  });
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

export class Basket {
  entries = [];

  /** Resolves to the sealed store of this person, or to null. */
  store = null;

  isSignedOut = false;

  #desk;
  #show;
  #sender;
  #timer = 0;
  #failures = 0;

  /**
   * @param {object} desk addresses, limits and keys from the page
   * @param {(entry: object | null) => void} show called when a file (or, with null, the list) changes
   */
  constructor(desk, show) {
    this.#desk = desk;
    this.#show = show;
    this.store = openStore(desk.keys);
    this.#sender = new Sender(desk, (entry, news) => this.#heard(entry, news));
  }

  get count() {
    return countOf(this.entries);
  }

  /** Show what is there from before, and go on with what was cut off. */
  async open() {
    const rows = await this.#rows();
    for (const row of rows ?? []) {
      this.#apply(row);
    }
    this.#show(null);
    const goOn = () => this.#resume(rows);
    // Two tabs with the same page: only one of them goes on with what was kept.
    if (navigator.locks) {
      navigator.locks.request(`handing-in ${this.#desk.basket}`, async () => {
        await goOn();
        await new Promise(() => {});
      });
    } else {
      await goOn();
    }
  }

  /** Take picked files in their order: shrink, check, keep, send. They may take the place of another. */
  async add(files, { redacted = false, instead = null } = {}) {
    const { limits } = this.#desk;
    const fresh = files.map((file) => ({
      key: newKey(),
      name: file.name,
      type: typeOf(file, limits),
      size: file.size,
      isPicture: isPicture(file, limits),
      redacted,
      warnings: [],
      state: "preparing",
    }));
    const at = instead ? this.entries.indexOf(instead) : this.entries.length;
    this.entries.splice(at, instead ? 1 : 0, ...fresh);
    this.#show(null);
    if (instead) {
      await this.#forget(instead);
    }
    for (const [index, entry] of fresh.entries()) {
      await this.#prepare(entry, files[index]);
    }
  }

  async #prepare(entry, file) {
    const { limits } = this.#desk;
    const { blob, name } = entry.redacted
      ? { blob: file, name: file.name }
      : await shrunk(file, entry.type);
    Object.assign(entry, { blob, name, size: blob.size, type: typeOf({ name, type: blob.type }, limits) });
    const fault = faultOf(entry, this.#before(entry), limits);
    if (fault) {
      const sentence = this.#desk.sentence(fault, entry.name);
      this.#change(entry, { state: "refused", isLocal: true, fault: sentence });
      return;
    }
    entry.thumbnail = entry.isPicture ? await thumbnailOf(blob) : null;
    await this.#keep(entry, blob);
    if (this.entries.includes(entry)) {
      this.#sender.add(entry);
    }
  }

  async remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#show(null);
    await this.#forget(entry);
  }

  async move(entry, by) {
    const from = this.entries.indexOf(entry);
    this.entries.splice(from + by, 0, ...this.entries.splice(from, 1));
    this.#show(null);
    await this.#tellOrder();
  }

  /** Send once more what was refused, from the beginning. */
  async again(entry) {
    if (entry.address) {
      await this.#sender.forget(entry.address);
    }
    Object.assign(entry, { address: undefined, id: undefined, fault: null });
    this.#sender.add(entry);
  }

  /** Use a photo although it may be hard to read. */
  async accept(entry) {
    this.#change(entry, { accepted: true });
    await this.#keep(entry);
  }

  /** Try at once whatever waits. */
  goOn() {
    this.#sender.goOn();
  }

  /** Return what was taken already: those that wait for their turn are measured when it comes. */
  #before(entry) {
    const isCounted = ({ state }) => state !== "refused" && state !== "preparing";
    return this.entries.filter((other) => other !== entry && isCounted(other));
  }

  #change(entry, news) {
    Object.assign(entry, news);
    this.#show(entry);
  }

  #heard(entry, news) {
    if (news.address) {
      entry.id = idOf(news.address);
      this.#keep(entry);
    }
    if (news.state) {
      this.isSignedOut = news.state === "signed_out";
    }
    this.#change(entry, news);
    if (news.state === "sent") {
      this.#keep(entry, null);
      this.#tellOrder();
      this.#look();
    }
    if (news.state === "refused") {
      this.#change(entry, { fault: news.fault ?? this.#desk.sentence("unreadable", entry.name) });
    }
  }

  // The store of this browser

  #name(entry) {
    return `upload/${this.#desk.basket}/${entry.key}`;
  }

  async #keep(entry, blob) {
    const store = await this.store;
    if (!store || !this.entries.includes(entry)) {
      return;
    }
    const { name, type, size, isPicture: picture, redacted, id, accepted, sha256 } = entry;
    const data = { name, type, size, isPicture: picture, redacted, id, accepted, sha256 };
    try {
      await store.put(this.#name(entry), data, blob);
      if (blob && entry.thumbnail) {
        await store.put(`small-${this.#name(entry)}`, {}, entry.thumbnail);
      }
    } catch (error) {
      console.warn("a file could not be kept in this browser", error);
    }
  }

  async #forget(entry) {
    await this.#sender.drop(entry);
    const store = await this.store;
    await store?.remove(this.#name(entry));
    await store?.remove(`small-${this.#name(entry)}`);
  }

  async #resume(rows) {
    const store = await this.store;
    const prefix = `upload/${this.#desk.basket}/`;
    const known = new Set(this.entries.map((entry) => entry.key));
    const kept = [];
    for (const one of (await store?.list(prefix)) ?? []) {
      const key = one.name.slice(prefix.length);
      if (!known.has(key)) {
        const blob = await store.blob(one.name, one.data.type);
        kept.push({ ...one, key, blob, hasBlob: blob !== null });
      }
    }
    for (const { kept: one, row, deed } of matched(kept, rows ?? [])) {
      if (deed === "forget" && rows) {
        await store.remove(one.name);
        await store.remove(`small-${one.name}`);
        continue;
      }
      const entry = this.entries.find((other) => row && other.id === row.id) ?? {
        warnings: [],
        state: "preparing",
      };
      const thumbnail = await store.blob(`small-${one.name}`, "image/jpeg");
      const id = row?.id ?? (rows ? undefined : one.data.id);
      const address = id && this.#address(id);
      Object.assign(entry, one.data, { key: one.key, thumbnail, id, address });
      if (!this.entries.includes(entry)) {
        this.entries.push(entry);
      }
      if (deed === "send") {
        entry.blob = one.blob;
        this.#sender.add(entry);
      }
    }
    this.#show(null);
  }

  // The server

  #address(id) {
    return `${this.#desk.address}/${id}`;
  }

  /** Return what the server has, or null when it does not answer. */
  async #rows() {
    try {
      const address = `${this.#desk.address}?korb=${encodeURIComponent(this.#desk.basket)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      this.isSignedOut = answer.status === 401;
      if (!answer.ok) {
        return null;
      }
      return (await answer.json()).uploads;
    } catch {
      return null;
    }
  }

  #apply(row) {
    let entry = this.entries.find((other) => other.id === row.id);
    if (!entry) {
      entry = {
        key: row.id,
        id: row.id,
        name: row.filename,
        size: row.size,
        type: row.type ?? "",
        redacted: row.redacted,
        isPicture: isPicture({ name: row.filename, type: row.type ?? "" }, this.#desk.limits),
        address: this.#address(row.id),
        warnings: [],
        state: row.offset < row.size ? "lost" : "sent",
      };
      this.entries.push(entry);
    }
    if (row.state === "receiving") {
      return;
    }
    const warnings = row.warnings.map(({ sentence }) => sentence);
    this.#change(entry, { state: row.state, warnings, pages: row.pages, fault: row.sentence });
  }

  /** Ask the server until it has looked at everything that it has received. */
  async #look() {
    clearTimeout(this.#timer);
    const rows = await this.#rows();
    this.#failures = rows ? 0 : this.#failures + 1;
    const waiting = new Set(this.entries.filter(({ state }) => state === "sent").map(({ id }) => id));
    for (const row of rows ?? []) {
      if (waiting.has(row.id)) {
        this.#apply(row);
      }
    }
    if (this.entries.some(({ state }) => state === "sent")) {
      const pause = this.#failures ? waitBefore(this.#failures) : LOOKED_AT_EVERY;
      this.#timer = setTimeout(() => this.#look(), pause);
    }
    this.#show(null);
  }

  async #tellOrder() {
    const ids = this.entries.map(({ id }) => id).filter(Boolean);
    if (ids.length > 1) {
      const body = new URLSearchParams([
        ["basket", this.#desk.basket],
        ...ids.map((id) => ["upload", id]),
      ]);
      const headers = { "X-CSRFToken": this.#desk.csrf };
      await fetch(`${this.#desk.address}/reihenfolge`, { method: "POST", body, headers }).catch(() => {});
    }
  }
}

/** Tell whether a file has arrived or can never arrive as it is. */
export function isSettled(entry) {
  return SETTLED.has(entry.state);
}
