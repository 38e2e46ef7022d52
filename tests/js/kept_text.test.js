// What is put back into a form that was opened again: only what the server has not filled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { putBack, typedIn } from "../../static/js/components/kept_text.js";

function form(values) {
  const fields = Object.entries(values).map(([name, value]) => ({
    name,
    value,
    defaultValue: "",
    matches: (selector) => selector.includes("textarea") && name !== "key",
  }));
  return {
    elements: {
      [Symbol.iterator]: () => fields.values(),
      namedItem: (name) => fields.find((field) => field.name === name) ?? null,
    },
  };
}

test("texts are kept by name, keys are not", () => {
  assert.deepEqual(typedIn(form({ subject: "Miete", text: "Hallo", key: "k" })), {
    subject: "Miete",
    text: "Hallo",
  });
});

test("an empty field gets back what was typed", () => {
  const opened = form({ subject: "", text: "" });
  assert.equal(putBack(opened, { subject: "Miete", text: "Hallo" }), true);
  assert.equal(opened.elements.namedItem("text").value, "Hallo");
});

test("what the server has filled stays, and what the form does not ask is dropped", () => {
  const opened = form({ text: "vom Server" });
  assert.equal(putBack(opened, { text: "alt", gone: "weg" }), false);
  assert.equal(opened.elements.namedItem("text").value, "vom Server");
});
