/**
 * Signalling: one WebSocket to the media process, kept alive over broken networks and restarts.
 *
 * The protocol is written down in portal/media/signalling.py. This module knows nothing about
 * media (see peer.js) and nothing about the page.
 *
 * Events, each a CustomEvent with the server's message in `detail`:
 *   joined, people, slots, chat, hold, media, relay, muted, locked, point, paused,
 *            uplink as the server sends them
 *   state    {state}: "connecting", "open", "waiting" (until the next attempt), "ended"
 *   problem  {code, text}: an error with a German sentence for people
 *   ended    {reason, text}: do not try again by yourself (removed, closed, replaced, refused, left)
 */

const HELLO_TIMEOUT = 10_000;
const PING_INTERVAL = 10_000;
const OFFER_TIMEOUT = 10_000;
// In a network that swallows everything, a question to the portal would wait for minutes.
const TICKET_TIMEOUT = 10_000;
const REPEAT_CHAT_AFTER = 3_000;
const QUICK_ATTEMPTS = 30;
const LONGEST_QUICK_DELAY = 2_000;
const LONGEST_DELAY = 60_000;
const FAREWELLS = new Set(["removed", "closed", "replaced"]);
const PASSED_ON = new Set([
  "people", "slots", "hold", "media", "relay", "muted", "locked", "point", "paused", "uplink",
]);
const QUIET = new Set(["resume", "rate", "malformed", "node", "moving"]);
const REMEMBERED_CHAT_IDS = 1_000;

/**
 * Say how long to wait before an attempt to connect: quickly for the first minute, because a
 * server that restarts is back in seconds, then slower and slower.
 * @param {number} attempt counted from 0
 * @param {number} [chance] between 0 and 1, so that not everybody comes back at once
 * @returns {number} milliseconds
 */
export function reconnectDelay(attempt, chance = Math.random()) {
  const quick = Math.min(300 * 2 ** attempt, LONGEST_QUICK_DELAY);
  const patient = LONGEST_QUICK_DELAY * 1.5 ** Math.max(0, attempt - QUICK_ATTEMPTS);
  return Math.min(attempt < QUICK_ATTEMPTS ? quick : patient, LONGEST_DELAY) * (0.8 + 0.4 * chance);
}

/** @typedef {{token: string, url?: string, iceServers?: RTCIceServer[]}} Ticket */

export class Signalling extends EventTarget {
  /** @type {RTCIceServer[]} where a closed network finds a way out */ iceServers = [];
  /** @type {string} */ #url;
  /** @type {(signal: AbortSignal) => Promise<string | Ticket | null>} */ #fetchTicket;
  /** @type {WebSocket | null} */ #socket = null;
  #state = "new";
  #joined = false;
  #attempt = 0;
  #resume = "";
  #unreached = false;
  #silentPings = 0;
  #presence = { audio: false, video: false, screen: false };
  /** @type {Map<string, string>} chat messages that nobody has confirmed yet, by client id */
  #unconfirmed = new Map();
  /** @type {Set<string>} */ #seenChat = new Set();
  /** @type {Map<string, {resolve: (sdp: string) => void, reject: (error: Error) => void}>} by id */
  #offers = new Map();
  /** @type {Record<string, ReturnType<typeof setTimeout>>} */ #timers = {};

  /**
   * @param {object} options
   * @param {string} options.url address of the WebSocket, without any ticket in it
   * @param {(signal: AbortSignal) => Promise<string | Ticket | null>} options.ticket fetches a fresh
   *   ticket from the portal, with the address of the node that has the room, and gives up when the
   *   signal says so; null means that this person may no longer enter, an exception that it has to be
   *   tried again
   */
  constructor({ url, ticket }) {
    super();
    this.#url = url;
    this.#fetchTicket = ticket;
  }

  /** @returns {string} "new", "connecting", "open", "waiting" or "ended" */
  get state() {
    return this.#state;
  }

