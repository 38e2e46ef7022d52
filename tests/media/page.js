// The test page: it draws its colour and reads the colour in the middle of what it sees of others.
import { Signalling } from "/js/signalling.js";
import { Peer } from "/js/peer.js";
import { Sealing } from "/js/sealing/sealing.js";
const query = new URLSearchParams(location.search);
const name = query.get("name"), colour = query.get("colour");
const signalling = new Signalling({
  url: query.get("ws"),
  ticket: async () => {
    const token = await (await fetch(`/ticket/${name}`)).text();
    return { token, iceServers: window.iceServers };
  },
});
// What an attacker inside the page would see: every key that was ever made, as bytes.
const made = [];
const generate = SubtleCrypto.prototype.generateKey;
SubtleCrypto.prototype.generateKey = async function (algorithm, extractable, usages) {
  const key = await generate.call(this, algorithm, extractable, usages);
  if (key instanceof CryptoKey && key.extractable) {
    made.push([...new Uint8Array(await crypto.subtle.exportKey("raw", key))]);
  }
  return key;
};
const sealing = query.get("sealed") ? new Sealing(signalling, { you: name }) : null;
const peer = new Peer(signalling, { slots: 3, sealing });
const log = { sealing: [], chat: [], problems: [], people: [], states: [], ended: null };
sealing?.addEventListener("change", ({ detail }) => {
  log.sealing.push(detail);
  peer.applySealing();
});
signalling.addEventListener("chat", ({ detail }) => log.chat.push(detail.text));
signalling.addEventListener("problem", ({ detail }) => log.problems.push(detail.code));
signalling.addEventListener("people", ({ detail }) => (log.people = detail.people));
signalling.addEventListener("ended", ({ detail }) => (log.ended = detail));
signalling.addEventListener("state", ({ detail }) => log.states.push(detail.state));
peer.addEventListener("track", ({ detail: { participant, kind, stream } }) => {
  if (kind !== "video") return;
  const video = document.createElement("video");
  Object.assign(video, { id: participant, autoplay: true, muted: true, srcObject: stream });
  document.getElementById(participant)?.remove();
  document.getElementById("others").append(video);
});
peer.addEventListener("gone", ({ detail }) => {
  if (detail.kind === "video") document.getElementById(detail.participant)?.remove();
});
const canvas = document.querySelector("canvas");
// Chromium sends three sizes from 960 by 540 on, a smaller picture in fewer, whatever it is asked for.
const SMALL = { width: 320, height: 240 };
const LARGE = { width: 960, height: 540 };
if (query.get("large")) Object.assign(canvas, LARGE);
const brush = canvas.getContext("2d");
const spot = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
let turn = 0;
setInterval(() => {
  brush.fillStyle = document.body.dataset.colour ?? colour;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.fillStyle = "#000";
  brush.fillRect((turn++ * 8) % canvas.width, 0, 8, 8);
}, 50);
let stream = null;
if (colour) {
  stream = canvas.captureStream(Number(query.get("rate") ?? 20));
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  stream.addTrack(microphone.getAudioTracks()[0]);
}
// A network that lets no UDP through, as far as candidates can play it.
if (query.get("tcp")) {
  const apply = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return apply.call(this, { type, sdp: sdp.replace(/a=candidate:.* udp .*\r\n/g, "") });
  };
}
// A busy browser sends a smaller picture, and that in fewer sizes; here it shall send fewer frames.
if (query.get("rate")) {
  const set = RTCRtpSender.prototype.setParameters;
  RTCRtpSender.prototype.setParameters = function (parameters) {
    return set.call(this, { ...parameters, degradationPreference: "maintain-resolution" });
  };
}
const connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    connections.push(this);
  }
};
window.test = {
  signalling, peer, log, sealing, made,
  get sealed() {
    return log.sealing.at(-1);
  },
  screen(value) {
    const other = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
    const paint = other.getContext("2d");
    setInterval(() => {
      paint.fillStyle = value;
      paint.fillRect(0, 0, 320, 240);
      paint.fillStyle = "#000";
      paint.fillRect((turn * 8) % 320, 0, 8, 8);
    }, 50);
    return peer.replaceTrack("screen", other.captureStream(20).getVideoTracks()[0]);
  },
  /** What is sent in which size, for whoever wonders why one is missing. */
  async sending() {
    const report = await connections.at(-1).getStats();
    return [...report.values()]
      .filter((it) => it.type === "outbound-rtp" && it.rid)
      .map((it) =>
        [it.rid, it.active, it.frameWidth, it.framesSent, it.targetBitrate, it.qualityLimitationReason].join(" "),
      );
  },
  grow(large) {
    Object.assign(canvas, large ? LARGE : SMALL);
  },
  seen(participant) {
    const video = document.getElementById(participant);
    if (!video || !video.videoWidth) return null;
    // The one spot that is looked at: a copy of all of it would cost more than to decode it.
    spot.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    return [...spot.getImageData(0, 0, 1, 1).data].slice(0, 3);
  },
};
signalling.start();
await peer.start(stream);
