// The try of the line: a real connection to the media server in a room of one person, measured for some
// seconds. What comes back is shown; how it went is kept for who is signed in (`data-result`).

import { openDevice } from "./devices.js";
import { Peer } from "./peer.js";
import { Signalling } from "./signalling.js";

const MEASURE_FOR = 10;
const CONNECT_WITHIN = 15_000;
const PATIENCE = 10_000;
const LOUD = 0.01;

/**
 * Say what a line carries. The limits are those of the call: sound needs 40 kbit/s, a small picture 300.
 * @param {{connected: boolean, rtt: number | null, loss: number | null, rate: number | null}} line
 *   round trip in milliseconds, loss in percent, rate in kbit/s
 * @returns {"video" | "audio" | "nothing"}
 */
export function rungOf({ connected, rtt, loss, rate }) {
  if (!connected || (rate !== null && rate < 40) || (loss ?? 0) > 30) return "nothing";
  const slow = (rate !== null && rate < 300) || (loss ?? 0) > 8 || (rtt ?? 0) > 800;
  return slow ? "audio" : "video";
}

class Busy extends Error {}

class Rehearsal {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.texts = JSON.parse(root.querySelector("[data-network-texts]")?.textContent ?? "{}");
    this.button = /** @type {HTMLButtonElement} */ (root.querySelector("[data-try]"));
    this.progress = /** @type {HTMLProgressElement} */ (root.querySelector("[data-progress]"));
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.try());
  }

  /** @param {string} word */
  say(word, tone = "") {
    const place = /** @type {HTMLElement} */ (this.root.querySelector("[data-line]"));
    place.textContent = this.texts[word];
    place.dataset.tone = tone;
  }

  async try() {
    this.button.disabled = true;
    this.say("trying");
    const { stream, camera, sound } = await tracks();
    try {
      const line = await this.measure(stream);
      const rung = rungOf(line);
      this.show(line);
      this.say(line.connected ? rung : "blocked", rung === "video" ? "good" : "problem");
      await this.keep({ ...line, rung, camera, sound: sound() });
    } catch (error) {
      this.say(error instanceof Busy ? "often" : "offline", "problem");
    }
    for (const track of stream.getTracks()) track.stop();
    this.progress.hidden = true;
    this.button.disabled = false;
    const label = this.button.querySelector(".kern-label");
    if (label) label.textContent = this.texts.again;
  }

  /**
   * @param {MediaStream} stream
   * @returns {Promise<{connected: boolean, rtt: number | null, loss: number | null, rate: number | null}>}
   */
  async measure(stream) {
    /** @type {{token: string, url: string, iceServers: RTCIceServer[]} | null} */
    let first = await this.ticket(AbortSignal.timeout(PATIENCE));
    const { url, iceServers } = first;
    const signalling = new Signalling({
      url,
      ticket: async (signal) => {
        const { token } = first ?? (await this.ticket(signal));
        first = null;
        return token;
      },
    });
    const peer = new Peer(signalling, { slots: 1, iceServers });
    peer.addEventListener("track", (event) => this.echo(/** @type {CustomEvent} */ (event).detail));
    try {
      await peer.start(stream);
      signalling.start();
      if (!(await connected(peer))) return { connected: false, rtt: null, loss: null, rate: null };
      this.say("measuring");
      return { connected: true, ...(await this.sample(peer)) };
    } finally {
      signalling.leave();
      peer.close();
    }
  }

  /** @param {Peer} peer */
  async sample(peer) {
    this.progress.hidden = false;
    let rtt = null;
    let rate = null;
    let loss = null;
    for (let second = 1; second <= MEASURE_FOR; second += 1) {
      this.progress.value = second;
      await pause(1_000);
      const { path, sent } = await peer.stats();
      if (path?.roundTrip != null) rtt = Math.round(path.roundTrip * 1_000);
      if (sent.availableBitrate != null) rate = Math.round(sent.availableBitrate / 1_000);
      const lost = /** @type {{lost?: number | null}} */ (sent).lost; // share of packets, 0 to 1
      if (lost != null) loss = Math.round(lost * 1_000) / 10;
    }
    return { rtt, loss, rate };
  }

  /**
   * Let people see and hear themselves; the frame shows only where there is a picture.
   * @param {{kind: string, stream: MediaStream}} detail
   */
  echo({ kind, stream }) {
    const frame = /** @type {HTMLElement} */ (this.root.querySelector("[data-echo]"));
    const video = /** @type {HTMLVideoElement} */ (this.root.querySelector("[data-echo-video]"));
    if (kind === "video") frame.hidden = false;
    video.srcObject = stream;
    video.play().catch(() => {});
  }

  /** @param {{rtt: number | null, loss: number | null, rate: number | null}} line */
  show({ rtt, loss, rate }) {
    const unit = (/** @type {number | null} */ value, /** @type {string} */ name) =>
      value === null ? this.texts.unknown : `${value.toLocaleString()} ${name}`;
    const figures = { rtt: unit(rtt, "ms"), loss: unit(loss, "%"), rate: unit(rate, "kbit/s") };
    for (const [name, words] of Object.entries(figures)) {
      const place = this.root.querySelector(`[data-figure="${name}"]`);
      if (place) place.textContent = words;
    }
    /** @type {HTMLElement} */ (this.root.querySelector("[data-figures]")).hidden = false;
  }

  /** @param {AbortSignal} signal */
  async ticket(signal) {
    const answer = await fetch(this.root.dataset.network ?? "", {
      method: "POST",
      signal,
      headers: { Accept: "application/json", "X-CSRFToken": this.root.dataset.csrf ?? "" },
      redirect: "error",
    });
    if (answer.status === 429) throw new Busy();
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /** @param {Record<string, unknown>} result */
  async keep({ camera, sound, rung, rtt, loss, rate }) {
    const { result, csrf } = this.root.dataset;
    if (!result) return;
    const body = new FormData();
    if (camera) body.set("camera", "y");
    if (sound) body.set("sound", "y");
    for (const [name, value] of Object.entries({ rung, rtt, loss, rate })) {
      if (value !== null) body.set(name, String(value));
    }
    const headers = { Accept: "application/json", "X-CSRFToken": csrf ?? "" };
    await fetch(result, { method: "POST", headers, body, redirect: "error" }).catch(() => {});
  }
}

