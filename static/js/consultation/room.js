// The call page: puts signalling, sealing, media, faces, chat and buttons together. What happens in the
// call is said in words in a live region; nothing ends it but the red button, the officer or another
// device. Others join in with DOM events on the root only: see pointing.js, and `call-people` below.

import { Chat } from "./chat.js";
import { Interpreting } from "./interpreting.js";
import { Moderation } from "./moderation.js";
import { Note } from "./note.js";
import { OwnDevices } from "./own_devices.js";
import { Panels } from "./panels.js";
import { Peer } from "./peer.js";
import { Quality } from "./quality/quality.js";
import { SealingNotice } from "./sealing/notice.js";
import { Sealing } from "./sealing/sealing.js";
import { savingChosen, Settings } from "./settings.js";
import { Signalling } from "./signalling.js";
import { Stage } from "./stage.js";
import { Tiles } from "./tiles.js";

const LOOK_EVERY = 4_000;
const MEASURE_EVERY = 2_000;
const LISTEN_EVERY = 300;
// A question of the browser that stands unanswered keeps nobody out of the room.
const DEVICES_WITHIN = 5_000;
// A voice that is away for longer than this is better heard by telephone.
const CALLBACK_AFTER = 10_000;
// What was said just before a reload or a crash reaches the database a moment after the page.
const CATCH_UP = [1_000, 6_000];
const REFUSED = new Set([404, 409, 410]);

/** @typedef {import("./tiles.js").Person} Person */

class Call {
  #over = false;
  #held = false;
  /** @type {Person[]} */ #people = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #callback;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.data = root.dataset;
    this.texts = JSON.parse(this.#find("[data-texts]").textContent ?? "{}");
    const you = this.data.you ?? "";
    const say = (/** @type {string} */ words) => this.#say(words);
    const ask = (/** @type {string} */ type, /** @type {object} */ values) =>
      this.signalling.ask(type, values);
    this.signalling = new Signalling({ url: this.data.media ?? "", ticket: (signal) => this.#ticket(signal) });
    this.sealing = new Sealing(this.signalling, { you });
    this.peer = new Peer(this.signalling, { sealing: this.sealing });
    this.devices = new OwnDevices(this.peer, this.texts);
    this.tiles = new Tiles(this.#find("[data-tiles]"), {
      you,
      texts: this.texts,
      onPin: (id) => this.stage.pin(id),
      onBlocked: () => (this.#find("[data-action='listen']").hidden = false),
    });
    this.quality = new Quality({
      peer: this.peer,
      signalling: this.signalling,
      devices: this.devices,
      tiles: this.tiles,
      call: this.data.room ?? "",
      onRung: (rung, changed) => this.#showRung(rung, changed),
    });
    this.stage = new Stage(this.#find("[data-tiles]"), this.tiles, (wishes) =>
      this.quality.wish(wishes),
    );
    this.panels = new Panels(root, { onChat: () => this.chat.seen() });
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
    const moderation = root.querySelector("[data-moderation]");
    this.moderation =
      moderation instanceof HTMLElement
        ? new Moderation(moderation, { you, texts: this.texts, ask })
        : null;
    this.interpreting = new Interpreting(this.#find("[data-interpreter]"), {
      you,
      tiles: this.tiles,
      ask,
    });
    this.notice = new SealingNotice(root, {
      sealing: this.sealing,
      texts: this.texts,
      words: this.texts.sealing_words.split(", "),
      german: this.texts.sealing_words_german.split(", "),
      nameOf: (id) => this.#people.find((one) => one.id === id)?.name ?? "",
      say,
    });
    this.settings = new Settings(this.#find("[data-panel='settings']"), {
      texts: this.texts,
      devices: this.devices,
      onSpeaker: (device) => this.tiles.setSpeaker(device),
      onView: (view) => this.stage.choose(view),
      onSaving: (saving) => this.#save(saving),
    });
    this.#listen();
  }