  /** Connect, and stay connected until the talk ends. */
  start() {
    if (this.#state !== "new") return;
    globalThis.addEventListener?.("online", this.#hurry);
    this.#connect();
  }

  /**
   * Send an offer and wait for its own answer; the late answer to an earlier one is of no use.
   * @param {string} sdp
   * @returns {Promise<string>} the answer
   */
  offer(sdp) {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      if (!this.#send({ type: "offer", sdp, id })) {
        reject(new Error("not connected"));
        return;
      }
      const timer = setTimeout(() => this.#offers.get(id)?.reject(new Error("no answer")), OFFER_TIMEOUT);
      const settled = (/** @type {(value: any) => void} */ settle) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        this.#offers.delete(id);
        settle(value);
      };
      this.#offers.set(id, { resolve: settled(resolve), reject: settled(reject) });
    });
  }

  /**
   * Tell the others what is switched on; told again after each reconnect.
   * @param {{audio: boolean, video: boolean, screen?: boolean}} presence
   */
  sendState({ audio, video, screen = false }) {
    this.#presence = { audio, video, screen };
    this.#send({ type: "state", audio, video, screen });
  }

  /**
   * Hand something to one other person in the room that nobody else needs to understand.
   * @param {string} to
   * @param {string} body
   */
  relay(to, body) {
    this.#send({ type: "relay", to, body });
  }

  /**
   * Ask the server for a deed of the room: mute, hold, remove, lock, speak, listen, want or point.
   * @param {string} type
   * @param {object} values
   */
  ask(type, values) {
    this.#send({ type, ...values });
  }

  /**
   * Say something in the chat; it is repeated over reconnects until the server has confirmed it.
   * @param {string} text
   * @returns {string} the client id that its echo will carry
   */
  chat(text) {
    const id = crypto.randomUUID();
    this.#unconfirmed.set(id, text);
    this.#send({ type: "chat", text, client_id: id });
    return id;
  }

  /** Say goodbye and stay away. */
  leave() {
    this.#send({ type: "leave" });
    this.#end("left", "");
  }

