// The faces of a call: one tile for each other person, with the name, and words instead of a picture
// when there is none.

/** @typedef {{id: string, name: string, audio: boolean, video: boolean, held: boolean, away: boolean}} Person */

export class Tiles {
  /** @type {Map<string, HTMLElement>} */ #tiles = new Map();

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.you
   * @param {Record<string, string>} options.texts
   * @param {boolean} options.soundOnly hide the pictures of others
   * @param {() => void} options.onBlocked told when the browser does not let sound begin by itself
   */
  constructor(root, { you, texts, soundOnly, onBlocked }) {
    this.root = root;
    this.you = you;
    this.texts = texts;
    this.soundOnly = soundOnly;
    this.onBlocked = onBlocked;
  }

  /**
   * Show who is there; returns the names of those who came and went.
   * @param {Person[]} people
   */
  show(people) {
    const others = new Map(people.filter((one) => one.id !== this.you).map((one) => [one.id, one]));
    const left = [...this.#tiles].filter(([id]) => !others.has(id));
    for (const [id, tile] of left) {
      tile.remove();
      this.#tiles.delete(id);
    }
    const came = [...others.values()].filter((one) => !this.#tiles.has(one.id));
    for (const person of others.values()) this.#describe(this.#tile(person.id), person);
    this.root.dataset.count = String(others.size);
    return {
      came: came.map((one) => one.name),
      left: left.map(([, tile]) => tile.querySelector("strong")?.textContent ?? ""),
    };
  }

  /**
   * @param {string} participant
   * @param {MediaStream} stream
   */
  attach(participant, stream) {
    const video = this.video(participant);
    if (video.srcObject !== stream) video.srcObject = stream;
    video.play().catch((error) => {
      if (error.name === "NotAllowedError") this.onBlocked();
    });
  }

  /** Begin to play, after a tap of the person. */
  play() {
    for (const tile of this.#tiles.values()) tile.querySelector("video")?.play().catch(() => {});
  }

  /**
   * @param {string} participant
   * @returns {HTMLVideoElement}
   */
  video(participant) {
    return /** @type {HTMLVideoElement} */ (this.#tile(participant).querySelector("video"));
  }

  /** @param {string} id */
  #tile(id) {
    const known = this.#tiles.get(id);
    if (known) return known;
    const tile = document.createElement("figure");
    tile.className = "call-tile";
    const video = document.createElement("video");
    video.playsInline = true;
    const words = document.createElement("figcaption");
    words.append(document.createElement("strong"), document.createElement("span"));
    tile.append(video, words);
    this.#tiles.set(id, tile);
    this.root.append(tile);
    return tile;
  }

  /**
   * @param {HTMLElement} tile
   * @param {Person} person
   */
  #describe(tile, person) {
    const picture = person.video && !person.away && !this.soundOnly;
    const states = [
      person.away ? this.texts.away : "",
      person.video || person.away ? "" : this.texts.camera_off,
      person.audio || person.away ? "" : this.texts.sound_off,
    ];
    tile.classList.toggle("call-tile--dark", !picture);
    const [name, words] = tile.querySelectorAll("figcaption > *");
    name.textContent = person.name;
    words.textContent = states.filter(Boolean).join(" ");
    tile.querySelector("video")?.setAttribute("aria-label", person.name);
  }
}
