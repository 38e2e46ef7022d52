// The faces of a call: one tile for each other person with name, role and state in words, and one for
// a shared screen. What a tile shows is decided here, where it stands in stage.js.

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} [role] officer, citizen, interpreter, companion, colleague or helper
 * @property {boolean} audio
 * @property {boolean} video
 * @property {boolean} [screen]
 * @property {string} [channel] "floor" or "interpreter"
 * @property {boolean} held
 * @property {boolean} away
 */

export const SCREEN = "#screen";

export class Tiles {
  /** @type {Map<string, HTMLElement>} */ #tiles = new Map();
  /** @type {Person[]} */ #people = [];
  /** @type {Set<string>} whose picture the server keeps back, because the net is weak */ #paused = new Set();
  #soundOnly = false;
  #silent = false;

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.you
   * @param {Record<string, string>} options.texts
   * @param {(id: string) => void} options.onPin told whose tile shall be large
   * @param {() => void} options.onBlocked told when the browser does not let sound begin by itself
   */
  constructor(root, { you, texts, onPin, onBlocked }) {
    this.root = root;
    this.you = you;
    this.texts = texts;
    this.onPin = onPin;
    this.onBlocked = onBlocked;
  }

  /** @returns {string[]} the ids of what is shown, people first, screens last */
  get ids() {
    return [...this.#tiles.keys()].sort((one, other) => Number(isScreen(one)) - Number(isScreen(other)));
  }

  /**
   * Show who is there; returns the names of those who came and went, and whose screen is new.
   * @param {Person[]} people
   */
  show(people) {
    this.#people = people.filter((one) => one.id !== this.you);
    const wanted = new Map(this.#people.map((one) => [one.id, one]));
    for (const one of this.#people) if (one.screen) wanted.set(one.id + SCREEN, one);
    const left = [...this.#tiles].filter(([id]) => !wanted.has(id));
    for (const [id, tile] of left) {
      tile.remove();
      this.#tiles.delete(id);
    }
    const came = [...wanted].filter(([id]) => !this.#tiles.has(id));
    for (const [id, person] of wanted) this.#describe(this.tile(id), person, isScreen(id));
    return {
      came: came.filter(([id]) => !isScreen(id)).map(([, one]) => one.name),
      shared: came.filter(([id]) => isScreen(id)).map(([, one]) => one.name),
      left: left.filter(([id]) => !isScreen(id)).map(([, tile]) => tile.dataset.name ?? ""),
    };
  }

  /**
   * Hide the pictures of others, to save data.
   * @param {boolean} soundOnly
   */
  showSoundOnly(soundOnly) {
    this.#soundOnly = soundOnly;
    for (const one of this.#people) this.#describe(this.tile(one.id), one, false);
  }

  /** @param {string[]} paused */
  showPaused(paused) {
    this.#paused = new Set(paused);
    for (const one of this.#people) this.#describe(this.tile(one.id), one, false);
  }

  /**
   * Play nothing: what arrives is sealed and this browser cannot open it.
   * @param {boolean} silent
   */
  silence(silent) {
    this.#silent = silent;
    for (const tile of this.#tiles.values()) this.#videoOf(tile).muted = silent;
  }

  /**
   * @param {string} id
   * @param {MediaStream} stream
   */
  attach(id, stream) {
    const video = this.video(id);
    if (video.srcObject !== stream) video.srcObject = stream;
    video.muted = this.#silent;
    video.play().catch((error) => {
      if (error.name === "NotAllowedError") this.onBlocked();
    });
  }

  /** Begin to play, after a tap of the person. */
  play() {
    for (const tile of this.#tiles.values()) this.#videoOf(tile).play().catch(() => {});
  }

  /**
   * @param {(person: Person) => number} volume
   */
  setVolumes(volume) {
    for (const one of this.#people) this.video(one.id).volume = volume(one);
  }

  /** @param {string} device */
  setSpeaker(device) {
    for (const tile of this.#tiles.values()) {
      /** @type {any} */ (this.#videoOf(tile)).setSinkId?.(device).catch(() => {});
    }
  }

  /** @param {string | null} id */
  showSpeaking(id) {
    for (const [one, tile] of this.#tiles) tile.classList.toggle("call-tile--speaking", one === id);
  }

  /**
   * @param {string} id
   * @returns {HTMLVideoElement}
   */
  video(id) {
    return this.#videoOf(this.tile(id));
  }

  /** @param {HTMLElement} tile */
  #videoOf(tile) {
    return /** @type {HTMLVideoElement} */ (tile.querySelector("video"));
  }

  /**
   * @param {string} id
   * @returns {HTMLElement}
   */
  tile(id) {
    const known = this.#tiles.get(id);
    if (known) return known;
    const tile = document.createElement("figure");
    tile.className = isScreen(id) ? "call-tile call-tile--screen" : "call-tile";
    const video = document.createElement("video");
    video.playsInline = true;
    const words = document.createElement("figcaption");
    for (const part of ["strong", "span", "span"]) words.append(document.createElement(part));
    const pin = document.createElement("button");
    pin.type = "button";
    pin.className = "call-tile__pin";
    pin.addEventListener("click", () => this.onPin(id));
    tile.append(video, words, pin);
    this.#tiles.set(id, tile);
    this.root.append(tile);
    return tile;
  }

  /**
   * @param {HTMLElement} tile
   * @param {Person} person
   * @param {boolean} screen
   */
  #describe(tile, person, screen) {
    const paused = this.#paused.has(person.id) && person.video;
    const picture = screen || (person.video && !person.away && !this.#soundOnly && !paused);
    const states = [
      person.away ? this.texts.away : "",
      person.video || person.away || screen ? "" : this.texts.camera_off,
      paused && !person.away ? this.texts.picture_paused : "",
      person.audio || person.away || screen ? "" : this.texts.sound_off,
      person.channel === "interpreter" && !screen ? this.texts.interprets : "",
    ];
    tile.dataset.name = person.name;
    tile.classList.toggle("call-tile--dark", !picture);
    const name = screen ? this.texts.screen_of.replace("{name}", person.name) : person.name;
    const [title, role, words] = tile.querySelectorAll("figcaption > *");
    write(title, name);
    write(role, screen ? "" : this.texts[`role_${person.role}`] ?? "");
    write(words, states.filter(Boolean).join(" "));
    this.#videoOf(tile).setAttribute("aria-label", name);
  }

  /** @param {string | null} large the id of the tile that was made large on purpose */
  showPinned(large) {
    for (const [id, tile] of this.#tiles) {
      const pin = /** @type {HTMLElement} */ (tile.querySelector(".call-tile__pin"));
      const name = tile.querySelector("strong")?.textContent ?? "";
      write(pin, large === id ? this.texts.unpin : this.texts.pin);
      pin.setAttribute("aria-label", `${pin.textContent}: ${name}`);
      pin.setAttribute("aria-pressed", String(large === id));
    }
  }
}

/** @param {string} id */
export function isScreen(id) {
  return id.endsWith(SCREEN);
}

/**
 * @param {Element} place
 * @param {string} words
 */
function write(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