  async #connect() {
    this.#clear("retry");
    this.#enter("connecting");
    let hello;
    try {
      hello = await this.#firstMessage();
    } catch {
      this.#retry();
      return;
    }
    if (this.#state === "ended") return;
    if (hello === null) {
      this.#end("refused", "");
      return;
    }
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#after("hello", HELLO_TIMEOUT, () => this.#lost(socket));
    socket.addEventListener("open", () => socket.send(JSON.stringify(hello)));
    socket.addEventListener("message", (event) => this.#onMessage(socket, event.data));
    socket.addEventListener("close", () => this.#lost(socket));
  }

  async #firstMessage() {
    const place = { type: "resume", secret: this.#resume };
    if (this.#resume && !this.#unreached) return place;
    const ticket = await this.#fetchTicket(AbortSignal.timeout(TICKET_TIMEOUT));
    if (ticket === null) return null;
    /** @type {Ticket} */
    const { token, url = this.#url, iceServers } = typeof ticket === "string" ? { token: ticket } : ticket;
    this.iceServers = iceServers ?? [];
    // Nobody answered where the place is kept. If the room is still there, only the network was away.
    if (this.#resume && url === this.#url) return place;
    this.#resume = "";
    this.#url = url;
    return { type: "hello", token };
  }

  /** The node stops: another one has a place for this room. */
  #move() {
    this.#resume = "";
    this.#attempt = 0;
    this.#lost(this.#socket);
  }

  /**
   * @param {WebSocket} socket
   * @param {string} data
   */
  #onMessage(socket, data) {
    if (socket !== this.#socket) return;
    this.#silentPings = 0;
    const message = JSON.parse(data);
    if (FAREWELLS.has(message.type)) this.#end(message.reason ?? message.type, message.text);
    else if (PASSED_ON.has(message.type)) this.#emit(message.type, message);
    else if (message.type === "joined") this.#onJoined(message);
    else if (message.type === "moving") this.#move();
    else if (message.type === "answer") this.#offers.get(message.id)?.resolve(message.sdp);
    else if (message.type === "chat") this.#onChat(message);
    else if (message.type === "error") this.#onError(message);
  }

  /** @param {{resume: string, missed: any[]}} message */
  #onJoined(message) {
    this.#clear("hello");
    this.#resume = message.resume;
    this.#unreached = false;
    this.#attempt = 0;
    this.#joined = true;
    this.#silentPings = 0;
    this.#after("ping", PING_INTERVAL, () => this.#ping());
    this.#enter("open");
    this.#send({ type: "state", ...this.#presence });
    this.#emit("joined", message);
    for (const missed of message.missed) this.#onChat(missed);
    this.#repeatChat();
  }

  /** @param {{id: string, client_id: string}} message */
  #onChat(message) {
    this.#unconfirmed.delete(message.client_id);
    if (this.#seenChat.has(message.id)) return;
    this.#seenChat.add(message.id);
    if (this.#seenChat.size > REMEMBERED_CHAT_IDS) {
      this.#seenChat.delete(this.#seenChat.values().next().value ?? "");
    }
    this.#emit("chat", message);
  }

  /** @param {{code: string, text: string, client_id?: string}} message */
  #onError(message) {
    if (message.code === "media") this.#dropOffers(message.text);
    if (message.client_id) this.#unconfirmed.delete(message.client_id);
    if (message.code === "rate") this.#after("chat", REPEAT_CHAT_AFTER, () => this.#repeatChat());
    // A refused resume costs the place on the server; a fresh ticket opens the door again.
    if (!this.#joined || message.code === "gone") this.#resume = "";
    // A node that is not reached any more, or has no such room: the next try asks the portal again.
    if (message.code === "node") this.#resume = "";
    if (!this.#isQuiet(message.code)) this.#emit("problem", message);
  }

  /**
   * Tell whether an error is nothing that the person could do something about.
   * @param {string} code
   */
  #isQuiet(code) {
    return QUIET.has(code) || code.startsWith("relay");
  }

  #repeatChat() {
    for (const [id, text] of this.#unconfirmed) {
      this.#send({ type: "chat", text, client_id: id });
    }
  }

  #ping() {
    this.#silentPings += 1;
    if (this.#silentPings > 2) {
      // A browser may take minutes to notice a dead connection by itself.
      this.#lost(this.#socket);
      return;
    }
    this.#send({ type: "ping" });
    this.#after("ping", PING_INTERVAL, () => this.#ping());
  }

  /** @param {WebSocket | null} socket */
  #lost(socket) {
    if (socket === null || socket !== this.#socket || this.#state === "ended") return;
    this.#socket = null;
    this.#unreached = !this.#joined;
    socket.close();
    this.#retry();
  }

  #retry() {
    this.#joined = false;
    this.#clear("ping", "hello", "chat");
    this.#dropOffers("connection lost");
    if (this.#state === "ended") return;
    this.#enter("waiting");
    this.#after("retry", reconnectDelay(this.#attempt), () => this.#connect());
    this.#attempt += 1;
  }

  #hurry = () => {
    if (this.#state !== "waiting") return;
    this.#attempt = 0;
    this.#connect();
  };

  /**
   * @param {string} reason
   * @param {string} text
   */
  #end(reason, text) {
    if (this.#state === "ended") return;
    this.#enter("ended");
    this.#clear(...Object.keys(this.#timers));
    this.#dropOffers("ended");
    globalThis.removeEventListener?.("online", this.#hurry);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#joined = false;
    this.#emit("ended", { reason, text });
  }

  /** @param {string} reason */
  #dropOffers(reason) {
    for (const offer of [...this.#offers.values()]) offer.reject(new Error(reason));
  }

  /**
   * @param {object} message
   * @returns {boolean} whether it was handed to a connection
   */
  #send(message) {
    const open = this.#joined && this.#socket?.readyState === WebSocket.OPEN;
    if (open) this.#socket?.send(JSON.stringify(message));
    return Boolean(open);
  }

  /** @param {string} state */
  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#emit("state", { state });
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /**
   * @param {string} name
   * @param {number} delay
   * @param {() => void} callback
   */
  #after(name, delay, callback) {
    this.#clear(name);
    this.#timers[name] = setTimeout(callback, delay);
  }

  /** @param {string[]} names */
  #clear(...names) {
    for (const name of names) {
      clearTimeout(this.#timers[name]);
      delete this.#timers[name];
    }
  }
}
