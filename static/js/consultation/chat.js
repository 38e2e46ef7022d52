// The chat of a call: shows what was said, sends what is typed, counts what nobody has seen yet.
// Messages are known by their id, so that one that arrives twice is shown once.

/** @typedef {{id: string, client_id?: string, from: string, name: string, text: string, at: string}} Message */

export class Chat {
  /** @type {Set<string>} */ #shown = new Set();
  #unread = 0;

  /**
   * @param {HTMLElement} root holds `[data-chat-list]` in `[data-chat-scroll]`, `[data-chat-form]` and `[data-chat-problem]`
   * @param {object} options
   * @param {string} options.you the own participant id
   * @param {(text: string) => void} options.send
   * @param {(count: number) => void} options.unread told how many messages are unseen
   */
  constructor(root, { you, send, unread }) {
    this.root = root;
    this.you = you;
    this.tellUnread = unread;
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-chat-list]"));
    this.scroll = /** @type {HTMLElement} */ (root.querySelector("[data-chat-scroll]"));
    this.problem = /** @type {HTMLElement} */ (root.querySelector("[data-chat-problem]"));
    const form = /** @type {HTMLFormElement} */ (root.querySelector("[data-chat-form]"));
    const input = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      this.problem.textContent = "";
      send(text);
      input.value = "";
      input.focus();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  /** @param {Message} message */
  add(message) {
    if (this.#shown.has(message.id)) return;
    this.#shown.add(message.id);
    const own = message.from === this.you;
    const line = document.createElement("li");
    line.dataset.at = message.at;
    line.className = own ? "chat-list__message chat-list__message--own" : "chat-list__message";
    const author = element("span", "chat-list__author", message.name);
    const time = new Date(message.at).toLocaleTimeString("de-DE", { timeStyle: "short" });
    const head = element("p", "chat-list__head", "");
    head.append(author, " ", element("span", "figures", time));
    line.append(head, element("p", "chat-list__text", message.text));
    this.list.insertBefore(line, this.#after(message.at));
    this.scroll.scrollTop = this.scroll.scrollHeight;
    if (!own && this.root.hidden) this.#count(this.#unread + 1);
  }

  /**
   * Find the first message that was said later: some arrive late.
   * @param {string} at
   */
  #after(at) {
    const later = (/** @type {Element} */ one) =>
      new Date(/** @type {HTMLElement} */ (one).dataset.at ?? "") > new Date(at);
    return [...this.list.children].find(later) ?? null;
  }

  /** Note that everything was seen. */
  seen() {
    this.#count(0);
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** @param {string} words */
  complain(words) {
    this.problem.textContent = words;
  }

  /** @param {number} count */
  #count(count) {
    this.#unread = count;
    this.tellUnread(count);
  }
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {string} text
 */
function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
