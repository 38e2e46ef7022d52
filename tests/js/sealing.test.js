import assert from "node:assert/strict";
import { test } from "node:test";

import { Exchange } from "../../static/js/consultation/sealing/exchange.js";
import { keyOf, openFrame, sealFrame } from "../../static/js/consultation/sealing/frames.js";
import { nextMembers } from "../../static/js/consultation/sealing/members.js";
import { senderKey, sealed, ownPair, publicText, wrap, unwrap } from "../../static/js/consultation/sealing/pairwise.js";
import { Round, labelOf } from "../../static/js/consultation/sealing/rounds.js";
import { wordsOf } from "../../static/js/consultation/sealing/words.js";

const bytes = (...values) => Uint8Array.from(values).buffer;
const person = (id, more = {}) => ({ id, held: false, away: false, ...more });
const until = async (condition) => {
  const end = Date.now() + 30_000;
  while (!condition()) {
    assert.ok(Date.now() < end, String(condition));
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** A server that hands messages on, until its test is over; `bend` may change, copy or lose them. */
class House {
  pages = new Map();
  said = [];

  constructor(t, bend = (message) => [message]) {
    this.bend = bend;
    t.after(() => this.pages.forEach(({ exchange }) => exchange.close()));
  }

  enter(id, can = true) {
    this.pages.get(id)?.exchange.close();
    const page = { state: null, own: null, keys: new Map(), owns: [] };
    page.exchange = new Exchange({
      you: id,
      can,
      relay: (to, body) => {
        this.said.push(body);
        for (const message of this.bend({ from: id, to, body })) {
          setImmediate(() => this.pages.get(message.to)?.exchange.receive(message.from, message.body));
        }
      },
    });
    page.exchange.addEventListener("state", ({ detail }) => (page.state = detail));
    page.exchange.addEventListener("own", ({ detail }) => {
      page.own = detail.key && detail;
      if (detail.key) page.owns.push(detail.id);
    });
    page.exchange.addEventListener("key", ({ detail }) => page.keys.set(detail.id, detail));
    page.exchange.addEventListener("forget", ({ detail }) => page.keys.delete(detail.id));
    this.pages.set(id, page);
    this.tell();
    return page;
  }

  leave(id) {
    this.pages.get(id)?.exchange.close();
    this.pages.delete(id);
    this.tell();
  }

  tell(more = {}) {
    const people = [...this.pages.keys()].map((id) => person(id, more[id]));
    for (const { exchange } of this.pages.values()) exchange.people(people);
  }
}

const areSealed = (...pages) => () => pages.every((page) => page.state?.state === "sealed" && page.own);

async function canHear(listener, speaker) {
  const frame = await sealFrame("audio", bytes(1, 2, 3, 4), { ...speaker.own, counter: 7 });
  const known = listener.keys.get(keyOf(frame));
  return known ? [...new Uint8Array(await openFrame("audio", frame, known.key))].join() === "1,2,3,4" : false;
}

test("a sealed frame keeps its first bytes readable and opens only unchanged, with its own key", async () => {
  const { id, key } = await senderKey();
  const other = await senderKey();
  const picture = new Uint8Array(400).map((_, place) => place & 0xfe);
  const pair = await ownPair();
  const text = await publicText(pair.publicKey);
  const way = { round: "r", from: "anna", to: "ben" };
  const opening = await unwrap(pair.privateKey, text, way, await wrap(pair.privateKey, text, way, { id, key }));
  const frame = await sealFrame("video", picture.buffer, { key: await sealed(key), id, counter: 1 });

  assert.deepEqual(new Uint8Array(frame).subarray(0, 10), picture.subarray(0, 10));
  assert.notDeepEqual(new Uint8Array(frame).subarray(10, 400), picture.subarray(10));
  assert.equal(keyOf(frame), id);
  assert.deepEqual(new Uint8Array(await openFrame("video", frame, opening)), picture);
  for (const place of [0, 5, 60, frame.byteLength - 1]) {
    const bent = frame.slice(0);
    new Uint8Array(bent)[place] ^= 2;
    await assert.rejects(openFrame("video", bent, opening));
  }
  const wrapped = await wrap(pair.privateKey, text, way, other);
  await assert.rejects(unwrap(pair.privateKey, text, { ...way, to: "carla" }, wrapped));
  await assert.rejects(unwrap(pair.privateKey, text, way, { ...wrapped, id }));
  const foreign = await unwrap(pair.privateKey, text, way, wrapped);
  await assert.rejects(openFrame("video", frame, foreign));
});

test("the private key and the key that seals can be read by nobody", async () => {
  const pair = await ownPair();
  await assert.rejects(crypto.subtle.exportKey("pkcs8", pair.privateKey));
  await assert.rejects(crypto.subtle.exportKey("raw", await sealed((await senderKey()).key)));
});

test("two people agree on keys and see the same four words", async (t) => {
  const house = new House(t);
  const anna = house.enter("anna");
  const ben = house.enter("ben");
  await until(areSealed(anna, ben));

  assert.deepEqual(wordsOf(anna.state.fingerprint), wordsOf(ben.state.fingerprint));
  assert.ok(await canHear(anna, ben));
  assert.ok(await canHear(ben, anna));
});

test("with everybody who comes or goes there are new keys", async (t) => {
  const house = new House(t);
  const anna = house.enter("anna");
  const ben = house.enter("ben");
  await until(areSealed(anna, ben));
  const first = [anna.own.id, ben.own.id];

  const carla = house.enter("carla");
  await until(() => areSealed(anna, ben, carla)() && !first.includes(anna.own.id) && !first.includes(ben.own.id));
  await until(() => [anna, ben].every((one) => carla.keys.has(one.own.id)));
  for (const one of [anna, ben]) assert.ok(await canHear(carla, one));
  const second = [anna.own.id, ben.own.id];
  assert.ok(!carla.keys.has(first[0]), "who comes later cannot open what was said before");

  house.leave("carla");
  await until(() => !second.includes(anna.own.id) && !second.includes(ben.own.id));
  assert.ok(await canHear(anna, ben));
  assert.ok(!(await canHear(carla, anna)), "who left cannot open what is said after");
});

test("eight people agree, and where nothing is lost nobody waits for the clock", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const house = new House(t);
  const pages = [..."abcdefgh"].map((id) => house.enter(id));
  await until(areSealed(...pages));
  await until(() => pages.every((page) => page.state.keys && Object.keys(page.state.keys).length === 7));
  const words = new Set(pages.map((page) => wordsOf(page.state.fingerprint).join()));
  assert.equal(words.size, 1);
  assert.ok(await canHear(pages[0], pages[7]));
});

test("a reload comes back with a key of its own", async (t) => {
  const house = new House(t);
  const anna = house.enter("anna");
  const before = house.enter("ben");
  await until(areSealed(anna, before));
  const words = wordsOf(anna.state.fingerprint);

  const ben = house.enter("ben");
  await until(() => areSealed(anna, ben)() && anna.state.keys.ben !== before.state.keys.ben);
  await until(() => wordsOf(anna.state.fingerprint).join() === wordsOf(ben.state.fingerprint).join());
  assert.notDeepEqual(wordsOf(anna.state.fingerprint), words);
  await until(() => anna.keys.has(ben.own.id) && ben.keys.has(anna.own.id));
  assert.ok(await canHear(ben, anna));
});

test("a moment without connection changes nothing, and messages may get lost", async (t) => {
  let chance = 1;
  const isLost = () => (chance = (chance * 48_271) % 2_147_483_647) % 3 === 0;
  const house = new House(t, (message) => (isLost() ? [] : [message, message]));
  const anna = house.enter("anna");
  const ben = house.enter("ben");
  await until(() => areSealed(anna, ben)() && anna.keys.size && ben.keys.size);
  const key = anna.own.id;
  house.tell({ ben: { away: true } });
  house.tell();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(anna.own.id, key);
});

test("who cannot seal is named, and so is who says nothing", async (t) => {
  const house = new House(t);
  const anna = house.enter("anna");
  house.enter("ben", false);
  await until(() => anna.state?.state === "unable");
  assert.deepEqual(anna.state.unable, ["ben"]);
  assert.equal(anna.own, null);

  house.leave("ben");
  const deaf = new House(t, (message) => (message.from === "dora" ? [] : [message]));
  const carl = deaf.enter("carl");
  deaf.enter("dora");
  await until(() => carl.state?.state === "unable");
  assert.deepEqual(carl.state.unable, ["dora"]);
});

test("a server that puts its own keys between two people is seen in the words", async (t) => {
  // The man in the middle speaks with each as the other, with rounds of his own.
  const left = new House(t);
  const right = new House(t);
  const anna = left.enter("anna");
  const falseBen = left.enter("ben");
  const falseAnna = right.enter("anna");
  const ben = right.enter("ben");
  await until(areSealed(anna, falseBen, falseAnna, ben));
  assert.notDeepEqual(anna.state.fingerprint, ben.state.fingerprint);
});

test("nothing is shown before everybody has committed, and no one may change their mind", async () => {
  const members = ["anna", "ben", "carla"].map((id) => ({ participant: id, page: `page of ${id}` }));
  const label = await labelOf(members);
  const rounds = Object.fromEntries(members.map(({ participant }) => [participant, new Round(label, participant)]));
  for (const [id, round] of Object.entries(rounds)) await round.enter(members, `key of ${id}`);

  rounds.anna.take("ben", { commit: rounds.ben.step().commit });
  assert.equal(rounds.anna.step().key, undefined);
  rounds.anna.take("carla", { commit: rounds.carla.step().commit });
  assert.equal(rounds.anna.step().key, "key of anna");

  rounds.anna.take("ben", { commit: "another", key: "another key", nonce: "chosen late" });
  rounds.carla.take("anna", rounds.anna.step());
  rounds.carla.take("ben", { commit: rounds.ben.step().commit });
  rounds.anna.take("carla", rounds.carla.step());
  assert.equal(await rounds.anna.complete(), false);
  assert.equal(rounds.anna.fingerprint, null);
});

test("who shares keys", () => {
  const all = [person("you"), person("anna"), person("ben", { held: true })];
  assert.deepEqual(nextMembers(["you"], all, "you"), ["you", "anna"]);
  const kept = ["you", "anna"];
  assert.equal(nextMembers(kept, [person("you"), person("anna", { away: true })], "you"), kept);
  assert.deepEqual(nextMembers(kept, [person("you")], "you"), ["you"]);
  const away = [person("you"), person("anna", { away: true }), person("carla")];
  assert.deepEqual(nextMembers(kept, away, "you"), ["you", "carla"]);
});
