import assert from "node:assert/strict";
import { test } from "node:test";

import { titleWith } from "../../static/js/consultation/bell.js";

test("the title counts who waits and forgets them again", () => {
  assert.equal(titleWith("Beratungen heute", 2), "(2) Beratungen heute");
  assert.equal(titleWith("(2) Beratungen heute", 3), "(3) Beratungen heute");
  assert.equal(titleWith("(3) Beratungen heute", 0), "Beratungen heute");
});