  #listen() {
    const on = (
      /** @type {EventTarget} */ source,
      /** @type {string} */ name,
      /** @type {(detail: any) => void} */ deed,
    ) => source.addEventListener(name, (event) => deed(/** @type {CustomEvent} */ (event).detail));
    on(this.signalling, "joined", (joined) => this.#joined(joined));
    on(this.signalling, "people", ({ people }) => this.#showPeople(people));
    on(this.signalling, "chat", (message) => this.chat.add(message));
    on(this.signalling, "problem", (problem) => this.#complain(problem));
    on(this.signalling, "hold", ({ held }) => this.#showHold(held));
    on(this.signalling, "muted", ({ kind }) => this.#muted(kind));
    on(this.signalling, "locked", ({ locked }) => this.#showLocked(locked));
    on(this.signalling, "paused", ({ paused }) => this.tiles.showPaused(paused ?? []));
    on(this.signalling, "uplink", ({ weak }) => this.quality.weaken(weak));
    on(this.signalling, "point", (point) => this.#showPoint(point));
    on(this.signalling, "state", () => this.#showConnection());
    on(this.signalling, "ended", (end) => this.#ended(end));
    on(this.sealing, "change", () => {
      this.peer.applySealing();
      this.tiles.silence(!this.sealing.mayPlay);
    });
    on(this.peer, "connection", () => this.#showConnection());
    on(this.peer, "track", ({ participant, stream }) => {
      this.tiles.attach(participant, stream);
      this.stage.arrange();
    });
    on(this.devices, "change", () => this.#showButtons());
    on(this.devices, "problem", (words) => this.#say(words));
    on(this.root, "camera-needed", ({ waitFor }) => waitFor(this.#lendCamera()));
    on(this.root, "camera-free", () => this.devices.takeCameraBack());
    on(this.root, "call-point", (point) => this.signalling.ask("point", point));
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
    const taking = this.data.takingPart ?? "video";
    if (this.panels.has("note") && matchMedia("(min-width: 64rem)").matches) {
      this.panels.toggle("note", { focus: false });
    }
    this.settings.check("view", this.stage.view);
    const listens = taking === "listening";
    this.#find("[data-action='audio']").hidden = listens;
    this.#find("[data-action='camera']").hidden = listens;
    this.#find("[data-action='share']").hidden = listens || !navigator.mediaDevices?.getDisplayMedia;
    const saving = savingChosen() ?? (taking === "audio_only" ? "sound" : "best");
    const opening = this.devices.open(saving === "sound" && taking === "video" ? "audio_only" : taking);
    const late = new Promise((resolve) => setTimeout(resolve, DEVICES_WITHIN, null));
    const stream = await Promise.race([opening, late]);
    await this.peer.start(stream);
    if (stream === null) opening.then(() => this.devices.send());
    this.#save(saving);
    this.signalling.start();
    this.#showConnection();
    setInterval(() => this.#look().catch(() => {}), LOOK_EVERY);
    setInterval(() => this.#measure().catch(() => {}), MEASURE_EVERY);
    setInterval(() => this.stage.hear(this.peer.levels()), LISTEN_EVERY);
  }

  // Who is there

  /** @param {{people: Person[], rights?: string[], held: boolean, locked?: boolean}} joined */
  #joined({ people, rights = [], held, locked = false }) {
    this.moderation?.allow(rights);
    this.#find("[data-action='share']").hidden ||= !rights.includes("screen");
    this.#showPeople(people);
    this.#showHold(held);
    this.moderation?.showLocked(locked);
    this.interpreting.tellServer();
    this.quality.tellWishes();
    this.#catchUpSoon();
  }

  /** @param {Person[]} people */
  #showPeople(people) {
    this.#people = people;
    const { came, left, shared } = this.tiles.show(people.filter((one) => !one.held));
    this.#find("[data-alone]").hidden = this.#held || this.tiles.ids.length > 0;
    this.stage.arrange();
    this.quality.expect(people);
    this.moderation?.show(people);
    this.interpreting.show(people);
    for (const name of came) this.#say(this.texts.came.replace("{name}", name));
    for (const name of left) this.#say(this.texts.left.replace("{name}", name));
    for (const name of shared) this.#say(this.texts.shares.replace("{name}", name));
    this.root.dispatchEvent(new CustomEvent("call-people", { detail: { people } }));
  }

  /** @param {boolean} held */
  #showHold(held) {
    if (held !== this.#held) this.#say(held ? this.texts.held : this.texts.let_in_again);
    // A page that was loaded on hold got nothing of the chat.
    if (this.#held && !held) this.#catchUpSoon();
    this.#held = held;
    this.#find("[data-hold]").hidden = !held;
    if (held) this.#find("[data-alone]").hidden = true;
  }

  /** @param {boolean} locked */
  #showLocked(locked) {
    this.moderation?.showLocked(locked);
    this.#say(locked ? this.texts.locked : this.texts.unlocked);
  }

  /** @param {string} kind */
  #muted(kind) {
    if (kind === "audio") this.devices.mute();
    else if (kind === "video") this.devices.stopCamera();
    else this.devices.stopShare();
    this.#tell(this.texts[`muted_${kind}`] ?? "");
  }

  /** @param {{from: string, x: number, y: number, page: number}} point */
  #showPoint(point) {
    const name = this.#people.find((one) => one.id === point.from)?.name ?? "";
    const detail = { ...point, name };
    this.root.dispatchEvent(new CustomEvent("call-pointed", { detail }));
  }

  // How well it goes

  #showConnection() {
    const signalling = this.signalling.state;
    let state = "connecting";
    if (signalling === "waiting" || this.peer.state === "recovering") state = "interrupted";
    else if (signalling === "open" && this.peer.state === "connected") {
      state = this.quality.slow ? "slow" : "connected";
    }
    const place = this.#find("[data-connection]");
    place.dataset.state = state;
    if (place.textContent !== this.texts[state]) place.textContent = this.texts[state];
    this.#offerCallback(state !== "connected" && state !== "slow");
  }

  /** @param {boolean} lost */
  #offerCallback(lost) {
    const offer = this.root.querySelector("[data-callback-offer]");
    if (!(offer instanceof HTMLElement)) return;
    if (lost) {
      this.#callback ??= setTimeout(() => {
        offer.hidden = false;
      }, CALLBACK_AFTER);
      return;
    }
    clearTimeout(this.#callback);
    this.#callback = undefined;
    offer.hidden = true;
  }

  async #measure() {
    this.settings.showData(await this.quality.measure());
    this.#showConnection();
  }

  /**
   * @param {"none" | "some"} rung
   * @param {boolean} changed
   */
  #showRung(rung, changed) {
    this.#find("[data-self]").classList.toggle("call-self--weak", rung === "none");
    if (!changed || !this.devices.on.camera) return;
    this.#tell(rung === "none" ? this.texts.sound_only_now : this.texts.picture_again);
  }

  /** @param {"best" | "small" | "sound"} saving */
  #save(saving) {
    this.settings.check("saving", saving);
    this.quality.save(saving);
  }

  // What the page shows

  #showButtons() {
    const { audio, camera, share } = this.devices.on;
    this.#showSwitch("audio", audio);
    this.#showSwitch("camera", camera);
    this.#showSwitch("share", share);
    const self = /** @type {HTMLVideoElement} */ (this.#find("[data-self] video"));
    const { picture } = this.devices;
    const shown = self.srcObject instanceof MediaStream ? self.srcObject.getTracks()[0] : null;
    if (shown !== picture) self.srcObject = picture ? new MediaStream([picture]) : null;
    this.#find("[data-self]").classList.toggle("call-self--screen", share);
    this.#find("[data-self]").classList.toggle("call-self--dark", picture === null);
    this.#find("[data-self-words]").textContent = share ? this.texts.you_share : this.texts.you;
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

  /** @param {string} words for those who do not see the page */
  #say(words) {
    if (words) this.#find("[data-announce]").textContent = words;
  }

  /** @param {string} words for everybody: something was done that they did not do themselves */
  #tell(words) {
    const place = this.#find("[data-told]");
    place.hidden = !words;
    this.#find("[data-told-words]").textContent = words;
  }

  /** @param {{code: string, text: string, client_id?: string}} problem */
  #complain({ code, text, client_id }) {
    if (client_id || code.startsWith("chat")) this.chat.complain(text);
    else this.#tell(text);
  }

  // What people do

  /** @param {string} action */
  #act(action) {
    if (action === "audio") this.devices.toggleAudio();
    else if (action === "camera") this.devices.toggleCamera();
    else if (action === "share") this.devices.toggleShare();
    else if (action === "listen") this.#startListening();
    else if (action === "understood") this.#tell("");
    else if (action === "hang-up") this.signalling.leave();
    else if (action === "end") this.#askForEnd();
    else if (action === "go-on") this.#dialog().close();
    else if (this.panels.has(action)) this.panels.toggle(action);
  }

  async #lendCamera() {
    if (this.devices.on.camera) this.#say(this.texts.camera_lent);
    await this.devices.lendCamera();
  }

  #startListening() {
    this.tiles.play();
    this.#find("[data-action='listen']").hidden = true;
  }

