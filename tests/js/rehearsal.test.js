import assert from "node:assert/strict";
import { test } from "node:test";

import { browserFamily } from "../../static/js/consultation/devices.js";
import { rungOf } from "../../static/js/consultation/rehearsal.js";

const line = (change) => rungOf({ connected: true, rtt: 30, loss: 0, rate: 2000, ...change });

test("a good line carries pictures, a weak one sound, a dead one nothing", () => {
  assert.equal(line({}), "video");
  assert.equal(line({ rate: 299 }), "audio");
  assert.equal(line({ rate: 39 }), "nothing");
  assert.equal(line({ loss: 9 }), "audio");
  assert.equal(line({ loss: 31 }), "nothing");
  assert.equal(line({ rtt: 900 }), "audio");
  assert.equal(line({ connected: false }), "nothing");
});

test("what a browser cannot measure speaks neither for nor against", () => {
  assert.equal(line({ rtt: null, loss: null, rate: null }), "video");
});

test("the way to a permission is told in the words of the browser", () => {
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/604";
  const chrome = "Mozilla/5.0 (X11; Linux) AppleWebKit/537 Chrome/140.0 Safari/537";
  assert.equal(browserFamily(safari), "safari");
  assert.equal(browserFamily(chrome), "chromium");
  assert.equal(browserFamily("Mozilla/5.0 (Android 15; rv:140.0) Gecko Firefox/140.0"), "firefox");
  assert.equal(browserFamily("Mozilla/5.0 (iPhone) AppleWebKit/605 FxiOS/140 Safari/604"), "firefox");
});
