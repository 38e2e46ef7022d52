// The camera in the page: see, take, look, next page, done. Each photo is handed over as soon as it is
// kept, so that nothing is lost when the telephone rings. Where the camera is refused or missing, the
// plain field of the form stays the way (`refused`). Few telephones open two cameras at once: whoever has one
// open hears `camera-needed`, may let somebody wait until it is free (`detail.waitFor`), and hears
// `camera-free` in the end, whatever came of it.

import { drawn, jpegOf, LONGEST } from "../handing_in/pictures.js";

const WANTED = {
  video: { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1920 } },
};

class Camera {
  #stream = null;
  #canvas = null;
  #taken = 0;

  constructor(dialog, { single, keep }) {
    this.dialog = dialog;
    this.single = single;
    this.keep = keep;
    this.video = dialog.querySelector("video");
    this.still = dialog.querySelector("[data-still]");
    this.count = dialog.querySelector("[data-count]");
    this.listening = new AbortController();
    for (const deed of ["shoot", "again", "next", "done", "leave"]) {
      this.#button(deed).addEventListener("click", () => this[deed](), {
        signal: this.listening.signal,
      });
    }
  }

  #button(deed) {
    return this.dialog.querySelector(`[data-deed="${deed}"]`);
  }

  /** @returns {Promise<"done" | "refused">} */
  async run() {
    try {
      await this.#ask();
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
      await this.#show();
      return "done";
    } catch {
      return "refused";
    } finally {
      this.listening.abort();
      this.#stop();
      this.#tell("camera-free");
    }
  }

  /** Wait until whoever has the camera has let go of it. */
  async #ask() {
    const waits = [];
    this.#tell("camera-needed", { waitFor: (promise) => waits.push(promise) });
    await Promise.allSettled(waits);
  }

  #tell(name, detail = null) {
    this.dialog.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  async #show() {
    const closed = new Promise((resolve) => {
      this.dialog.addEventListener("close", resolve, { once: true });
    });
    this.video.srcObject = this.#stream;
    this.#stream.getTracks()[0].addEventListener("ended", () => this.leave());
    this.#look(false);
    this.dialog.showModal();
    await this.video.play().catch(() => {});
    this.#button("shoot").focus();
    await closed;
  }

  #stop() {
    for (const track of this.#stream?.getTracks() ?? []) {
      track.stop();
    }
    this.video.srcObject = null;
    this.still.replaceChildren();
  }

  /** Show the picture that was taken, or the camera. */
  #look(isTaken) {
    this.video.hidden = isTaken;
    this.still.hidden = !isTaken;
    this.#button("shoot").hidden = isTaken;
    this.#button("leave").hidden = isTaken;
    this.#button("again").hidden = !isTaken;
    this.#button("next").hidden = !isTaken || this.single;
    this.#button("done").hidden = !isTaken;
    const { texts } = this;
    this.count.textContent = isTaken
      ? texts.check
      : texts.page.replace("{n}", String(this.#taken + 1));
    this.#button("leave").querySelector(".kern-label").textContent = this.#taken
      ? texts.finish
      : texts.cancel;
  }

  get texts() {
    return this.dialog.dataset;
  }

  shoot() {
    if (!this.video.videoWidth) {
      return;
    }
    this.#canvas = drawn(this.video, LONGEST);
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", this.texts.picture);
    this.still.replaceChildren(this.#canvas);
    this.#look(true);
    this.#button(this.single ? "done" : "next").focus();
  }

  again() {
    this.#look(false);
    this.#button("shoot").focus();
  }

  async #hand() {
    const canvas = this.#canvas;
    this.#canvas = null;
    if (canvas) {
      this.#taken += 1;
      this.keep(await jpegOf(canvas), this.#taken);
    }
  }

  async next() {
    await this.#hand();
    this.again();
  }

  async done() {
    await this.#hand();
    this.dialog.close();
  }

  leave() {
    this.dialog.close();
  }
}

/** Tell whether this device has a camera that a page may ask for. */
export async function hasCamera() {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.some(({ kind }) => kind === "videoinput");
  } catch {
    return false;
  }
}

/**
 * Take photos until the person is done.
 * @param {HTMLDialogElement} dialog of `components/camera.html`
 * @param {{single: boolean, keep: (jpeg: Blob, number: number) => void}} what
 * @returns {Promise<"done" | "refused">} refused: no camera, or it may not be used
 */
export function takePhotos(dialog, what) {
  return new Camera(dialog, what).run();
}
