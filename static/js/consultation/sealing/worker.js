// The worker that every frame of a call passes: on the way out it is sealed with the own key, on the
// way in opened with the key of the person whose seat it arrived in. Until there is a key nothing
// leaves and nothing is shown; plain frames pass only after the person has agreed ("open").
//
// From the page: {type: "mode", mode}, {type: "own", id, key}, {type: "key", owner, id, key},
//   {type: "forget", id}, {type: "seat", seat, owner}, {type: "counts"}
// To the page: {type: "unknown", owner} when frames come under a key that is not known,
//   {type: "counts", counts}

import { keyOf, openFrame, sealFrame } from "./frames.js";

const TELL_EVERY = 1_000;

let mode = "closed";
/** @type {{id: number, key: CryptoKey, counter: number} | null} */
let own = null;
/** @type {Map<number, {owner: string, key: CryptoKey}>} */
const keys = new Map();
/** @type {Map<string, string>} who appears in which seat */
const owners = new Map();
/** @type {Map<string, any>} the transformers by seat */
const transformers = new Map();
/** @type {Map<string, number>} when the page was last told that a key is missing */
const told = new Map();
const counts = { sealed: 0, opened: 0, refused: 0, plain: 0 };

/**
 * @param {"audio" | "video"} kind
 * @param {any} frame
 */
async function outward(kind, frame) {
  if (mode === "open") {
    counts.plain += 1;
    return true;
  }
  if (mode !== "sealed" || own === null) return false;
  const seal = { key: own.key, id: own.id, counter: own.counter };
  own.counter += 1;
  frame.data = await sealFrame(kind, frame.data, seal);
  counts.sealed += 1;
  return true;
}

/**
 * @param {"audio" | "video"} kind
 * @param {any} frame
 * @param {string} seat
 */
async function inward(kind, frame, seat) {
  const owner = owners.get(seat);
  const id = keyOf(frame.data);
  const known = id === null ? undefined : keys.get(id);
  if (known === undefined) {
    if (mode === "open") return true;
    if (owner !== undefined) askFor(owner);
    return false;
  }
  // A picture under another person's name would be a lie of the server.
  if (known.owner !== owner) return false;
  frame.data = await openFrame(kind, frame.data, known.key);
  counts.opened += 1;
  return true;
}

/** @param {string} owner */
function askFor(owner) {
  const now = Date.now();
  if (now - (told.get(owner) ?? 0) < TELL_EVERY) return;
  told.set(owner, now);
  postMessage({ type: "unknown", owner });
}

/** @param {any} event */
function onTransform(event) {
  const { transformer } = event;
  const { kind, seat } = transformer.options;
  if (seat !== undefined) transformers.set(seat, transformer);
  const pass = seat === undefined ? outward : inward;
  const through = new TransformStream({
    async transform(frame, controller) {
      try {
        if (frame.data.byteLength === 0 || (await pass(kind, frame, seat))) controller.enqueue(frame);
        else counts.refused += 1;
      } catch {
        counts.refused += 1; // changed on the way, or under a wrong key
      }
    },
  });
  transformer.readable.pipeThrough(through).pipeTo(transformer.writable).catch(() => {});
}

/**
 * A picture cannot begin in the middle: ask for a new start as soon as it can be opened.
 * @param {string} owner
 */
function wantPicture(owner) {
  for (const [seat, transformer] of transformers) {
    if (owners.get(seat) !== owner || transformer.options.kind !== "video") continue;
    transformer.sendKeyFrameRequest?.().catch(() => {});
  }
}

/** @type {Record<string, (message: any) => void>} */
const deeds = {
  mode: (message) => (mode = message.mode),
  own: ({ id, key }) => (own = key && { id, key, counter: 0 }),
  key: ({ owner, id, key }) => {
    keys.set(id, { owner, key });
    wantPicture(owner);
  },
  forget: ({ id }) => keys.delete(id),
  seat: ({ seat, owner }) => (owner ? owners.set(seat, owner) : owners.delete(seat)),
  counts: () => postMessage({ type: "counts", counts: { ...counts, keys: keys.size } }),
};

self.addEventListener("message", ({ data }) => deeds[data.type]?.(data));
self.addEventListener("rtctransform", onTransform);
