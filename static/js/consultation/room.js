// The call page: puts signalling, media, faces, chat and buttons together. What happens in the call is
// said in words in a live region; nothing ends it but the red button, the officer or another device.

import { Chat } from "./chat.js";
import { openDevice, refusal } from "./devices.js";
import { Note } from "./note.js";
import { Peer } from "./peer.js";
import { Signalling } from "./signalling.js";
import { Tiles } from "./tiles.js";

const LOOK_EVERY = 4_000;
const MEASURE_EVERY = 5_000;
const SLOW = 0.5;
const SLOTS = 3;
// What was said just before a reload or a crash reaches the database a moment after the page.
const CATCH_UP = [1_000, 6_000];
const REFUSED = new Set([404, 409, 410]);

class Call {
  /** @type {Record<string, MediaStreamTrack | null>} */ #tracks = { audio: null, camera: null };
  /** @type {MediaStreamTrack | null} */ #screen = null;
  #heard = true;
  #slow = false;
  #over = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.data = root.dataset;
    this.texts = JSON.parse(this.#find("[data-texts]").textContent ?? "{}");
    const you = this.data.you ?? "";
    this.signalling = new Signalling({ url: this.data.media ?? "", ticket: () => this.#ticket() });
    this.peer = new Peer(this.signalling, { slots: SLOTS });
    this.tiles = new Tiles(this.#find("[data-tiles]"), {
      you,
      texts: this.texts,
      soundOnly: this.data.takingPart === "audio_only",
      onBlocked: () => (this.#find("[data-action='listen']").hidden = false),
    });
    this.chat = new Chat(this.#find("[data-panel='chat']"), {
      you,
      send: (text) => this.signalling.chat(text),
      unread: (count) => this.#showUnread(count),
    });
    for (const message of JSON.parse(this.#find("[data-history]").textContent ?? "[]")) {
      this.chat.add(message);
    }
    const note = root.querySelector("[data-note]");
    this.note = note instanceof HTMLFormElement ? new Note(note) : null;
    this.#listen();
  }

  #listen() {
    const on = (/** @type {EventTarget} */ source, /** @type {string} */ name, /** @type {(detail: any) => void} */ deed) =>
      source.addEventListener(name, (event) => deed(/** @type {CustomEvent} */ (event).detail));
    on(this.signalling, "joined", ({ people }) => {
      this.#showPeople(people);
      for (const pause of CATCH_UP) setTimeout(() => this.#catchUp().catch(() => {}), pause);
    });
    on(this.signalling, "people", ({ people }) => this.#showPeople(people));
    on(this.signalling, "chat", (message) => this.chat.add(message));
    on(this.signalling, "problem", ({ text }) => this.chat.complain(text));
    on(this.signalling, "state", () => this.#showConnection());
    on(this.signalling, "ended", (end) => this.#ended(end));
    on(this.peer, "connection", () => this.#showConnection());
    on(this.peer, "track", ({ participant, stream }) => this.tiles.attach(participant, stream));
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-action]");
      if (button instanceof HTMLElement) this.#act(button.dataset.action ?? "");
    });
    this.root.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (!form.hasAttribute("data-quiet")) return;
      event.preventDefault();
      this.#postQuietly(form);
    });
  }

  async start() {
    if (this.#has("note") && matchMedia("(min-width: 64rem)").matches) {
      this.#openPanel("note", { focus: false });
    }
    this.#find("[data-action='share']").hidden = !navigator.mediaDevices?.getDisplayMedia;
    await this.#open("audio");
    if (this.data.takingPart === "video") await this.#open("camera");
    const tracks = [this.#tracks.audio, this.#tracks.camera].filter((track) => track !== null);
    await this.peer.start(new MediaStream(tracks));
    this.signalling.start();
    setInterval(() => this.#look().catch(() => {}), LOOK_EVERY);
    setInterval(() => this.#measure().catch(() => {}), MEASURE_EVERY);
  }

  // Devices

  /** @param {"audio" | "camera"} kind */
  async #open(kind) {
    try {
      this.#tracks[kind] = await openDevice(kind === "audio" ? "microphone" : "camera");
    } catch (error) {
      const device = kind === "audio" ? "microphone" : "camera";
      this.#say(this.texts[`${device}_${refusal(error)}`]);
    }
    this.#showButtons();
  }

  async #toggleAudio() {
    if (this.#tracks.audio === null) {
      await this.#open("audio");
      await this.peer.replaceTrack("audio", this.#tracks.audio);
      return;
    }
    this.#heard = !this.#heard;
    await this.peer.setEnabled("audio", this.#heard);
    this.#showButtons();
  }

  async #toggleCamera() {
    if (this.#tracks.camera) {
      this.#tracks.camera.stop(); // so that the light of the camera goes out
      this.#tracks.camera = null;
    } else {
      await this.#open("camera");
    }
    await this.#sendPicture();
  }

  async #toggleShare() {
    if (this.#screen) {
      this.#screen.stop();
      this.#screen = null;
    } else {
      try {
        const shared = await navigator.mediaDevices.getDisplayMedia({ video: true });
        this.#screen = shared.getVideoTracks()[0];
      } catch {
        return; // closed without a choice
      }
      this.#screen.addEventListener("ended", () => {
        this.#screen = null;
        this.#sendPicture();
      });
    }
    await this.#sendPicture();
  }

