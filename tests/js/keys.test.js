// Single keys: which press something, which only go there, and when they keep still.

import assert from "node:assert/strict";
import { test } from "node:test";

function element(kind, { goes = false } = {}) {
  const told = [];
  return {
    told,
    matches: (selector) => (goes && selector === "[data-key-goes]") || (kind === "field" && selector.startsWith("select")),
    closest: () => null,
    click: () => told.push("click"),
    focus: () => told.push("focus"),
  };
}

const KEYS = {
  e: element("button", { goes: true }),
  l: element("button"),
  n: element("field"),
  D: element("button"),
};
const PAGE = { matches: () => false, closest: () => null, blur: () => {} };
const FIELD = { matches: () => false, closest: () => FIELD, blur: () => {} };
const BOX = { matches: (selector) => selector.includes("checkbox"), closest: () => BOX, blur: () => {} };

const off = { checked: false, addEventListener: (_name, deed) => (off.change = deed) };
let press;
const kept = new Map();
globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
globalThis.CSS = { escape: (key) => key };
globalThis.document = {
  querySelector: (selector) => (selector === "#tasten" ? { querySelector: () => off, showModal: () => {} } : null),
  querySelectorAll: (selector) => [KEYS[selector.match(/^\[data-key='(.)'\]$/)?.[1]]].filter(Boolean),
  addEventListener: (_name, deed) => (press = deed),
};
const { default: keys } = await import("../../static/js/components/keys.js");
keys({ addEventListener: () => {} });

function pressed(key, { target = PAGE, ...held } = {}) {
  KEYS[key].told.length = 0;
  press({ key, target, preventDefault: () => {}, ...held });
  return [...KEYS[key].told];
}

test("a key presses its button and goes to its field", () => {
  assert.deepEqual(pressed("l"), ["click"]);
  assert.deepEqual(pressed("n"), ["focus"]);
  assert.deepEqual(pressed("D"), ["click"]);
});

test("what cannot be taken back is gone to and not pressed", () => {
  assert.deepEqual(pressed("e"), ["focus"]);
});

test("no key does anything while somebody types, and a box is no field", () => {
  assert.deepEqual(pressed("l", { target: FIELD }), []);
  assert.deepEqual(pressed("l", { target: BOX }), ["click"]);
});

test("keys of the browser stay its own", () => {
  assert.deepEqual(pressed("l", { ctrlKey: true }), []);
  assert.deepEqual(pressed("l", { altKey: true }), []);
});

test("who has switched them off is left alone, on the next page too", () => {
  off.checked = true;
  off.change();
  assert.deepEqual(pressed("l"), []);
  assert.equal(kept.get("tasten-aus"), "ja");
});
