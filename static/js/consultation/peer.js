/**
 * Peer: the one media connection of this page, and who appears in which of its slots.
 *
 * The page always offers: sendonly sections for sound, camera and a shared screen, a number of
 * recvonly pairs and one recvonly video for the screen of another. The server fills these slots as
 * people come and go, so nothing is negotiated again. When the path dies, the peer restarts ICE; when
 * that does not help, it joins anew with a new connection.
 *
 * Events, each a CustomEvent:
 *   track       {participant, kind, track, stream}: somebody's sound or picture starts here; a shared
 *               screen has the participant "<id>#screen"
 *   gone        {participant, kind}: it ends
 *   connection  {state}: "connecting", "connected", "recovering", "closed"
 */

import { summarize } from "./statistics.js";

/** @typedef {import("./signalling.js").Signalling} Signalling */

const SLOTS = 7;
const PATIENCE = 2_000;
const RESTART_TIMEOUT = 8_000;
const FIRST_REJOIN_DELAY = 500;
const LONGEST_REJOIN_DELAY = 10_000;
// Three sizes, small first (RFC 8853): with many people the server picks one for each who looks.
const SIZES = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 450_000 },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
];
const KINDS = /** @type {const} */ (["audio", "video", "screen"]);
const PAIR = /** @type {const} */ (["audio", "video"]);

export class Peer extends EventTarget {
  /** @type {Signalling} */ #signalling;
  #slotCount;
  /** @type {RTCIceServer[]} */ #iceServers;
  /** @type {RTCPeerConnection | null} */ #pc = null;
  /** @type {Record<string, RTCRtpSender>} */ #senders = {};
  /** @type {Record<string, MediaStreamTrack | null>} */
  #tracks = { audio: null, video: null, screen: null };
  /** @type {Record<string, boolean>} */ #enabled = { audio: true, video: true, screen: true };
  /** @type {import("./sealing/sealing.js").Sealing | null} */ #sealing;
  /** @type {import("./quality/ladder.js").Rung | null} */ #rung = null;
  #crowded = false;
  #spent = { before: 0, now: 0 };
  /** @type {Record<string, string>} who the server says is in which slot, by mid */ #slots = {};
  /** @type {Map<string, {participant: string, kind: string}>} who is shown, by mid */
  #shown = new Map();
  /** @type {Map<string, MediaStream>} */ #streams = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #rejoinDelay = FIRST_REJOIN_DELAY;
  #state = "new";
  #aborter = new AbortController();

  /**
   * @param {Signalling} signalling
   * @param {object} [options]
   * @param {number} [options.slots] how many others can be seen
   * @param {RTCIceServer[]} [options.iceServers]
   * @param {import("./sealing/sealing.js").Sealing | null} [options.sealing] end-to-end encryption
   */
  constructor(signalling, { slots = SLOTS, iceServers = [], sealing = null } = {}) {
    super();
    this.#sealing = sealing;
    this.#signalling = signalling;
    this.#slotCount = slots;
    this.#iceServers = iceServers;
  }

  /** @returns {string} "new", "connecting", "connected", "recovering" or "closed" */
  get state() {
    return this.#state;
  }

