// One encoded frame, sealed and opened with AES-GCM. The first bytes stay readable, because browser and
// media process look at them to find out where a picture starts (RFC 7741 section 4.3, RFC 6716
// section 3.1); they are authenticated all the same.
//
// A sealed frame: clear bytes | ciphertext and tag | key id (4 bytes) | counter (8 bytes).

export const TRAILER = 12;
const TAG = 16;
const KEYFRAME_CLEAR = 10;
const FRAME_CLEAR = 3;
const SOUND_CLEAR = 1;

/**
 * Say how many bytes of a frame stay readable: of VP8 the frame tag (RFC 6386 section 9.1), of Opus
 * the table of contents.
 * @param {"audio" | "video"} kind
 * @param {Uint8Array} bytes
 */
export function clearLength(kind, bytes) {
  if (kind === "audio") return SOUND_CLEAR;
  return bytes[0] & 1 ? FRAME_CLEAR : KEYFRAME_CLEAR;
}

/**
 * @param {"audio" | "video"} kind
 * @param {ArrayBuffer} data
 * @param {{key: CryptoKey, id: number, counter: number}} seal a counter is never used twice with a key
 * @returns {Promise<ArrayBuffer>}
 */
export async function sealFrame(kind, data, { key, id, counter }) {
  const bytes = new Uint8Array(data);
  const clear = bytes.subarray(0, clearLength(kind, bytes));
  const trailer = new Uint8Array(TRAILER);
  const view = new DataView(trailer.buffer);
  view.setUint32(0, id);
  view.setBigUint64(4, BigInt(counter));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: trailer, additionalData: clear },
    key,
    bytes.subarray(clear.length),
  );
  return join(clear, new Uint8Array(sealed), trailer);
}

/**
 * Read under which key a frame may have been sealed, or null if it is too short for that.
 * @param {ArrayBuffer} data
 */
export function keyOf(data) {
  if (data.byteLength < TRAILER + TAG) return null;
  return new DataView(data, data.byteLength - TRAILER).getUint32(0);
}

/**
 * @param {"audio" | "video"} kind
 * @param {ArrayBuffer} data
 * @param {CryptoKey} key
 * @returns {Promise<ArrayBuffer>} rejected if the frame was sealed with another key or changed
 */
export async function openFrame(kind, data, key) {
  const bytes = new Uint8Array(data);
  const clear = bytes.subarray(0, clearLength(kind, bytes));
  const end = bytes.length - TRAILER;
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: bytes.subarray(end), additionalData: clear },
    key,
    bytes.subarray(clear.length, end),
  );
  return join(clear, new Uint8Array(opened));
}

/** @param {Uint8Array[]} parts */
function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole.buffer;
}