  #askForEnd() {
    if (this.note?.isEmpty()) {
      if (this.#find("[data-panel='note']").hidden) this.panels.toggle("note");
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

  /** @param {AbortSignal} signal */
  async #ticket(signal) {
    const answer = await fetch(this.data.ticket ?? "", {
      method: "POST",
      signal,
      headers: { Accept: "application/json", "X-CSRFToken": this.data.csrf ?? "" },
      redirect: "error",
    });
    if (REFUSED.has(answer.status)) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
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

  #catchUpSoon() {
    for (const pause of CATCH_UP) setTimeout(() => this.#catchUp().catch(() => {}), pause);
  }

  async #catchUp() {
    const answer = await fetch(this.data.messages ?? "", {
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    if (!answer.ok) return;
    for (const message of await answer.json()) this.chat.add(message);
  }

  #goToRoom() {
    this.#over = true;
    this.devices.stop();
    location.assign(this.data.room ?? "/");
  }

  /** @param {{reason: string, text: string}} end */
  #ended({ reason, text }) {
    if (reason !== "left" && reason !== "replaced") {
      this.#goToRoom();
      return;
    }
    this.#over = true;
    this.devices.stop();
    this.#offerCallback(false);
    const farewell = this.#find("[data-farewell]");
    if (text) this.#find("[data-farewell-title]").textContent = text;
    this.#find("[data-live]").hidden = this.#find("[data-status]").hidden = true;
    farewell.hidden = false;
    this.#find("[data-farewell-title]").focus();
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
      counts: () => this.sealing.counts(),
      state: () => ({ signalling: this.signalling.state, peer: this.peer.state }),
      send: (
        /** @type {"audio" | "video" | "screen"} */ kind,
        /** @type {MediaStreamTrack} */ track,
      ) => this.peer.replaceTrack(kind, track),
      video: (/** @type {string} */ participant) => this.tiles.video(participant),
      step: (
        /** @type {import("./quality/ladder.js").Rung} */ rung,
        /** @type {string} */ before,
      ) => this.quality.step(rung, before),
    };
  }
}

const root = document.querySelector("[data-call]");
if (root instanceof HTMLElement) {
  const call = new Call(root);
  if (root.dataset.testing !== undefined) Object.assign(window, { consultation: call.forTests() });
  call.start();
}
