// Keeps files and data in this browser so that they outlive the tab, readable only to the person
// who is signed in: everything is sealed (AES-256-GCM) with a key that the server puts on the pages
// of this person and that is kept nowhere here. Signing out clears it all (Clear-Site-Data), a week
// does too. Names are not sealed: they must say nothing about a person.

const DATABASE = "sealed";
const KEPT = 7 * 24 * 3600 * 1000;
const NONCE = 12;

const text = new TextEncoder();

function bytesOf(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase(factory) {
  const request = factory.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("heads");
    request.result.createObjectStore("bodies");
  };
  return asked(request);
}

/**
 * Seal bytes for one place; they open only there.
 * @returns {Promise<Uint8Array>} nonce, then what AES-GCM made of the bytes
 */
export async function seal(key, place, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const algorithm = { name: "AES-GCM", iv, additionalData: text.encode(place) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytes);
  const whole = new Uint8Array(NONCE + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), NONCE);
  return whole;
}

/** Open what was sealed for this place with one of the keys; null for what is not ours. */
export async function unseal(keys, place, sealed) {
  const additionalData = text.encode(place);
  for (const key of keys) {
    try {
      const algorithm = { name: "AES-GCM", iv: sealed.subarray(0, NONCE), additionalData };
      return await crypto.subtle.decrypt(algorithm, key, sealed.subarray(NONCE));
    } catch {
      // sealed with another key of the ring, or by another person at this device
    }
  }
  return null;
}

class SealedStore {
  #database;
  #keys;

  constructor(database, keys) {
    this.#database = database;
    this.#keys = keys;
  }

  async #done(mode, deed) {
    const change = this.#database.transaction(["heads", "bodies"], mode);
    const over = new Promise((resolve, reject) => {
      change.oncomplete = resolve;
      change.onabort = change.onerror = () => reject(change.error);
    });
    const result = await deed(change.objectStore("heads"), change.objectStore("bodies"));
    await over;
    return result;
  }

  /**
   * Keep data, and maybe a blob, under a name; what was there before is replaced.
   * Without a blob (undefined) the one that is there stays; null takes it away.
   */
  async put(name, data, blob) {
    const head = await seal(
      this.#keys[0],
      `head ${name}`,
      text.encode(JSON.stringify({ data, type: blob?.type })),
    );
    const body = blob
      ? await seal(this.#keys[0], `body ${name}`, await blob.arrayBuffer())
      : blob;
    await this.#done("readwrite", (heads, bodies) => {
      heads.put({ at: Date.now(), head }, name);
      if (body) {
        bodies.put(body, name);
      } else if (body === null) {
        bodies.delete(name);
      }
    });
  }

  /** Return the data under a name, or null. */
  async get(name) {
    const kept = await this.#done("readonly", (heads) => asked(heads.get(name)));
    return kept ? ((await this.#opened(name, kept.head))?.data ?? null) : null;
  }

  /** Return the blob under a name, or null. */
  async blob(name, type = "") {
    const body = await this.#done("readonly", (_, bodies) => asked(bodies.get(name)));
    const bytes = body && (await unseal(this.#keys, `body ${name}`, body));
    return bytes ? new Blob([bytes], { type }) : null;
  }

  /** Forget what is under a name. */
  async remove(name) {
    await this.#done("readwrite", (heads, bodies) => {
      heads.delete(name);
      bodies.delete(name);
    });
  }

  /** Return what this person has kept under names that begin so: `[{name, data}]`, oldest first. */
  async list(prefix = "") {
    const all = await this.#all();
    const ours = [];
    for (const { name, at, head } of all.filter((one) => one.name.startsWith(prefix))) {
      const opened = await this.#opened(name, head);
      if (opened) {
        ours.push({ name, at, data: opened.data });
      }
    }
    return ours.sort((one, other) => one.at - other.at);
  }

  /** Forget what is older than a week, whoever it belongs to. */
  async forgetOld(now = Date.now()) {
    const old = (await this.#all()).filter(({ at }) => now - at > KEPT);
    await Promise.all(old.map(({ name }) => this.remove(name)));
  }

  async #all() {
    return this.#done("readonly", async (heads) => {
      const [names, values] = await Promise.all([
        asked(heads.getAllKeys()),
        asked(heads.getAll()),
      ]);
      return names.map((name, index) => ({ name, ...values[index] }));
    });
  }

  async #opened(name, head) {
    const bytes = await unseal(this.#keys, `head ${name}`, head);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }
}

/** Import the keys that the page carries, separated by spaces; the first seals, all open. */
export function importKeys(keys) {
  return Promise.all(
    keys
      .split(" ")
      .map((key) =>
        crypto.subtle.importKey("raw", bytesOf(key), "AES-GCM", false, ["encrypt", "decrypt"]),
      ),
  );
}

/**
 * Open the store of the person of this page.
 * @param {string} keys from the page
 * @returns {Promise<SealedStore | null>} null where the browser keeps nothing (private mode)
 */
export async function openStore(keys) {
  try {
    const store = new SealedStore(await openDatabase(indexedDB), await importKeys(keys));
    await store.forgetOld();
    return store;
  } catch (error) {
    console.warn("nothing can be kept in this browser", error);
    return null;
  }
}