  /**
   * Connect with whatever camera and microphone there are, or with none at all.
   * @param {MediaStream | null} stream
   */
  async start(stream) {
    this.#tracks.audio = stream?.getAudioTracks()[0] ?? null;
    this.#tracks.video = stream?.getVideoTracks()[0] ?? null;
    this.#sendState();
    const options = { signal: this.#aborter.signal };
    this.#signalling.addEventListener("joined", (event) => this.#onJoined(detail(event)), options);
    this.#signalling.addEventListener("slots", (event) => this.#onSlots(detail(event)), options);
    this.#signalling.addEventListener("media", () => this.#rejoinSoon(), options);
    this.#signalling.addEventListener("ended", () => this.close(), options);
    if (this.#signalling.state === "open") await this.#join();
  }

  /**
   * Send another track: a changed camera or microphone, a shared screen, or nothing.
   * @param {"audio" | "video" | "screen"} kind
   * @param {MediaStreamTrack | null} track
   */
  async replaceTrack(kind, track) {
    this.#tracks[kind] = track;
    await this.#applyTrack(kind);
    this.#sendState();
  }

  /**
   * Mute or show. Sound is silenced in the track, the picture is not sent at all.
   * @param {"audio" | "video"} kind
   * @param {boolean} enabled
   */
  async setEnabled(kind, enabled) {
    this.#enabled[kind] = enabled;
    await this.#applyTrack(kind);
    this.#sendState();
  }

  /** Begin or stop to send, after the sealing has changed its mind. */
  async applySealing() {
    await Promise.all(KINDS.map((kind) => this.#applyTrack(kind)));
  }

  /**
   * Send the picture with less (or all) of its size, frames and bits.
   * @param {import("./quality/ladder.js").Rung} rung
   */
  async limit(rung) {
    this.#rung = rung;
    await this.#applyTrack("video");
    await this.#applySizes();
    this.#sendState();
  }

  /**
   * Send several sizes of the own picture when many look at it.
   * @param {boolean} crowded
   */
  async expectCrowd(crowded) {
    if (crowded === this.#crowded) return;
    this.#crowded = crowded;
    await this.#applySizes();
  }

  /**
   * Measure how loud everybody is at the moment.
   * @returns {Record<string, number>} between 0 and 1, by participant
   */
  levels() {
    /** @type {Record<string, number>} */
    const levels = {};
    for (const { mid, receiver } of this.#pc?.getTransceivers() ?? []) {
      const shown = mid === null ? undefined : this.#shown.get(mid);
      if (shown?.kind !== "audio") continue;
      levels[shown.participant] = receiver.getSynchronizationSources()[0]?.audioLevel ?? 0;
    }
    return levels;
  }

  /**
   * Say how the connection does.
   * @returns {Promise<import("./statistics.js").PeerStats>}
   */
  async stats() {
    const report = this.#pc ? await this.#pc.getStats() : new Map();
    const stats = summarize([...report.values()], this.#shown);
    this.#spent.now = Math.max(this.#spent.now, stats.path?.bytes ?? 0);
    return { ...stats, spent: this.#spent.before + this.#spent.now };
  }

  /**
   * Count the frames sent in each size.
   * @returns {Promise<Record<string, number>>}
   */
  async layers() {
    const report = this.#pc ? await this.#pc.getStats() : new Map();
    const sent = [...report.values()].filter((entry) => entry.type === "outbound-rtp" && entry.rid);
    return Object.fromEntries(
      sent.filter((entry) => entry.framesSent > 0).map((entry) => [entry.rid, entry.framesSent]),
    );
  }

  /** End the connection for good. */
  close() {
    this.#aborter.abort();
    clearTimeout(this.#timer);
    this.#dropConnection();
    this.#forgetSlots();
    this.#enter("closed");
  }

  /** @param {{media: boolean}} joined */
  #onJoined(joined) {
    this.#sendState();
    const path = this.#pc?.remoteDescription ? this.#pc.connectionState : "failed";
    if (!joined.media || path === "failed") this.#join();
    else if (path === "disconnected") this.#restart();
    // The watch of a path that was being made may have ended while nobody could be asked.
    else if (path !== "connected") this.#watch(RESTART_TIMEOUT);
  }

  async #join() {
    if (this.#state === "closed") return;
    clearTimeout(this.#timer);
    this.#dropConnection();
    this.#forgetSlots();
    this.#enter(this.#state === "new" ? "connecting" : "recovering");
    const pc = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      iceServers: [...this.#iceServers, ...(this.#signalling.iceServers ?? [])],
    });
    this.#pc = pc;
    pc.addEventListener("connectionstatechange", () => this.#onConnectionState(pc));
    for (const kind of KINDS) {
      const medium = kind === "audio" ? "audio" : "video";
      const sendEncodings = kind === "video" ? this.#encodings() : [];
      const section = pc.addTransceiver(medium, { direction: "sendonly", sendEncodings });
      this.#senders[kind] = section.sender;
      this.#sealing?.protectSender(this.#senders[kind], medium);
    }
    for (let slot = 0; slot < this.#slotCount; slot += 1) {
      for (const kind of PAIR) this.#receive(pc, kind);
    }
    this.#receive(pc, "video");
    await Promise.all(KINDS.map((kind) => this.#applyTrack(kind)));
    this.#watch(RESTART_TIMEOUT);
    await this.#negotiate(pc);
  }

  /**
   * @param {RTCPeerConnection} pc
   * @param {"audio" | "video"} kind
   */
  #receive(pc, kind) {
    const { receiver } = pc.addTransceiver(kind, { direction: "recvonly" });
    this.#sealing?.protectReceiver(receiver, kind);
  }

  /** @param {RTCPeerConnection} pc */
  async #negotiate(pc) {
    try {
      await pc.setLocalDescription();
      const sdp = await this.#signalling.offer(pc.localDescription?.sdp ?? "");
      if (pc !== this.#pc) return;
      await pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      if (pc === this.#pc) this.#rejoinSoon();
      return;
    }
    if (pc !== this.#pc) return;
    await this.#applySizes();
    this.#showSlots();
    this.#sendState();
  }

  async #restart() {
    const pc = this.#pc;
    if (pc === null || this.#state === "closed") return;
    this.#enter("recovering");
    // Without signalling there is nobody to answer; the next "joined" brings us back here.
    if (this.#signalling.state !== "open") return;
    this.#watch(RESTART_TIMEOUT);
    pc.restartIce();
    await this.#negotiate(pc);
  }

  /** @param {RTCPeerConnection} pc */
  #onConnectionState(pc) {
    if (pc !== this.#pc) return;
    if (pc.connectionState === "connected") {
      clearTimeout(this.#timer);
      this.#rejoinDelay = FIRST_REJOIN_DELAY;
      this.#enter("connected");
    } else if (pc.connectionState === "disconnected") {
      // Often a moment without radio; Chromium recovers from many by itself.
      this.#enter("recovering");
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#restart(), PATIENCE);
    } else if (pc.connectionState === "failed") {
      this.#restart();
    }
  }

  #rejoinSoon() {
    if (this.#state === "closed" || this.#signalling.state !== "open") return;
    this.#enter("recovering");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#join(), this.#rejoinDelay);
    this.#rejoinDelay = Math.min(this.#rejoinDelay * 2, LONGEST_REJOIN_DELAY);
  }

  /** @param {number} limit */
  #watch(limit) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#pc?.connectionState !== "connected") this.#rejoinSoon();
    }, limit);
  }

  /** @param {{slots: Record<string, string>}} message */
  #onSlots({ slots }) {
    this.#slots = slots;
    if (this.#pc?.remoteDescription) this.#showSlots();
  }

  /** Tell the page what changed between who is shown and who the server says is there. */
  #showSlots() {
    for (const [mid, { participant, kind }] of [...this.#shown]) {
      if (this.#slots[mid] !== participant) this.#hide(mid, participant, kind);
    }
    for (const { mid, receiver } of this.#pc?.getTransceivers() ?? []) {
      const participant = mid === null ? undefined : this.#slots[mid];
      if (mid === null || participant === undefined || this.#shown.has(mid)) continue;
      const { track } = receiver;
      this.#sealing?.assign(receiver, participant.split("#")[0]);
      const stream = this.#streams.get(participant) ?? new MediaStream();
      this.#streams.set(participant, stream);
      stream.addTrack(track);
      this.#shown.set(mid, { participant, kind: track.kind });
      this.#emit("track", { participant, kind: track.kind, track, stream });
    }
  }

  /**
   * @param {string} mid
   * @param {string} participant
   * @param {string} kind
   */
  #hide(mid, participant, kind) {
    this.#shown.delete(mid);
    const stream = this.#streams.get(participant);
    for (const track of stream?.getTracks() ?? []) {
      if (track.kind === kind) stream?.removeTrack(track);
    }
    if (stream?.getTracks().length === 0) this.#streams.delete(participant);
    this.#emit("gone", { participant, kind });
  }

  #forgetSlots() {
    this.#slots = {};
    for (const [mid, { participant, kind }] of [...this.#shown]) this.#hide(mid, participant, kind);
  }

  /**
   * Tell whether the server takes a screen beside the camera. An old one does not; then the screen
   * takes the place of the camera.
   */
  get #screenApart() {
    const section = this.#pc?.getTransceivers().find((it) => it.sender === this.#senders.screen);
    return section?.currentDirection === "sendonly";
  }

  /**
   * @param {"audio" | "video" | "screen"} kind
   * @returns {MediaStreamTrack | null}
   */
  #sent(kind) {
    if (this.#sealing && !this.#sealing.maySend) return null;
    const instead = kind === "video" && this.#tracks.screen !== null && !this.#screenApart;
    if (instead) return this.#tracks.screen;
    if (kind === "video" && this.#rung?.bitrate === 0) return null;
    return kind === "audio" || this.#enabled[kind] ? this.#tracks[kind] : null;
  }

  /** @param {"audio" | "video" | "screen"} kind */
  async #applyTrack(kind) {
    const track = this.#tracks[kind];
    if (track) track.enabled = this.#enabled[kind];
    if (kind === "screen" && this.#senders.screen) await this.#applyTrack("video");
    const sent = this.#sent(kind);
    const sender = this.#senders[kind];
    if (sender && sender.track !== sent) await sender.replaceTrack(sent);
  }

  /**
   * Say in which sizes the own picture is sent: to few people in one that the ladder chooses, to many
   * in all three, or as many of them as the ladder leaves.
   * @returns {RTCRtpEncodingParameters[]}
   */
  #encodings() {
    const { bitrate, scale, frames } = this.#rung ?? { bitrate: Infinity, scale: 1, frames: 30 };
    if (this.#crowded) {
      return SIZES.map((size) => ({ ...size, active: size.maxBitrate <= bitrate, maxFramerate: frames }));
    }
    return SIZES.map((size) => {
      if (size.rid !== "h") return { ...size, active: false };
      const limits = { scaleResolutionDownBy: scale, maxFramerate: frames };
      if (Number.isFinite(bitrate) && bitrate > 0) Object.assign(limits, { maxBitrate: bitrate });
      return { rid: "h", active: true, ...limits };
    });
  }

  async #applySizes() {
    const sender = this.#senders.video;
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    const wanted = new Map(this.#encodings().map((one) => [one.rid, one]));
    for (const encoding of parameters.encodings) {
      delete encoding.maxBitrate;
      Object.assign(encoding, wanted.get(encoding.rid ?? "h"));
    }
    await sender.setParameters(parameters).catch(() => {});
  }

  #sendState() {
    const audio = this.#enabled.audio && this.#tracks.audio !== null;
    const [video, screen] = ["video", "screen"].map((kind) => this.#sent(/** @type {any} */ (kind)) !== null);
    this.#signalling.sendState({ audio, video, screen: screen && this.#screenApart });
  }

  #dropConnection() {
    this.#spent = { before: this.#spent.before + this.#spent.now, now: 0 };
    this.#pc?.close();
    this.#pc = null;
    this.#senders = {};
  }

  /** @param {string} state */
  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#emit("connection", { state });
  }

  /**
   * @param {string} name
   * @param {object} values
   */
  #emit(name, values) {
    this.dispatchEvent(new CustomEvent(name, { detail: values }));
  }
}

/** @param {Event} event */
function detail(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
