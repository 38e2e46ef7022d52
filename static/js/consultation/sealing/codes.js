// Bytes as text, and the digests of the exchange.

/** @param {Uint8Array | ArrayBuffer} bytes */
export function encode(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** @param {string} text */
export function decode(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param {number} length */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/**
 * Digest a list of texts; written as JSON, so that no two lists read the same.
 * @param {string} purpose
 * @param {unknown[]} parts
 */
export async function digest(purpose, ...parts) {
  const text = new TextEncoder().encode(JSON.stringify(["portal.sealing.1", purpose, ...parts]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text));
}
