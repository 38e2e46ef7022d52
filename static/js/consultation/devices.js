// The device check: asks for camera and microphone on a tap, shows picture and level, plays a tone, and
// explains each refusal in plain words. Which devices were chosen is kept for the call.

const KEPT = "portal.devices";
const HEARD = 8;

const REFUSALS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @returns {{camera?: string, microphone?: string}} the devices chosen in the check */
export function chosenDevices() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/**
 * @param {string} device
 * @param {string} id
 */
export function rememberDevice(device, id) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...chosenDevices(), [device]: id }));
}

/**
 * Open one device; the chosen one if it is still plugged in.
 * @param {"camera" | "microphone"} device
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openDevice(device) {
  const id = chosenDevices()[device];
  const wanted =
    device === "camera"
      ? { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
      : { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const limits = { ...wanted, ...(id ? { deviceId: { ideal: id } } : {}) };
  const stream = await navigator.mediaDevices.getUserMedia(
    device === "camera" ? { video: limits } : { audio: limits },
  );
  return stream.getTracks()[0];
}

/**
 * Name why a device could not be opened: "denied", "missing" or "busy".
 * @param {unknown} error
 */
export function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  return REFUSALS[/** @type {keyof typeof REFUSALS} */ (name)] ?? "missing";
}

/**
 * Say in whose words the way to a permission is told.
 * @param {string} [agent]
 * @returns {"firefox" | "safari" | "chromium"}
 */
export function browserFamily(agent = navigator.userAgent) {
  if (/Firefox|FxiOS/.test(agent)) return "firefox";
  return /Safari/.test(agent) && !/Chrom(e|ium)|CriOS|Edg/.test(agent) ? "safari" : "chromium";
}

class DeviceCheck {
  /** @type {Record<string, MediaStreamTrack>} */ #tracks = {};
  /** @type {AudioContext | null} */ #sound = null;
  #metering = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.texts = JSON.parse(root.querySelector("[data-texts]")?.textContent ?? "{}");
    this.start = /** @type {HTMLButtonElement} */ (root.querySelector("[data-start]"));
    const tone = /** @type {HTMLButtonElement} */ (root.querySelector("[data-tone]"));
    this.start.hidden = tone.hidden = false;
    this.start.addEventListener("click", () => this.check());
    tone.addEventListener("click", () => this.playTone());
    for (const device of ["camera", "microphone"]) {
      this.choice(device).querySelector("select")?.addEventListener("change", (event) => {
        const value = /** @type {HTMLSelectElement} */ (event.target).value;
        rememberDevice(device, value);
        this.open(/** @type {"camera" | "microphone"} */ (device));
      });
    }
  }

  /** @param {string} device */
  choice(device) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-choice="${device}"]`));
  }

  /**
   * @param {string} device
   * @param {string} words
   * @param {string} tone
   */
  say(device, words, tone) {
    const place = /** @type {HTMLElement} */ (this.root.querySelector(`[data-state="${device}"]`));
    if (place.textContent !== words) place.textContent = words;
    place.dataset.tone = tone;
  }

  async check() {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.say("camera", this.texts.unsupported, "problem");
      return;
    }
    this.say("camera", this.texts.asking, "");
    await this.open("camera");
    await this.open("microphone");
    await this.list();
    const label = this.start.querySelector(".kern-label");
    if (label) label.textContent = this.texts.again;
  }

  /** @param {"camera" | "microphone"} device */
  async open(device) {
    this.#tracks[device]?.stop();
    try {
      this.#tracks[device] = await openDevice(device);
    } catch (error) {
      const why = refusal(error);
      const help = why === "denied" ? ` ${this.texts[`denied_${browserFamily()}`]}` : "";
      this.say(device, this.texts[`${device}_${why}`] + help, "problem");
      return;
    }
    this.say(device, this.texts[`${device}_ok`], "good");
    if (device === "camera") this.show(this.#tracks.camera);
    else this.meter(this.#tracks.microphone);
  }

  /** @param {MediaStreamTrack} track */
  show(track) {
    const preview = /** @type {HTMLVideoElement} */ (this.root.querySelector("[data-preview]"));
    preview.srcObject = new MediaStream([track]);
    preview.play().catch(() => {});
  }

  context() {
    this.#sound ??= new AudioContext();
    this.#sound.resume().catch(() => {});
    return this.#sound;
  }

  /** @param {MediaStreamTrack} track */
  meter(track) {
    const context = this.context();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const level = /** @type {HTMLMeterElement} */ (this.root.querySelector("[data-level]"));
    clearInterval(this.#metering);
    this.#metering = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      level.value = Math.min(100, Math.sqrt(power) * 300);
      if (level.value > HEARD) this.say("microphone", this.texts.microphone_heard, "good");
    }, 100);
  }

  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [device, kind] of [["camera", "videoinput"], ["microphone", "audioinput"]]) {
      const found = devices.filter((one) => one.kind === kind && one.label);
      const choice = this.choice(device);
      choice.hidden = found.length < 2;
      const used = this.#tracks[device]?.getSettings().deviceId;
      choice.querySelector("select")?.replaceChildren(
        ...found.map((one) => new Option(one.label, one.deviceId, false, one.deviceId === used)),
      );
    }
  }

  playTone() {
    const context = this.context();
    for (const [step, pitch] of [523, 659, 784].entries()) {
      const tone = new OscillatorNode(context, { frequency: pitch });
      const volume = new GainNode(context, { gain: 0.2 });
      tone.connect(volume).connect(context.destination);
      tone.start(context.currentTime + step * 0.35);
      tone.stop(context.currentTime + step * 0.35 + 0.3);
    }
    this.say("speaker", this.texts.speaker_playing, "good");
  }
}

for (const root of globalThis.document?.querySelectorAll("[data-devices]") ?? []) {
  new DeviceCheck(/** @type {HTMLElement} */ (root));
}
