import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";

import { canTell } from "../../static/js/components/push_switch.js";

const source = await readFile(new URL("../../static/js/push_worker.js", import.meta.url), "utf8");

/** A service worker that writes down what it is asked to show and open. */
function worker(pages = []) {
  const heard = {};
  const done = { shown: [], opened: [], focused: 0, posted: [] };
  const self = {
    addEventListener: (name, listener) => (heard[name] = listener),
    registration: {
      showNotification: async (text, options) => done.shown.push([text, options]),
    },
    clients: {
      matchAll: async () => pages.map((url) => ({
          url,
          focus: async () => (done.focused += 1),
          postMessage: (word) => done.posted.push(word),
        })),
      openWindow: async (path) => done.opened.push(path),
    },
  };
  vm.runInNewContext(source, { self });
  const fire = async (name, event) => {
    const waits = [];
    heard[name]({ ...event, waitUntil: (promise) => waits.push(promise) });
    await Promise.all(waits);
  };
  return { fire, done, heard };
}

test("an alarm stays until somebody looks, and lets every open page look at once", async () => {
  const pages = ["https://portal.example/amt", "https://portal.example/amt/posteingang"];
  const { fire, done } = worker(pages);
  const word = { text: "Bitte öffnen Sie sofort das Portal", tag: "alarm", path: "/amt/hilferuf/1" };
  for (let time = 0; time < 2; time += 1) await fire("push", { data: { json: () => word } });
  const [, options] = done.shown[1];
  assert.deepEqual(
    [options.tag, options.renotify, options.requireInteraction, options.data.path],
    ["alarm", true, true, "/amt/hilferuf/1"],
  );
  assert.deepEqual(done.posted, ["look", "look", "look", "look"]);
});

test("a word that only rings wakes no page", async () => {
  const { fire, done } = worker(["https://portal.example/amt"]);
  await fire("push", { data: { json: () => ({ text: "Es wartet jemand.", tag: "waiting" }) } });
  assert.equal(done.shown[0][1].requireInteraction, false);
  assert.deepEqual(done.posted, []);
});

test("a word is shown as it came, in its language", async () => {
  const { fire, done } = worker();
  await fire("push", { data: { json: () => ({ text: "There is news.", language: "en" }) } });
  assert.equal(done.shown[0][0], "There is news.");
  assert.equal(done.shown[0][1].lang, "en");
  assert.equal(done.shown[0][1].tag, "news");
});

test("a word that cannot be read says what is always true", async () => {
  for (const data of [
    null,
    {
      json: () => {
        throw new SyntaxError("no JSON");
      },
    },
    { json: () => ({ text: 7 }) },
  ]) {
    const { fire, done } = worker();
    await fire("push", { data });
    assert.equal(done.shown[0][0], "Es gibt etwas Neues.");
  }
});

test("a click leads to the page that is open, or opens the start page", async () => {
  const closed = { notification: { close: () => {} } };
  const none = worker();
  await none.fire("notificationclick", closed);
  assert.deepEqual(none.done.opened, ["/"]);
  const one = worker(["page"]);
  await one.fire("notificationclick", closed);
  assert.deepEqual(one.done.opened, []);
  assert.equal(one.done.focused, 1);
});

test("that somebody waits rings each time and opens the page of the talks", async () => {
  const word = { text: "Im Warteraum wartet eine Person.", tag: "waiting", path: "/amt/beratung" };
  const { fire, done } = worker(["https://portal.example/amt/eingang"]);
  await fire("push", { data: { json: () => word } });
  const { tag, renotify, data } = done.shown[0][1];
  assert.deepEqual([tag, renotify, data.path], ["waiting", true, "/amt/beratung"]);
  const click = { notification: { close: () => {}, data } };
  await fire("notificationclick", click);
  assert.deepEqual(done.opened, ["/amt/beratung"]);
  const there = worker(["https://portal.example/amt/eingang", "https://portal.example/amt/beratung?x#y"]);
  await there.fire("notificationclick", click);
  assert.deepEqual([there.done.opened, there.done.focused], [[], 1]);
});

test("no word opens a page of somebody else", async () => {
  for (const path of ["https://evil.example/", "//evil.example/", "/\\evil.example", 7, null]) {
    const { fire, done } = worker();
    await fire("push", { data: { json: () => ({ text: "x", path }) } });
    assert.equal(done.shown[0][1].data.path, "");
  }
});

test("the worker keeps no page and answers no request", () => {
  const { heard } = worker();
  assert.deepEqual(Object.keys(heard).sort(), ["notificationclick", "push"]);
  assert.doesNotMatch(source, /caches|indexedDB|fetch\(/);
});

test("the switch stays hidden where the browser cannot tell", () => {
  assert.equal(canTell({ navigator: {} }), false);
  const all = { navigator: { serviceWorker: {} }, PushManager: {}, Notification: {} };
  assert.equal(canTell(all), true);
});
