// What WebRTC counts, reduced to what the page shows and tests ask for.

/**
 * @typedef {object} PeerStats
 * @property {{remoteAddress: string, remotePort: number, protocol: string, roundTrip: number | null,
 *   bytes: number} | null} path the selected candidate pair
 * @property {{bytes: number, frames: number, availableBitrate: number | null, lost: number}} sent
 *   `lost` is the part of own packets that did not arrive
 * @property {Record<string, ParticipantStats>} people
 * @property {number} [spent] bytes in both directions since the page was opened
 */

/**
 * @typedef {object} ParticipantStats
 * @property {number} framesDecoded
 * @property {number} freezes
 * @property {number} lost packets of sound and picture
 * @property {number} bytes of sound and picture
 */

/**
 * Reduce WebRTC statistics to what the page shows and tests ask for.
 * @param {any[]} entries
 * @param {Map<string, {participant: string}>} shown
 * @returns {PeerStats}
 */
export function summarize(entries, shown) {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const transport = entries.find((entry) => entry.type === "transport");
  const pair = byId.get(transport?.selectedCandidatePairId);
  const remote = byId.get(pair?.remoteCandidateId);
  const outbound = entries.filter((entry) => entry.type === "outbound-rtp");
  const heard = entries.filter((entry) => entry.type === "remote-inbound-rtp");
  /** @type {Record<string, ParticipantStats>} */
  const people = {};
  for (const entry of entries) {
    const participant = entry.type === "inbound-rtp" ? shown.get(entry.mid)?.participant : undefined;
    if (participant === undefined) continue;
    people[participant] ??= { framesDecoded: 0, freezes: 0, lost: 0, bytes: 0 };
    people[participant].framesDecoded += entry.framesDecoded ?? 0;
    people[participant].freezes += entry.freezeCount ?? 0;
    people[participant].lost += entry.packetsLost ?? 0;
    people[participant].bytes += entry.bytesReceived ?? 0;
  }
  return {
    path: remote
      ? {
          remoteAddress: remote.address,
          remotePort: remote.port,
          protocol: remote.protocol,
          roundTrip: pair.currentRoundTripTime ?? null,
          bytes: (pair.bytesSent ?? 0) + (pair.bytesReceived ?? 0),
        }
      : null,
    sent: {
      bytes: sum(outbound, "bytesSent"),
      frames: sum(outbound, "framesEncoded"),
      availableBitrate: pair?.availableOutgoingBitrate ?? null,
      lost: Math.max(0, ...heard.map((entry) => entry.fractionLost ?? 0)),
    },
    people,
  };
}

/**
 * @param {any[]} entries
 * @param {string} key
 */
function sum(entries, key) {
  return entries.reduce((total, entry) => total + (entry[key] ?? 0), 0);
}
