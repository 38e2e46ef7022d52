// The panel with what one rarely needs in a call: other devices, the view, how much data it may cost.

import { megabytes } from "./quality/spending.js";

const SAVING = "portal.saving";

/** @returns {"best" | "small" | "sound" | null} what was chosen in this tab */
export function savingChosen() {
  return /** @type {any} */ (sessionStorage.getItem(SAVING));
}

export class Settings {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {Record<string, string>} options.texts
   * @param {import("./own_devices.js").OwnDevices} options.devices
   * @param {(device: string) => void} options.onSpeaker
   * @param {(view: string) => void} options.onView
   * @param {(saving: "best" | "small" | "sound") => void} options.onSaving
   */
  constructor(root, { texts, devices, onSpeaker, onView, onSaving }) {
    this.root = root;
    this.texts = texts;
    this.devices = devices;
    root.addEventListener("change", (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      const device = field.dataset.device;
      if (device === "speaker") onSpeaker(field.value);
      else if (device) devices.choose(/** @type {"camera" | "microphone"} */ (device), field.value);
      if (field.name === "view") onView(field.value);
      if (field.name === "saving") {
        sessionStorage.setItem(SAVING, field.value);
        onSaving(/** @type {any} */ (field.value));
      }
    });
    devices.addEventListener("change", () => this.#list());
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  check(name, value) {
    const field = this.root.querySelector(`[name='${name}'][value='${value}']`);
    if (field instanceof HTMLInputElement) field.checked = true;
  }

  /** @param {{spent: number, expected: number | null}} data */
  showData({ spent, expected }) {
    const place = /** @type {HTMLElement} */ (this.root.querySelector("[data-spent]"));
    const words = expected === null ? this.texts.spent : `${this.texts.spent} ${this.texts.expected}`;
    place.textContent = words
      .replace("{spent}", megabytes(spent))
      .replace("{expected}", megabytes(expected ?? 0));
  }

  async #list() {
    const found = await this.devices.list();
    for (const [device, options] of Object.entries(found)) {
      const select = /** @type {HTMLSelectElement} */ (
        this.root.querySelector(`select[data-device='${device}']`)
      );
      const usable = device !== "speaker" || "setSinkId" in HTMLMediaElement.prototype;
      const field = /** @type {HTMLElement} */ (select.closest("[data-part]"));
      field.hidden = options.length < 2 || !usable;
      const used = device === "speaker" ? select.value : this.devices.used(/** @type {any} */ (device));
      select.replaceChildren(
        ...options.map((one) => new Option(one.label, one.deviceId, false, one.deviceId === used)),
      );
    }
  }
}
