// A page that sends its canvas in three sizes, or only big, or that watches, straight over the
// signalling protocol.
const query = new URLSearchParams(location.search);
const name = query.get("name");
const sends = query.get("sends");
const canvas = document.querySelector("canvas");
// From 960 by 540 on Chromium sends three sizes, below two.
canvas.width = 960;
canvas.height = 540;
const brush = canvas.getContext("2d");
setInterval(() => {
  for (let spot = 0; spot < 40; spot += 1) {
    brush.fillStyle = `hsl(${Math.random() * 360} 90% 50%)`;
    brush.fillRect(Math.random() * 960, Math.random() * 540, 24, 24);
  }
}, 40);
const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
// Something like speech: a buzz that swells four times a second, so that no packet is saved.
function speech() {
  const context = new AudioContext();
  const buzz = new OscillatorNode(context, { type: "sawtooth", frequency: 140 });
  const swell = new OscillatorNode(context, { frequency: 4 });
  const depth = new GainNode(context, { gain: 0.2 });
  const level = new GainNode(context, { gain: 0.3 });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  swell.connect(depth).connect(level.gain);
  buzz.connect(level).connect(out);
  buzz.start();
  swell.start();
  return out.stream.getAudioTracks()[0];
}
const audio = sends ? speech() : "audio";
const sound = pc.addTransceiver(audio, { direction: "sendonly" });
if (query.get("red")) {
  const codecs = RTCRtpSender.getCapabilities("audio").codecs;
  const isRed = (codec) => codec.mimeType.toLowerCase() === "audio/red";
  sound.setCodecPreferences([...codecs.filter(isRed), ...codecs.filter((it) => !isRed(it))]);
}
const shows = sends && sends !== "sound";
pc.addTransceiver(shows ? canvas.captureStream(25).getVideoTracks()[0] : "video", {
  direction: "sendonly",
  sendEncodings: shows
    ? [
        { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
        { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 450_000 },
        { rid: "h", maxBitrate: 1_200_000 },
      ]
    : [],
});
pc.addTransceiver("audio", { direction: "recvonly" });
pc.addTransceiver("video", { direction: "recvonly" });
pc.addEventListener("track", ({ track, streams }) => {
  const element = document.createElement(track.kind);
  Object.assign(element, { autoplay: true, muted: true, srcObject: new MediaStream([track]) });
  document.body.append(element);
  void streams;
});
// As a call page does while few people are in; an answer switches everything on again.
async function onlyBig() {
  const sender = pc.getSenders().find((it) => it.track?.kind === "video");
  const parameters = sender.getParameters();
  for (const one of parameters.encodings) one.active = one.rid === "h";
  await sender.setParameters(parameters);
}
const ws = new WebSocket(query.get("ws"));
const log = { paused: [], errors: [] };
const say = (message) => ws.send(JSON.stringify(message));
ws.addEventListener("message", async ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "joined") {
    await pc.setLocalDescription();
    say({ type: "offer", sdp: pc.localDescription.sdp });
  }
  if (message.type === "answer") {
    // A path through a bad network is another port and nothing else.
    const via = query.get("via");
    const sdp = via
      ? message.sdp.replace(/(a=candidate:\S+ 1 udp \d+ \S+) \d+/g, `$1 ${via}`)
          .replace(/a=candidate:.* tcp .*\r\n/g, "")
      : message.sdp;
    await pc.setRemoteDescription({ type: "answer", sdp });
    if (sends === "big") await onlyBig();
  }
  if (message.type === "paused") log.paused.push(message.paused);
  if (message.type === "error") log.errors.push(message.code);
});
ws.addEventListener("open", async () => {
  say({ type: "hello", token: await (await fetch(`/ticket/${name}`)).text() });
});
async function stats() {
  const result = { frames: 0, height: 0, freezes: 0, sound: 0, layers: {}, codec: "" };
  const report = await pc.getStats();
  for (const entry of report.values()) {
    if (entry.type === "inbound-rtp" && entry.kind === "video") {
      result.frames = entry.framesDecoded ?? 0;
      result.height = entry.frameHeight ?? 0;
      result.freezes = entry.freezeCount ?? 0;
    }
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      result.sound = entry.packetsReceived;
      result.soundBytes = entry.bytesReceived;
      result.samples = entry.totalSamplesReceived;
      result.concealed = entry.concealedSamples;
      result.codec = report.get(entry.codecId)?.mimeType;
    }
    if (entry.type === "outbound-rtp" && entry.rid) result.layers[entry.rid] = entry.framesSent;
  }
  return result;
}
window.test = { log, say, stats, onlyBig, pc };
