// A page that sends pictures with the time on them to itself, through a server or straight, and
// tells how old they are when they are seen. Sender and receiver share one page, and so one clock.
const BITS = 20;
const WIDTH = 32;
const canvas = document.querySelector("canvas");
canvas.width = 640;
canvas.height = 480;
const brush = canvas.getContext("2d");
const wanted = { noise: false };
// Specks, made once, as painting thousands for each picture would take the processor.
const specks = new OffscreenCanvas(1280, 960);
const sprinkle = specks.getContext("2d");
for (let speck = 0; speck < 20_000; speck += 1) {
  sprinkle.fillStyle = `hsl(${Math.random() * 360} 90% 50%)`;
  sprinkle.fillRect(Math.random() * 1280, Math.random() * 960, 12, 12);
}
// The time as bars of black and white along the top, and under it noise if it is asked for.
setInterval(() => {
  if (wanted.noise) brush.drawImage(specks, -Math.random() * 640, -Math.random() * 480);
  const now = Math.round(performance.now()) % 2 ** BITS;
  for (let bit = 0; bit < BITS; bit += 1) {
    brush.fillStyle = (now >> bit) & 1 ? "#fff" : "#000";
    brush.fillRect(bit * WIDTH, 0, WIDTH, 32);
  }
}, 1000 / 30);

const spot = new OffscreenCanvas(640, 1).getContext("2d", { willReadFrequently: true });
function written(video) {
  spot.drawImage(video, 0, 16, 640, 1, 0, 0, 640, 1);
  const row = spot.getImageData(0, 0, 640, 1).data;
  let value = 0;
  for (let bit = 0; bit < BITS; bit += 1) value += (row[(bit * WIDTH + 16) * 4] > 127) << bit;
  return value;
}

class Side {
  seen = [];
  constructor() {
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc.addEventListener("track", ({ track }) => this.#watch(track));
  }
  send() {
    const [track] = canvas.captureStream(30).getVideoTracks();
    const { sender } = this.pc.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: 2_500_000 }],
    });
    const parameters = sender.getParameters();
    parameters.degradationPreference = "maintain-resolution";
    return sender.setParameters(parameters);
  }
  #watch(track) {
    const video = document.createElement("video");
    Object.assign(video, { autoplay: true, muted: true, srcObject: new MediaStream([track]) });
    document.body.append(video);
    const next = () => {
      const now = performance.now();
      this.seen.push([now, (now - written(video) + 2 ** BITS) % 2 ** BITS]);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }
  /** Enter a room; `via` is the port of a path that the media goes over. */
  async enter(ws, name, via) {
    this.via = via;
    this.socket = new WebSocket(ws);
    const say = (message) => this.socket.send(JSON.stringify(message));
    this.say = say;
    await new Promise((resolve) => this.socket.addEventListener("open", resolve));
    say({ type: "hello", token: await (await fetch(`/ticket/${name}`)).text() });
    this.answers = [];
    this.socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "answer") this.answers.shift()?.(message.sdp);
    });
    await this.negotiate();
  }
  async negotiate() {
    await this.pc.setLocalDescription();
    const answered = new Promise((resolve) => this.answers.push(resolve));
    this.say({ type: "offer", sdp: this.pc.localDescription.sdp });
    const sdp = (await answered).replace(/a=candidate:.* tcp .*\r\n/g, "");
    const led = this.via
      ? sdp.replace(/(a=candidate:\S+ 1 udp \d+ \S+) \d+/g, `$1 ${this.via}`)
      : sdp;
    await this.pc.setRemoteDescription({ type: "answer", sdp: led });
  }
  close() {
    this.pc.close();
    this.socket?.close();
  }
}

const sides = [];
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const connected = async (pc) => {
  while (pc.connectionState !== "connected") await later(5);
};

window.test = {
  /** Connect a sender and a receiver through the server. */
  async throughServer(ws, via = [0, 0]) {
    const [from, to] = [new Side(), new Side()];
    sides.push(from, to);
    await from.send();
    to.pc.addTransceiver("video", { direction: "recvonly" });
    await from.enter(ws, "anna", via[0]);
    await to.enter(ws, "ben", via[1]);
    await Promise.all([connected(from.pc), connected(to.pc)]);
  },
  /** Connect them straight. */
  async straight() {
    const [from, to] = [new Side(), new Side()];
    sides.push(from, to);
    await from.send();
    for (const [one, other] of [[from, to], [to, from]]) {
      one.pc.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate) other.pc.addIceCandidate(candidate);
      });
    }
    await from.pc.setLocalDescription();
    await to.pc.setRemoteDescription(from.pc.localDescription);
    await to.pc.setLocalDescription();
    await from.pc.setRemoteDescription(to.pc.localDescription);
    await Promise.all([connected(from.pc), connected(to.pc)]);
  },
  hangUp() {
    for (const side of sides.splice(0)) side.close();
    for (const video of document.querySelectorAll("video")) video.remove();
  },
  /** Return when pictures were seen in the next milliseconds, and how old they were. */
  async seen(milliseconds) {
    const { seen } = sides.at(-1);
    seen.length = 0;
    await later(milliseconds);
    return [...seen];
  },
  /** Send much from now on; return the seconds until `rate` bits leave in one. */
  async ramp(rate) {
    wanted.noise = true;
    const { pc } = sides.at(-2);
    const sent = async () => {
      const report = await pc.getStats();
      return [...report.values()].find((it) => it.type === "outbound-rtp");
    };
    const begun = performance.now();
    // Over a second each: one large picture is no rate.
    const samples = [await sent()];
    while (performance.now() - begun < 30_000) {
      await later(250);
      const [now, before] = [await sent(), samples.at(-4)];
      samples.push(now);
      if (before === undefined) continue;
      const bits = (now.bytesSent - before.bytesSent) * 8;
      if (bits / ((now.timestamp - before.timestamp) / 1000) >= rate) break;
    }
    wanted.noise = false;
    brush.clearRect(0, 0, 640, 480);
    return (performance.now() - begun) / 1000;
  },
  async lost() {
    const { pc } = sides.at(-2);
    while (pc.connectionState === "connected") await later(50);
  },
  /** Restart ICE over another path; return the seconds from the call to the next picture. */
  async restart(via) {
    const [from, to] = sides.slice(-2);
    from.via = via;
    const begun = performance.now();
    to.seen.length = 0;
    from.pc.restartIce();
    await from.negotiate();
    while (!to.seen.length && performance.now() - begun < 30_000) await later(5);
    return (performance.now() - begun) / 1000;
  },
};
