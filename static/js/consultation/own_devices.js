// The own microphone, camera and screen in a call: switched on and off, exchanged, taken back when they
// are pulled out. Tells through `change`; problems come in words for people through `problem`.

import { chosenDevices, openDevice, refusal, rememberDevice } from "./devices.js";

/** @typedef {import("./peer.js").Peer} Peer */

export class OwnDevices extends EventTarget {
  /** @type {Record<string, MediaStreamTrack | null>} */ #tracks = { audio: null, camera: null };
  /** @type {MediaStreamTrack | null} */ #screen = null;
  #heard = true;
  #lent = false;

  /**
   * @param {Peer} peer
   * @param {Record<string, string>} texts
   */
  constructor(peer, texts) {
    super();
    this.peer = peer;
    this.texts = texts;
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#changed());
  }

  /** @returns {{audio: boolean, camera: boolean, share: boolean}} what is switched on */
  get on() {
    return {
      audio: this.#tracks.audio !== null && this.#heard,
      camera: this.#tracks.camera !== null,
      share: this.#screen !== null,
    };
  }

  /** @returns {MediaStreamTrack | null} what the own picture shows */
  get picture() {
    return this.#screen ?? this.#tracks.camera;
  }

  /**
   * Open what somebody wants to take part with.
   * @param {string} takingPart "video", "without_camera", "audio_only" or "listening"
   * @returns {Promise<MediaStream>}
   */
  async open(takingPart) {
    if (takingPart !== "listening") await this.#open("audio");
    if (takingPart === "video") await this.#open("camera");
    const tracks = [this.#tracks.audio, this.#tracks.camera].filter((track) => track !== null);
    return new MediaStream(tracks);
  }

  /** Send what was opened only after the call had begun. */
  async send() {
    await this.peer.replaceTrack("audio", this.#tracks.audio);
    await this.peer.replaceTrack("video", this.#tracks.camera);
  }

  async toggleAudio() {
    if (this.#tracks.audio === null) {
      await this.#open("audio");
      await this.peer.replaceTrack("audio", this.#tracks.audio);
    } else {
      await this.#hear(!this.#heard);
    }
    this.#changed();
  }

  /** Switch the microphone off, because somebody who may do so asked for it. */
  async mute() {
    if (this.#heard && this.#tracks.audio) await this.#hear(false);
    this.#changed();
  }

  async toggleCamera() {
    if (this.#tracks.camera) this.#close("camera");
    else await this.#open("camera");
    await this.peer.replaceTrack("video", this.#tracks.camera);
    this.#changed();
  }

  /** Switch the camera off, because somebody who may do so asked for it; it stays off, lent or not. */
  async stopCamera() {
    this.#lent = false;
    if (this.#tracks.camera) await this.toggleCamera();
  }

  /** Let go of the camera as long as a paper is photographed: few telephones open two at once. */
  async lendCamera() {
    if (this.#tracks.camera === null) return;
    this.#lent = true;
    this.#close("camera");
    await this.peer.replaceTrack("video", null);
    this.#changed();
  }

  /** Show the picture again that was there before the camera was lent. */
  async takeCameraBack() {
    if (!this.#lent) return;
    await this.#open("camera");
    if (!this.#lent) this.#close("camera"); // meanwhile somebody has switched it off, or left
    this.#lent = false;
    await this.peer.replaceTrack("video", this.#tracks.camera);
    this.#changed();
  }

  async toggleShare() {
    if (this.#screen) {
      await this.stopShare();
      return;
    }
    let shared;
    try {
      shared = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 10 } } });
    } catch {
      return; // closed without a choice
    }
    const [screen] = shared.getVideoTracks();
    screen.contentHint = "detail"; // letters stay sharp, movement may stutter
    screen.addEventListener("ended", () => this.stopShare());
    this.#screen = screen;
    await this.peer.replaceTrack("screen", screen);
    this.#changed();
  }

  async stopShare() {
    this.#screen?.stop();
    this.#screen = null;
    await this.peer.replaceTrack("screen", null);
    this.#changed();
  }

  /**
   * Take another device from now on.
   * @param {"camera" | "microphone"} device
   * @param {string} id
   */
  async choose(device, id) {
    rememberDevice(device, id);
    const kind = device === "camera" ? "camera" : "audio";
    if (this.#tracks[kind] === null) return;
    this.#close(kind);
    await this.#open(kind);
    await this.peer.replaceTrack(kind === "camera" ? "video" : "audio", this.#tracks[kind]);
    this.#changed();
  }

  /** @returns {Promise<Record<"camera" | "microphone" | "speaker", MediaDeviceInfo[]>>} */
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (/** @type {string} */ kind) => all.filter((one) => one.kind === kind && one.label);
    return { camera: of("videoinput"), microphone: of("audioinput"), speaker: of("audiooutput") };
  }

  /** @param {"camera" | "microphone"} device */
  used(device) {
    const track = this.#tracks[device === "camera" ? "camera" : "audio"];
    return track?.getSettings().deviceId ?? chosenDevices()[device];
  }

  stop() {
    this.#lent = false;
    for (const track of [this.#tracks.audio, this.#tracks.camera, this.#screen]) track?.stop();
  }

  /** @param {boolean} heard */
  async #hear(heard) {
    this.#heard = heard;
    await this.peer.setEnabled("audio", heard);
  }

  /** @param {"audio" | "camera"} kind */
  #close(kind) {
    this.#tracks[kind]?.stop(); // so that the light of the camera goes out
    this.#tracks[kind] = null;
  }

  /** @param {"audio" | "camera"} kind */
  async #open(kind) {
    const device = kind === "audio" ? "microphone" : "camera";
    try {
      const track = await openDevice(device);
      this.#tracks[kind] = track;
      track.addEventListener("ended", () => this.#lost(kind, track));
    } catch (error) {
      const detail = this.texts[`${device}_${refusal(error)}`];
      this.dispatchEvent(new CustomEvent("problem", { detail }));
    }
    this.#changed();
  }

  /**
   * The device was pulled out: take what else there is.
   * @param {"audio" | "camera"} kind
   * @param {MediaStreamTrack} track
   */
  async #lost(kind, track) {
    if (this.#tracks[kind] !== track) return;
    this.#tracks[kind] = null;
    await this.#open(kind);
    await this.peer.replaceTrack(kind === "camera" ? "video" : "audio", this.#tracks[kind]);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}
