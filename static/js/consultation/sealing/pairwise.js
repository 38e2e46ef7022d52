// Keys between two people: an ECDH pair of this page (P-256, never exported), and from it and the
// public key of somebody else a key that only these two have, to wrap sender keys with (RFC 5869).

import { decode, encode, randomBytes } from "./codes.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const AES = { name: "AES-GCM", length: 256 };

export function ownPair() {
  return crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
}

/**
 * @param {CryptoKey} key
 * @returns {Promise<string>}
 */
export async function publicText(key) {
  return encode(await crypto.subtle.exportKey("raw", key));
}

/** Make a sender key with a name; the name is also the first part of every initial vector. */
export async function senderKey() {
  const id = new DataView(randomBytes(4).buffer).getUint32(0);
  return { id, key: await crypto.subtle.generateKey(AES, true, ["encrypt"]) };
}

/**
 * Derive the key that goes from one person to another in one round.
 * @param {CryptoKey} own the private key
 * @param {string} other the public key of the other
 * @param {{round: string, from: string, to: string}} way
 */
async function wrappingKey(own, other, { round, from, to }) {
  const point = await crypto.subtle.importKey("raw", decode(other), CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: point }, own, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const words = new TextEncoder();
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: words.encode(round),
      info: words.encode(JSON.stringify(["portal.sealing.1", "wrap", from, to])),
    },
    secret,
    AES,
    false,
    ["wrapKey", "unwrapKey"],
  );
}

/**
 * @param {CryptoKey} own
 * @param {string} other
 * @param {{round: string, from: string, to: string}} way
 * @param {{id: number, key: CryptoKey}} sender
 */
export async function wrap(own, other, way, { id, key }) {
  const iv = randomBytes(12);
  const wrapping = await wrappingKey(own, other, way);
  const algorithm = { name: "AES-GCM", iv, additionalData: named(id) };
  const wrapped = await crypto.subtle.wrapKey("raw", key, wrapping, algorithm);
  return { id, iv: encode(iv), key: encode(wrapped) };
}

/**
 * @param {CryptoKey} own
 * @param {string} other
 * @param {{round: string, from: string, to: string}} way
 * @param {{id: number, iv: string, key: string}} wrapped
 * @returns {Promise<CryptoKey>} good for opening only; rejected if anything was changed
 */
export async function unwrap(own, other, way, { id, iv, key }) {
  const wrapping = await wrappingKey(own, other, way);
  const algorithm = { name: "AES-GCM", iv: decode(iv), additionalData: named(id) };
  return crypto.subtle.unwrapKey("raw", decode(key), wrapping, algorithm, AES, false, ["decrypt"]);
}

/**
 * Import a sender key once more so that it can only seal and not be read.
 * @param {CryptoKey} key
 */
export async function sealed(key) {
  const raw = await crypto.subtle.exportKey("raw", key);
  const fixed = await crypto.subtle.importKey("raw", raw, AES, false, ["encrypt"]);
  new Uint8Array(raw).fill(0);
  return fixed;
}

/** @param {number} id */
function named(id) {
  return new TextEncoder().encode(String(id));
}
