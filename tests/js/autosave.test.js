import assert from "node:assert/strict";
import { test } from "node:test";

import { Changes, isSame } from "../../static/js/autosave/changes.js";
import { Journal } from "../../static/js/autosave/journal.js";
import { bodyOf, outcomeOf } from "../../static/js/autosave/sending.js";

const page = () =>
  new Changes({ city: "aa", kinds: "" }, { city: [["city", "Lindenau"]], kinds: [] });
const typed = (value) => [["city", value]];

/** What the browser keeps, without the sealing. */
class Drawer {
  all = new Map();

  async put(name, data) {
    this.all.set(name, structuredClone(data));
  }

  async remove(name) {
    this.all.delete(name);
  }

  async list(prefix) {
    return [...this.all]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, data]) => ({ name, data }));
  }
}

test("fields say the same only in the same order", () => {
  assert.equal(isSame([["day", "1"], ["day", "2"]], [["day", "1"], ["day", "2"]]), true);
  assert.equal(isSame([["day", "1"], ["day", "2"]], [["day", "2"], ["day", "1"]]), false);
  assert.equal(isSame([["day", "1"]], []), false);
});

test("only what has changed is sent, with the mark that it stands on", () => {
  const changes = page();
  assert.equal(changes.type("city", typed("Lindenau")), false);
  assert.equal(changes.type("city", typed("Lindenau-West")), true);
  const body = bodyOf("token", changes.due());
  assert.equal(body.get("only"), "city");
  assert.deepEqual(JSON.parse(body.get("seen")), { city: "aa" });
  assert.equal(body.get("city"), "Lindenau-West");
  assert.equal(body.has("kinds"), false);
});

test("an emptied question is meant although none of its fields is sent", () => {
  const changes = page();
  changes.type("kinds", [["kinds", "job"]]);
  changes.type("kinds", []);
  assert.equal(bodyOf("token", changes.due()).get("only"), "kinds");
});

test("what is saved is closed, what was typed meanwhile stays open on the new mark", () => {
  const changes = page();
  changes.type("city", typed("A"));
  const sent = changes.due();
  changes.type("city", typed("AB"));
  changes.hear(sent, { fields: { city: { state: "saved", mark: "bb" } } });
  assert.equal(changes.stateOf("city"), "open");
  assert.equal(changes.due().city.seen, "bb");
  changes.hear(changes.due(), { fields: { city: { state: "same", mark: "cc" } } });
  assert.equal(changes.stateOf("city"), "saved");
  assert.equal(changes.isEmpty, true);
  assert.equal(changes.seen.city, "cc");
});

test("a mistake and a conflict are kept, not sent again, and keep the mark", () => {
  for (const state of ["error", "conflict"]) {
    const changes = page();
    changes.type("city", typed("?"));
    changes.hear(changes.due(), { fields: { city: { state, mark: "zz", words: "So nicht." } } });
    assert.equal(changes.stateOf("city"), state);
    assert.equal(changes.wordsOf("city"), "So nicht.");
    assert.deepEqual(changes.due(), {});
    assert.equal(changes.isEmpty, false);
    assert.equal(changes.seen.city, "aa");
    changes.type("city", typed("Besser"));
    assert.equal(changes.stateOf("city"), "open");
  }
});

test("an answer that says nothing about a question acknowledges nothing", () => {
  const changes = page();
  changes.type("city", typed("A"));
  changes.hear(changes.due(), { fields: {} });
  assert.equal(changes.isEmpty, false);
});

test("what an earlier visit has left comes back, unless it has arrived or is decided", () => {
  const kept = { city: { pairs: typed("West"), seen: "00" } };
  const changes = page();
  assert.deepEqual(changes.restore(kept), ["city"]);
  assert.equal(changes.due().city.seen, "00");
  assert.equal(changes.seen.city, "00");
  assert.deepEqual(page().restore({ city: { pairs: typed("Lindenau"), seen: "00" } }), []);
  assert.deepEqual(page().restore(kept, { isDecided: () => true }), []);
});

test("answers of the server", () => {
  const cases = [
    [{ status: 200 }, "heard"],
    [{ status: 0, type: "opaqueredirect" }, "signed_out"],
    [{ status: 401 }, "signed_out"],
    [{ status: 400 }, "signed_out"],
    [{ status: 404 }, "gone"],
    [{ status: 409 }, "sent"],
    [{ status: 503 }, "failed"],
    [{ status: 429 }, "failed"],
  ];
  for (const [answer, outcome] of cases) {
    assert.equal(outcomeOf(answer), outcome, JSON.stringify(answer));
  }
});

/** Leave typed answers behind as a killed tab does. */
async function left(drawer, place, value) {
  const changes = page();
  changes.type("city", typed(value));
  await new Journal("", "app", drawer).keep(place, `/${place}/merken`, changes);
}

test("what a killed tab has left is sent once and forgotten when it is acknowledged", async () => {
  const drawer = new Drawer();
  await left(drawer, "where/-/-", "West");
  assert.ok([...drawer.all.keys()].every((name) => !name.includes("where")));
  const posts = [];
  const post = async (address, csrf, changes) => {
    posts.push([address, csrf, changes.city.pairs]);
    return { outcome: "heard", said: { fields: { city: { state: "saved", mark: "b" } } } };
  };
  const journal = new Journal("", "app", drawer);
  const result = await journal.replay("token", null, post);
  assert.deepEqual(result, { outcome: "heard", saved: 1, refused: [] });
  assert.deepEqual(posts, [["/where/-/-/merken", "token", typed("West")]]);
  assert.equal(drawer.all.size, 0);
  assert.equal((await journal.replay("token", null, post)).outcome, "nothing");
});

test("without network or sign-in everything is kept, after sending nothing is", async () => {
  for (const [outcome, remain] of [["offline", 2], ["signed_out", 2], ["failed", 2], ["sent", 0]]) {
    const drawer = new Drawer();
    await left(drawer, "one/-/-", "A");
    await left(drawer, "two/-/-", "B");
    let posts = 0;
    const post = async () => {
      posts += 1;
      return { outcome, said: {} };
    };
    assert.equal((await new Journal("", "app", drawer).replay("", null, post)).outcome, outcome);
    assert.equal(posts, 1, "one refusal is enough");
    assert.equal(drawer.all.size, remain, outcome);
  }
});

test("a conflict is kept for its page, with the words, and not asked about again", async () => {
  const drawer = new Drawer();
  await left(drawer, "one/-/-", "A");
  let posts = 0;
  const post = async () => {
    posts += 1;
    return { outcome: "heard", said: { fields: { city: { state: "conflict", words: "Anders." } } } };
  };
  const journal = new Journal("", "app", drawer);
  assert.deepEqual((await journal.replay("", null, post)).refused, ["Anders."]);
  assert.deepEqual((await journal.replay("", null, post)).refused, ["Anders."]);
  assert.equal(posts, 1);
  assert.equal(drawer.all.size, 1);
  let kept;
  await journal.take("one/-/-", (fields) => {
    kept = fields;
  });
  assert.equal(kept.city.told, "conflict");
  assert.equal(drawer.all.size, 0);
});