  async #sendPicture() {
    await this.peer.replaceTrack("video", this.#screen ?? this.#tracks.camera);
    this.#showButtons();
  }

  #stopDevices() {
    for (const track of [this.#tracks.audio, this.#tracks.camera, this.#screen]) track?.stop();
  }

  // What the page shows

  /** @param {import("./tiles.js").Person[]} people */
  #showPeople(people) {
    const { came, left } = this.tiles.show(people.filter((one) => !one.held));
    this.#find("[data-alone]").hidden = people.some((one) => one.id !== this.data.you);
    for (const name of came) this.#say(this.texts.came.replace("{name}", name));
    for (const name of left) this.#say(this.texts.left.replace("{name}", name));
  }

  #showConnection() {
    const signalling = this.signalling.state;
    let state = "connecting";
    if (signalling === "waiting" || this.peer.state === "recovering") state = "interrupted";
    else if (signalling === "open" && this.peer.state === "connected") {
      state = this.#slow ? "slow" : "connected";
    }
    const place = this.#find("[data-connection]");
    place.dataset.state = state;
    if (place.textContent !== this.texts[state]) place.textContent = this.texts[state];
  }

  #showButtons() {
    const { audio, camera } = this.#tracks;
    this.#showSwitch("audio", audio !== null && this.#heard);
    this.#showSwitch("camera", camera !== null);
    this.#showSwitch("share", this.#screen !== null);
    const self = /** @type {HTMLVideoElement} */ (this.#find("[data-self] video"));
    const picture = this.#screen ?? camera;
    self.srcObject = picture ? new MediaStream([picture]) : null;
    this.#find("[data-self]").classList.toggle("call-self--screen", this.#screen !== null);
    this.#find("[data-self]").classList.toggle("call-self--dark", picture === null);
    if (picture) self.play().catch(() => {});
  }

  /**
   * @param {string} action
   * @param {boolean} on
   */
  #showSwitch(action, on) {
    const button = this.#find(`[data-action='${action}']`);
    button.setAttribute("aria-pressed", String(on));
    const words = button.querySelector("[data-switch]");
    if (words) words.textContent = on ? this.texts.on : this.texts.off;
  }

  /** @param {number} count */
  #showUnread(count) {
    const words = this.#find("[data-unread]");
    words.textContent = count ? this.texts.unread.replace("{count}", String(count)) : "";
    words.hidden = count === 0;
  }

  /** @param {string} words */
  #say(words) {
    if (words) this.#find("[data-announce]").textContent = words;
  }

  /**
   * @param {string} name
   * @param {{focus?: boolean}} [options]
   */
  #openPanel(name, { focus = true } = {}) {
    for (const panel of this.root.querySelectorAll("[data-panel]")) {
      const own = panel instanceof HTMLElement && panel.dataset.panel === name;
      const opens = own && panel.hidden;
      /** @type {HTMLElement} */ (panel).hidden = !opens;
      const action = /** @type {HTMLElement} */ (panel).dataset.panel ?? "";
      this.#find(`[data-action='${action}']`).setAttribute("aria-expanded", String(opens));
      if (opens && name === "chat") this.chat.seen();
      if (opens && focus) /** @type {HTMLElement | null} */ (panel.querySelector("textarea, a"))?.focus();
    }
    const open = this.root.querySelector("[data-panel]:not([hidden])");
    this.root.classList.toggle("call--side", open !== null);
  }

  // What people do

  /** @param {string} action */
  #act(action) {
    if (action === "audio") this.#toggleAudio();
    else if (action === "camera") this.#toggleCamera();
    else if (action === "share") this.#toggleShare();
    else if (action === "listen") this.#startListening();
    else if (action === "hang-up") this.signalling.leave();
    else if (action === "end") this.#askForEnd();
    else if (action === "go-on") this.#dialog().close();
    else if (this.#has(action)) this.#openPanel(action);
  }

  #startListening() {
    this.tiles.play();
    this.#find("[data-action='listen']").hidden = true;
  }

  #askForEnd() {
    if (this.note?.isEmpty()) {
      if (this.#find("[data-panel='note']").hidden) this.#openPanel("note");
      this.note.complain(this.texts.note_missing);
      return;
    }
    this.note?.save();
    this.#dialog().showModal();
  }

  #dialog() {
    return /** @type {HTMLDialogElement} */ (this.#find("dialog"));
  }

  /** @param {HTMLFormElement} form */
  async #postQuietly(form) {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => null);
    delete form.dataset.sending;
    if (answer === null || (!answer.ok && answer.type !== "opaqueredirect")) {
      this.#say(this.texts.not_done);
    } else {
      if (form.dataset.clear !== undefined) form.reset();
      this.#say(form.dataset.done ?? "");
    }
    form.closest("[data-watch]")?.dispatchEvent(new Event("pressed"));
  }

  // The door

  async #ticket() {
    const answer = await fetch(this.data.ticket ?? "", {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": this.data.csrf ?? "" },
      redirect: "error",
    });
    if (REFUSED.has(answer.status)) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).token;
  }

  /** Ask the portal whether this page still belongs here: media may be unable to say it. */
  async #look() {
    const answer = await fetch(this.data.state ?? "", {
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    if (!answer.ok || this.#over) return;
    const { stage } = await answer.json();
    if (!(this.data.stays ?? "").split(" ").includes(stage)) this.#goToRoom();
  }

  async #catchUp() {
    const answer = await fetch(this.data.messages ?? "", {
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    if (!answer.ok) return;
    for (const message of await answer.json()) this.chat.add(message);
  }

  async #measure() {
    const { path } = await this.peer.stats();
    this.#slow = (path?.roundTrip ?? 0) > SLOW;
    this.#showConnection();
  }

  #goToRoom() {
    this.#over = true;
    this.#stopDevices();
    location.assign(this.data.room ?? "/");
  }

  /** @param {{reason: string, text: string}} end */
  #ended({ reason, text }) {
    if (reason !== "left" && reason !== "replaced") {
      this.#goToRoom();
      return;
    }
    this.#over = true;
    this.#stopDevices();
    const farewell = this.#find("[data-farewell]");
    if (text) this.#find("[data-farewell-title]").textContent = text;
    this.#find("[data-live]").hidden = this.#find("[data-connection]").hidden = true;
    farewell.hidden = false;
    this.#find("[data-farewell-title]").focus();
  }

  /** @param {string} name */
  #has(name) {
    return this.root.querySelector(`[data-panel='${name}']`) !== null;
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  #find(selector) {
    const found = this.root.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`the page lacks ${selector}`);
    return found;
  }

  /** What browser tests need: figures, and a picture of their own to send. */
  forTests() {
    return {
      stats: () => this.peer.stats(),
      state: () => ({ signalling: this.signalling.state, peer: this.peer.state }),
      send: (/** @type {"audio" | "video"} */ kind, /** @type {MediaStreamTrack} */ track) =>
        this.peer.replaceTrack(kind, track),
      video: (/** @type {string} */ participant) => this.tiles.video(participant),
    };
  }
}

const root = document.querySelector("[data-call]");
if (root instanceof HTMLElement) {
  const call = new Call(root);
  if (root.dataset.testing !== undefined) Object.assign(window, { consultation: call.forTests() });
  call.start();
}
