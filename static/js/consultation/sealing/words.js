// Four words out of a fingerprint. Both sides see the same four only if both hold the same keys:
// 24 bits, which nobody can try out beforehand, because keys are committed to before they are shown.

export const WORDS = 64;
export const COMPARED = 4;

/**
 * @param {Uint8Array} fingerprint
 * @returns {number[]} the places of four words in the list
 */
export function wordsOf(fingerprint) {
  return [...fingerprint.subarray(0, COMPARED)].map((byte) => byte % WORDS);
}
