// Sends one file after the other by the tus protocol (tus 1.0.0, tus.io), in pieces: a dead network, a
// killed server and a deploy cost one piece at most. Goes on by itself when the network is back.

const PIECE = 1024 * 1024;
const DELAYS = [0, 500, 1500, 3000];
const LONGEST_WAIT = 15_000;

/**
 * What became of an attempt, by the answer that ended it. 400 comes for a page whose token is from
 * before the sign-in; 409 to a creation for a page that was open for another person.
 */
export function outcomeOf(status, isOnline = true, method = "PATCH") {
  if (status === 400 || status === 401 || status === 403) {
    return "signed_out";
  }
  if (status === 409 && method === "POST") {
    return "refused";
  }
  if (!status || status >= 500 || status === 409 || status === 423 || status === 429) {
    return isOnline ? "waiting" : "offline";
  }
  return "refused";
}

/** Milliseconds to wait before attempt `number` (from 1): twice as long each time, up to 15 s. */
export function waitBefore(number) {
  return Math.min(LONGEST_WAIT, 1000 * 2 ** (number - 1));
}

/** Return the id that the server gave an upload, by its address. */
export function idOf(address) {
  return new URL(address, location.href).pathname.split("/").filter(Boolean).at(-1);
}

/** SHA-256 of a blob as hex, so that the server can prove that it has the same bytes. */
export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the sentence of an answer that refuses, whether JSON or text; never HTML. */
export function sentenceOf(body) {
  try {
    const said = JSON.parse(body);
    return said.fault ?? said.message ?? said.error ?? null;
  } catch {
    return body && !body.trimStart().startsWith("<") && body.length < 600 ? body : null;
  }
}

/**
 * A queue that sends one file at a time.
 * @param {{script: string, address: string, csrf: string, basket: string, renew: () => Promise<void>}} desk
 * @param {(entry: object, news: object) => void} tell what happened to a file
 */
export class Sender {
  #queue = [];
  #current = null;
  #upload = null;
  #attempt = 0;
  #timer = 0;
  #tus = null;
  #loading = null;
  #loads = 0;

  constructor(desk, tell) {
    this.desk = desk;
    this.tell = tell;
    this.#load().catch(() => {});
    window.addEventListener("online", () => this.goOn());
    window.addEventListener("offline", () => {
      if (this.#current) {
        this.tell(this.#current, { state: "offline" });
      }
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) {
        this.goOn();
      }
    });
  }

  /** Add a file: `{blob, name, type, redacted, address?, state}`. */
  add(entry) {
    this.#queue.push(entry);
    this.tell(entry, { state: "queued" });
    this.#next();
  }

  /** Take a file out, also from the server. */
  async drop(entry) {
    this.#queue = this.#queue.filter((other) => other !== entry);
    if (this.#current === entry) {
      clearTimeout(this.#timer);
      await this.#upload?.abort().catch(() => {});
      this.#finish();
    }
    if (entry.address) {
      await this.forget(entry.address);
    }
  }

  /** Let the server forget an upload; what stays there by a dead network expires there. */
  async forget(address) {
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.desk.csrf };
    await fetch(address, { method: "DELETE", headers }).catch(() => {});
  }

  /** Try again now, for example because the network is back. */
  goOn() {
    if (this.#current && this.#timer) {
      this.#attempt = 0;
      this.#start();
    }
  }

  #next() {
    if (!this.#current && this.#queue.length > 0) {
      this.#current = this.#queue.shift();
      this.#attempt = 0;
      this.#start();
    }
  }

  #finish() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#current = this.#upload = null;
    this.#next();
  }

  async #start() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const entry = this.#current;
    try {
      // The module comes by the same network as the bytes go: its failing is a dead network, too.
      await this.#load();
      if (entry.state === "signed_out") {
        await this.desk.renew();
      }
      entry.sha256 ??= await sha256(entry.blob);
      await this.#send(entry);
      if (this.#current === entry) {
        this.tell(entry, { state: "sent" });
        this.#finish();
      }
    } catch (error) {
      if (this.#current === entry) {
        this.#failed(entry, error);
      }
    }
  }

  /** Load the protocol. A browser remembers that a module failed, so each try has its own address. */
  async #load() {
    this.#loading ??= import(`${this.desk.script}${this.#loads ? `&try=${this.#loads}` : ""}`);
    try {
      await this.#loading;
    } catch (error) {
      this.#loading = null;
      this.#loads += 1;
      throw error;
    }
    this.#tus = globalThis.tus;
  }

  #send(entry) {
    const { Upload } = this.#tus;
    return new Promise((resolve, reject) => {
      this.#upload = new Upload(entry.blob, {
        endpoint: this.desk.address,
        uploadUrl: entry.address,
        metadata: {
          filename: entry.name,
          filetype: entry.type,
          basket: this.desk.basket,
          sha256: entry.sha256,
          redacted: entry.redacted ? "1" : "0",
        },
        headers: { "X-CSRFToken": this.desk.csrf, Accept: "application/json" },
        chunkSize: PIECE,
        retryDelays: DELAYS,
        storeFingerprintForResuming: false,
        onUploadUrlAvailable: () => {
          entry.address = this.#upload.url;
          this.tell(entry, { address: entry.address });
        },
        onProgress: (sent, size) => this.tell(entry, { state: "sending", fraction: sent / size }),
        onShouldRetry: (error) => {
          const status = error.originalResponse?.getStatus() ?? 0;
          return navigator.onLine && outcomeOf(status) === "waiting" && status !== 429;
        },
        onSuccess: resolve,
        onError: reject,
      });
      this.#upload.start();
    });
  }

  #failed(entry, error) {
    const answer = error.originalResponse;
    const method = error.originalRequest?.getMethod();
    const state = outcomeOf(answer?.getStatus() ?? 0, navigator.onLine, method);
    if (state === "refused") {
      this.tell(entry, { state, fault: sentenceOf(answer.getBody()) });
      this.#finish();
      return;
    }
    this.tell(entry, { state });
    this.#attempt += 1;
    const asked = 1000 * Number(answer?.getHeader("Retry-After") ?? 0);
    this.#timer = setTimeout(() => this.#start(), Math.max(asked, waitBefore(this.#attempt)));
  }
}