/** Open what there is; a missing camera is no fault. Listen meanwhile whether sound comes in. */
async function tracks() {
  const found = [];
  for (const device of /** @type {const} */ (["microphone", "camera"])) {
    const track = await openDevice(device).catch(() => null);
    if (track) found.push(track);
  }
  const stream = new MediaStream(found);
  const microphone = stream.getAudioTracks()[0];
  const heard = microphone ? listen(microphone) : () => false;
  return { stream, camera: stream.getVideoTracks().length > 0, sound: heard };
}

/**
 * @param {MediaStreamTrack} track
 * @returns {() => boolean} whether anything was heard so far; ends the listening
 */
function listen(track) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    loudest = Math.max(loudest, Math.sqrt(power));
  }, 100);
  return () => {
    clearInterval(timer);
    context.close().catch(() => {});
    return loudest > LOUD;
  };
}

/** @param {Peer} peer */
function connected(peer) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), CONNECT_WITHIN);
    const look = () => {
      if (peer.state !== "connected") return;
      clearTimeout(timer);
      resolve(true);
    };
    peer.addEventListener("connection", look);
    look();
  });
}

/** @param {number} time in milliseconds */
function pause(time) {
  return new Promise((resolve) => setTimeout(resolve, time));
}

if (globalThis.document) {
  for (const root of document.querySelectorAll("[data-network]")) {
    new Rehearsal(/** @type {HTMLElement} */ (root));
  }
}
