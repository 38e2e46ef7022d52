import assert from "node:assert/strict";
import { test } from "node:test";

import { summarize } from "../../static/js/consultation/statistics.js";

test("statistics tell the path, and frames and bytes of each person", () => {
  const entries = [
    { id: "T", type: "transport", selectedCandidatePairId: "P" },
    { id: "P", type: "candidate-pair", remoteCandidateId: "R", currentRoundTripTime: 0.02, bytesSent: 60, bytesReceived: 1100 },
    { id: "R", type: "remote-candidate", address: "192.0.2.1", port: 8002, protocol: "udp" },
    { id: "1", type: "inbound-rtp", mid: "2", bytesReceived: 10, packetsLost: 1 },
    { id: "2", type: "inbound-rtp", mid: "3", bytesReceived: 100, framesDecoded: 7, freezeCount: 1 },
    { id: "3", type: "inbound-rtp", mid: "5", bytesReceived: 999 },
    { id: "4", type: "outbound-rtp", bytesSent: 50, framesEncoded: 9 },
    { id: "5", type: "outbound-rtp", bytesSent: 5 },
    { id: "6", type: "remote-inbound-rtp", fractionLost: 0.04 },
  ];
  const shown = new Map([
    ["2", { participant: "ben" }],
    ["3", { participant: "ben" }],
  ]);

  assert.deepEqual(summarize(entries, shown), {
    path: {
      remoteAddress: "192.0.2.1",
      remotePort: 8002,
      protocol: "udp",
      roundTrip: 0.02,
      bytes: 1160,
    },
    sent: { bytes: 55, frames: 9, availableBitrate: null, lost: 0.04 },
    people: { ben: { framesDecoded: 7, freezes: 1, lost: 1, bytes: 110 } },
  });
});

test("without a connection there is nothing to tell", () => {
  assert.deepEqual(summarize([], new Map()), {
    path: null,
    sent: { bytes: 0, frames: 0, availableBitrate: null, lost: 0 },
    people: {},
  });
});
