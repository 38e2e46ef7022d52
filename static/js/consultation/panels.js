// The panels beside the faces: one is open at a time, each has a button with the same name.

export class Panels {
  /**
   * @param {HTMLElement} root
   * @param {{onChat: () => void}} options told when the chat is looked at
   */
  constructor(root, { onChat }) {
    this.root = root;
    this.onChat = onChat;
    root.addEventListener("keydown", (event) => {
      const at = /** @type {Element} */ (event.target);
      const panel = at.closest("dialog") ? null : at.closest("[data-panel]"); // a dialog ends alone
      if (event.key === "Escape" && panel instanceof HTMLElement) this.#close(panel.dataset.panel ?? "");
    });
  }

  /** @param {string} name */
  has(name) {
    return this.root.querySelector(`[data-panel='${name}']`) !== null;
  }

  /**
   * Open a panel, or close it if it is open.
   * @param {string} name
   * @param {{focus?: boolean}} [options]
   */
  toggle(name, { focus = true } = {}) {
    for (const panel of this.root.querySelectorAll("[data-panel]")) {
      if (!(panel instanceof HTMLElement)) continue;
      const opens = panel.dataset.panel === name && panel.hidden;
      panel.hidden = !opens;
      this.#button(panel.dataset.panel ?? "")?.setAttribute("aria-expanded", String(opens));
      if (opens && name === "chat") this.onChat();
    }
    const open = this.root.querySelector("[data-panel]:not([hidden])");
    this.root.classList.toggle("call--side", open !== null);
    const first = open?.querySelector("[data-first], textarea, a, button, select");
    if (focus) /** @type {HTMLElement | null | undefined} */ (first)?.focus();
  }

  /** @param {string} name */
  #close(name) {
    this.toggle(name);
    this.#button(name)?.focus();
  }

  /** @param {string} name */
  #button(name) {
    return /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-action='${name}']`));
  }
}
