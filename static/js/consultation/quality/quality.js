// How good the call is and how much it may cost: measures, climbs the ladder, keeps what the person
// chose, and tells the server how each other person is looked at, so that nothing is sent for nobody.

import { Ladder } from "./ladder.js";
import { Spending } from "./spending.js";

const SLOW = 0.5;
const CROWD = 4;

/** @typedef {"best" | "small" | "sound"} Saving */

export class Quality {
  #ladder = new Ladder(Date.now());
  /** @type {Saving} */ #saving = "best";
  /** @type {Record<string, "high" | "low">} */ #wishes = {};
  slow = false;

  /**
   * @param {object} parts
   * @param {import("../peer.js").Peer} parts.peer
   * @param {import("../signalling.js").Signalling} parts.signalling
   * @param {import("../own_devices.js").OwnDevices} parts.devices
   * @param {import("../tiles.js").Tiles} parts.tiles
   * @param {string} parts.call names the call, for the data it has cost
   * @param {(rung: "none" | "some", changed: boolean) => void} parts.onRung told whether the own picture is
   *   sent, and whether that has just changed
   */
  constructor({ peer, signalling, devices, tiles, call, onRung }) {
    this.peer = peer;
    this.signalling = signalling;
    this.devices = devices;
    this.tiles = tiles;
    this.onRung = onRung;
    this.spending = new Spending(call);
  }

  /** @returns {Promise<{spent: number, expected: number | null}>} the data of the call */
  async measure() {
    const { path, sent, spent } = await this.peer.stats();
    const now = Date.now();
    this.slow = (path?.roundTrip ?? 0) > SLOW;
    if (this.peer.state === "connected") {
      const before = this.#ladder.rung;
      const measured = { available: sent.availableBitrate, lost: sent.lost };
      const rung = this.#ladder.measure(measured, now);
      if (rung !== before) await this.step(rung, before.name);
    }
    return this.spending.add(spent ?? 0, now);
  }

  /**
   * @param {import("./ladder.js").Rung} rung
   * @param {string} before
   */
  async step(rung, before) {
    await this.peer.limit(rung);
    this.onRung(rung.name === "none" ? "none" : "some", (rung.name === "none") !== (before === "none"));
  }

  /** @param {boolean} weak whether the server hears that the own sound gets lost on the way */
  async weaken(weak) {
    const before = this.#ladder.rung;
    this.#ladder.force(weak);
    if (this.#ladder.rung !== before) await this.step(this.#ladder.rung, before.name);
  }

  /** @param {Saving} saving */
  save(saving) {
    this.#saving = saving;
    this.#ladder.save(saving !== "best");
    this.peer.limit(this.#ladder.rung);
    if (saving === "sound") this.devices.stopCamera();
    this.tiles.showSoundOnly(saving === "sound");
    this.tellWishes();
  }

  /** @param {import("../tiles.js").Person[]} people */
  expect(people) {
    this.peer.expectCrowd(people.filter((one) => !one.held).length >= CROWD);
  }

  /** @param {Record<string, "high" | "low">} wishes */
  wish(wishes) {
    this.#wishes = wishes;
    this.tellWishes();
  }

  /** Say it again: a server that restarted does not know it. */
  tellWishes() {
    for (const [participant, wish] of Object.entries(this.#wishes)) {
      const quality = { best: wish, small: "low", sound: "none" }[this.#saving];
      const screen = participant.endsWith("#screen");
      this.signalling.ask("want", { participant, quality: screen ? "high" : quality });
    }
  }
}
