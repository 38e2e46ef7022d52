import assert from "node:assert/strict";
import { test } from "node:test";

import { Ladder } from "../../static/js/consultation/quality/ladder.js";
import { megabytes, Spending } from "../../static/js/consultation/quality/spending.js";

const GOOD = { available: 2_000_000, lost: 0 };
const WEAK = { available: 100_000, lost: 0.02 };
const DEAD = { available: 30_000, lost: 0.15 };

/** Measure every two seconds. */
function run(ladder, clock, measured, seconds) {
  const names = [];
  for (let step = 0; step < seconds / 2; step += 1) {
    clock.now += 2_000;
    names.push(ladder.measure(measured, clock.now).name);
  }
  return names;
}

test("a good path keeps the best picture, also while it is still being measured", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  assert.deepEqual(new Set(run(ladder, clock, { available: 50_000, lost: 0 }, 8)), new Set(["high"]));
  assert.deepEqual(new Set(run(ladder, clock, GOOD, 60)), new Set(["high"]));
});

test("a dead path leads down to sound only, one rung at a time", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  run(ladder, clock, GOOD, 10);
  const names = run(ladder, clock, DEAD, 30);
  assert.deepEqual([...new Set(names)], ["high", "medium", "low", "none"]);
  assert.equal(names.at(-1), "none");
});

test("a weak path holds a small picture", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  run(ladder, clock, GOOD, 10);
  assert.equal(run(ladder, clock, WEAK, 14).at(-1), "low");
});

test("a second of trouble changes nothing", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  run(ladder, clock, GOOD, 10);
  run(ladder, clock, DEAD, 2);
  assert.equal(run(ladder, clock, GOOD, 2).at(-1), "high");
});

test("when the path is good again the picture comes back by itself", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  run(ladder, clock, DEAD, 40);
  assert.equal(ladder.rung.name, "none");
  const names = run(ladder, clock, GOOD, 60);
  assert.deepEqual([...new Set(names)], ["none", "low", "medium", "high"]);
});

test("a rung that fails again is tried later and later", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  run(ladder, clock, DEAD, 40);
  const tries = [];
  for (let round = 0; round < 3; round += 1) {
    const began = clock.now;
    while (ladder.rung.name === "none") ladder.measure({ available: 40_000, lost: 0 }, (clock.now += 2_000));
    tries.push(clock.now - began);
    while (ladder.rung.name !== "none") ladder.measure(DEAD, (clock.now += 2_000));
  }
  assert.ok(tries[0] < tries[1] && tries[1] < tries[2], String(tries));
});

test("who saves data sends a small picture at most, and a large one again afterwards", () => {
  const clock = { now: 0 };
  const ladder = new Ladder(0);
  ladder.save(true);
  assert.equal(run(ladder, clock, GOOD, 30).at(-1), "low");
  ladder.save(false);
  assert.equal(ladder.rung.name, "high");
});

test("while the server hears sound getting lost no picture is sent", () => {
  const ladder = new Ladder(0);
  ladder.force(true);
  assert.equal(ladder.measure(GOOD, 20_000).name, "none");
  ladder.force(false);
  assert.equal(ladder.rung.name, "high");
});

test("data used goes on over a reload, and the pace of half an hour is told", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const first = new Spending("one", storage);
  assert.deepEqual(first.add(0, 0), { spent: 0, expected: null });
  assert.deepEqual(first.add(1_000_000, 10_000), { spent: 1_000_000, expected: 180_000_000 });
  const again = new Spending("one", storage);
  assert.equal(again.add(500_000, 0).spent, 1_500_000);
  assert.equal(new Spending("two", storage).add(7, 0).spent, 7);
});

test("megabytes are exact when they are few", () => {
  assert.deepEqual([1_234_567, 64_400_000].map(megabytes), ["1,2", "64"]);
});
