import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Signalling, reconnectDelay } from "../../static/js/consultation/signalling.js";

class FakeSocket extends EventTarget {
  static OPEN = 1;
  /** @type {FakeSocket[]} */ static all = [];
  readyState = 1;
  sent = [];
  closed = null;

  constructor(url) {
    super();
    this.url = url;
    FakeSocket.all.push(this);
  }

  static get last() {
    return FakeSocket.all.at(-1);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.closed = code ?? 1005;
    this.readyState = 3;
  }

  open() {
    this.dispatchEvent(new Event("open"));
  }

  says(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  breaks() {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
}

const JOINED = { type: "joined", resume: "secret", media: false, missed: [] };
const settle = () => new Promise((resolve) => setImmediate(resolve));
let tickets = 0;

beforeEach(() => {
  globalThis.WebSocket = FakeSocket;
  FakeSocket.all = [];
  tickets = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => mock.timers.reset());

function signalling(options = {}) {
  const seen = [];
  const it = new Signalling({ url: "wss://x/ws", ticket: async () => `t${++tickets}`, ...options });
  for (const name of ["joined", "chat", "problem", "ended", "people"]) {
    it.addEventListener(name, ({ detail }) => seen.push({ name, ...detail }));
  }
  it.start();
  return { it, seen };
}

async function joined(options) {
  const all = signalling(options);
  await settle();
  FakeSocket.last.open();
  FakeSocket.last.says(JOINED);
  return all;
}

test("waits are short for a minute, then grow, and end at a minute", () => {
  const waits = Array.from({ length: 60 }, (_, attempt) => reconnectDelay(attempt, 0.5));
  assert.equal(waits[0], 300);
  assert.ok(waits.slice(0, 30).every((wait) => wait <= 2_000));
  assert.equal(waits.at(-1), 60_000);
  assert.notEqual(reconnectDelay(5, 0), reconnectDelay(5, 1));
});

test("the ticket travels in the first message and never in the address", async () => {
  await joined();
  assert.equal(FakeSocket.last.url, "wss://x/ws");
  assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", token: "t1" });
});

test("a broken connection is resumed, a refused resume asks for a fresh ticket", async () => {
  const { it, seen } = await joined();
  FakeSocket.last.breaks();
  assert.equal(it.state, "waiting");
  mock.timers.tick(1_000);
  await settle();
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent[0], { type: "resume", secret: "secret" });

  FakeSocket.last.says({ type: "error", code: "resume", text: "zu lange" });
  FakeSocket.last.breaks();
  mock.timers.tick(2_000);
  await settle();
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", token: "t2" });
  FakeSocket.last.says(JOINED);
  assert.equal(it.state, "open");
  assert.deepEqual(seen.map(({ name }) => name), ["joined", "joined"]);
  it.leave();
});

test("who may not enter any more is told so and left alone", async () => {
  const { it, seen } = signalling({ ticket: async () => null });
  await settle();
  assert.equal(it.state, "ended");
  assert.deepEqual(seen, [{ name: "ended", reason: "refused", text: "" }]);
});

test("a portal that does not answer is asked again", async () => {
  let asked = 0;
  const ticket = async () => {
    asked += 1;
    if (asked < 3) throw new Error("offline");
    return "t";
  };
  const { it } = signalling({ ticket });
  for (let turn = 0; turn < 4; turn += 1) {
    await settle();
    mock.timers.tick(3_000);
  }
  assert.equal(asked, 3);
  it.leave();
});

test("chat is repeated over a reconnect until it is confirmed, and heard once", async () => {
  const { it, seen } = await joined();
  FakeSocket.last.readyState = 3;
  const id = it.chat("Guten Tag");
  FakeSocket.last.breaks();
  mock.timers.tick(1_000);
  await settle();
  FakeSocket.last.open();
  FakeSocket.last.says(JOINED);
  const chats = () => FakeSocket.last.sent.filter(({ type }) => type === "chat");
  assert.deepEqual(chats(), [{ type: "chat", text: "Guten Tag", client_id: id }]);

  const echo = { type: "chat", id: "m1", client_id: id, text: "Guten Tag" };
  FakeSocket.last.says(echo);
  FakeSocket.last.says(echo);
  FakeSocket.last.says({ ...JOINED, missed: [echo] });
  assert.equal(chats().length, 1);
  assert.equal(seen.filter(({ name }) => name === "chat").length, 1);
  it.leave();
});

test("after being shown out nothing is tried again", async () => {
  const { it, seen } = await joined();
  FakeSocket.last.says({ type: "replaced", text: "anderes Gerät" });
  FakeSocket.last.breaks();
  mock.timers.tick(100_000);
  await settle();
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(it.state, "ended");
  assert.deepEqual(seen.at(-1), { name: "ended", reason: "replaced", text: "anderes Gerät" });
});

test("a silent connection is given up", async () => {
  const { it } = await joined();
  for (let turn = 0; turn < 3; turn += 1) mock.timers.tick(10_000);
  assert.equal(it.state, "waiting");
  it.leave();
});

test("an offer is answered, or fails with the connection", async () => {
  const { it } = await joined();
  const first = it.offer("o1");
  FakeSocket.last.says({ type: "answer", sdp: "a1", id: FakeSocket.last.sent.at(-1).id });
  assert.equal(await first, "a1");

  const second = it.offer("o2");
  FakeSocket.last.breaks();
  await assert.rejects(second, /connection lost/);
  await assert.rejects(it.offer("o3"), /not connected/);
  it.leave();
});

test("the late answer to an offer that was given up is not taken for the answer to the next", async () => {
  const { it } = await joined();
  const first = it.offer("o1");
  const late = FakeSocket.last.sent.at(-1).id;
  mock.timers.tick(10_000);
  await assert.rejects(first, /no answer/);

  const second = it.offer("o2");
  FakeSocket.last.says({ type: "answer", sdp: "a1", id: late });
  FakeSocket.last.says({ type: "answer", sdp: "a2", id: FakeSocket.last.sent.at(-1).id });
  assert.equal(await second, "a2");
  it.leave();
});

test("a portal that swallows the question for a ticket is given up and asked again", async () => {
  let given;
  const ticket = (signal) => {
    tickets += 1;
    given = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const timeout = mock.method(AbortSignal, "timeout", () => {
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(), 10_000);
    return aborter.signal;
  });
  const { it } = signalling({ ticket });
  await settle();
  mock.timers.tick(10_000);
  await settle();
  assert.ok(given.aborted);
  assert.equal(it.state, "waiting");
  mock.timers.tick(1_000);
  assert.equal(tickets, 2);
  it.leave();
  timeout.mock.restore();
});

test("the ticket names the node, and a node that stops is left for the one of the next ticket", async () => {
  const { it } = signalling({
    ticket: async () => ({ token: `t${++tickets}`, url: `wss://node${tickets}/ws`, iceServers: [{ urls: "turn:x" }] }),
  });
  it.start();
  await settle();
  assert.equal(FakeSocket.last.url, "wss://node1/ws");
  assert.deepEqual(it.iceServers, [{ urls: "turn:x" }]);
  FakeSocket.last.open();
  FakeSocket.last.says(JOINED);
  FakeSocket.last.says({ type: "moving" });
  mock.timers.tick(1_000);
  await settle();
  assert.equal(FakeSocket.last.url, "wss://node2/ws");
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent, [{ type: "hello", token: "t2" }]);
});

test("a place whose node does not answer is looked for where the portal says the room is", async () => {
  let node = "wss://node1/ws";
  const { it } = await joined({ ticket: async () => ({ token: `t${++tickets}`, url: node }) });
  const again = async () => {
    FakeSocket.last.breaks();
    mock.timers.tick(3_000);
    await settle();
    FakeSocket.last.open();
    return [FakeSocket.last.url, FakeSocket.last.sent[0]];
  };
  const resume = { type: "resume", secret: "secret" };
  assert.deepEqual(await again(), ["wss://node1/ws", resume]);
  assert.equal(tickets, 1);
  // Nobody says "joined". The portal still names the same node: perhaps only the network is away.
  assert.deepEqual(await again(), ["wss://node1/ws", resume]);
  assert.equal(tickets, 2);
  // Then the node is dead, and the room lives elsewhere.
  node = "wss://node2/ws";
  assert.deepEqual(await again(), ["wss://node2/ws", { type: "hello", token: "t3" }]);
  FakeSocket.last.says(JOINED);
  assert.equal(it.state, "open");
  assert.deepEqual(await again(), ["wss://node2/ws", resume]);
  assert.equal(tickets, 3);
  it.leave();
});

test("what the pages tell each other is no matter for people", async () => {
  const { it } = signalling();
  const problems = [];
  it.addEventListener("problem", ({ detail }) => problems.push(detail.code));
  it.start();
  await settle();
  FakeSocket.last.open();
  FakeSocket.last.says(JOINED);
  for (const code of ["relay_gone", "malformed", "forbidden"]) {
    FakeSocket.last.says({ type: "error", code, text: "…" });
  }
  assert.deepEqual(problems, ["forbidden"]);
});
