import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf, matched } from "../../static/js/handing_in/basket.js";
import { boxBetween, nudged, pixelsOf } from "../../static/js/handing_in/boxes.js";
import {
  faultOf,
  fill,
  fitted,
  isPicture,
  photoName,
  renamed,
  typeOf,
} from "../../static/js/handing_in/checking.js";
import { pixelPdf } from "../../static/js/handing_in/pixel_pdf.js";
import { outcomeOf, sentenceOf, sha256, waitBefore } from "../../static/js/handing_in/sending.js";
import { importKeys, seal, unseal } from "../../static/js/sealed_store.js";

const LIMITS = {
  files: 3,
  bytes: 1000,
  together: 1500,
  extensions: { ".pdf": "application/pdf", ".jpg": "image/jpeg", ".heic": "image/heic" },
  office: [".docx", ".xlsx"],
};
const file = (name, size = 10, type = "") => ({ name, size, type });

test("a file is refused before a byte is sent, for the reason that the server would name", () => {
  const cases = [
    [file("bescheid.pdf"), [], null],
    [file("IMG_1.HEIC"), [], null],
    [file("image", 10, "image/jpeg"), [], null],
    [file("lebenslauf.docx"), [], "office_format"],
    [file("programm.exe"), [], "unknown_kind"],
    [file("ohne-endung", 10, "text/plain"), [], "unknown_kind"],
    [file("leer.pdf", 0), [], "empty"],
    [file("riesig.pdf", 1001), [], "too_large"],
    [file("a.pdf"), [file("1"), file("2"), file("3")], "too_many_files"],
    [file("a.pdf", 800), [file("b.pdf", 800)], "too_large_together"],
  ];
  for (const [picked, others, fault] of cases) {
    assert.equal(faultOf(picked, others, LIMITS), fault, picked.name);
  }
});

test("a name tells the type where the phone does not", () => {
  assert.equal(typeOf(file("IMG_1.HEIC"), LIMITS), "image/heic");
  assert.equal(typeOf(file("image", 1, "image/png"), LIMITS), "image/png");
  assert.equal(isPicture(file("IMG_1.heic"), LIMITS), true);
  assert.equal(isPicture(file("brief.pdf", 1, "image/jpeg"), LIMITS), false);
});

test("pictures are never enlarged and keep their proportions", () => {
  assert.deepEqual(fitted(4000, 3000, 2400), { width: 2400, height: 1800 });
  assert.deepEqual(fitted(800, 600, 2400), { width: 800, height: 600 });
  assert.deepEqual(fitted(30000, 10, 2400), { width: 2400, height: 1 });
});

test("names and sentences", () => {
  assert.equal(photoName(new Date(2026, 10, 3, 9, 5, 7), 2), "Foto-2026-11-03-090507-2.jpg");
  assert.equal(renamed("IMG.1.heic", ".jpg"), "IMG.1.jpg");
  assert.equal(renamed("auszug.pdf", ".pdf", "-geschwärzt"), "auszug-geschwärzt.pdf");
  assert.equal(fill("{n} von {m} {was}", { n: 0, m: 3 }), "0 von 3 {was}");
});

test("only what trying again cannot heal is refused", () => {
  assert.equal(outcomeOf(0), "waiting");
  assert.equal(outcomeOf(0, false), "offline");
  assert.equal(outcomeOf(502), "waiting");
  assert.equal(outcomeOf(409), "waiting");
  assert.equal(outcomeOf(429), "waiting");
  assert.equal(outcomeOf(409, true, "POST"), "refused");
  assert.equal(outcomeOf(401), "signed_out");
  assert.equal(outcomeOf(400), "signed_out");
  assert.equal(outcomeOf(413), "refused");
  assert.deepEqual([1, 2, 3, 9].map(waitBefore), [1000, 2000, 4000, 15000]);
});

test("the sentence of a refusal is never a page of HTML", () => {
  assert.equal(sentenceOf('{"fault": "Zu groß."}'), "Zu groß.");
  assert.equal(sentenceOf("Zu groß."), "Zu groß.");
  assert.equal(sentenceOf("<!doctype html><h1>Fehler</h1>"), null);
  assert.equal(sentenceOf(""), null);
});

test("a digest is the one that everybody computes", async () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.equal(await sha256(new Blob([])), empty);
});

test("a PDF of pixels: every offset of its table points at its object", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  const page = { jpeg, width: 200, height: 100, dpi: 100 };
  const bytes = pixelPdf([page, page]);
  const text = Buffer.from(bytes).toString("latin1");
  const table = Number(text.match(/startxref\n(\d+)\n%%EOF\n$/)[1]);
  assert.ok(text.startsWith("xref", table));
  const offsets = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map((row) => Number(row[1]));
  assert.equal(offsets.length, 8);
  offsets.forEach((offset, index) => assert.ok(text.startsWith(`${index + 1} 0 obj`, offset)));
  assert.match(text, /MediaBox \[0 0 144\.00 72\.00\]/);
  assert.equal(text.match(/%%EOF/g).length, 1);
  assert.doesNotMatch(text, /\/Info|\/Metadata|\/Font|\/Prev/);
});

test("what is sealed opens with a key of the ring, at its own place, and nowhere else", async () => {
  const [fresh, old, foreign] = await importKeys(
    [1, 2, 3].map((n) => Buffer.alloc(32, n).toString("base64url")).join(" "),
  );
  const secret = new TextEncoder().encode("Kontoauszug");
  const sealed = await seal(old, "head a", secret);
  assert.ok(!Buffer.from(sealed).includes("Kontoauszug"));
  const opened = await unseal([fresh, old], "head a", sealed);
  assert.equal(new TextDecoder().decode(opened), "Kontoauszug");
  assert.equal(await unseal([fresh, old], "head b", sealed), null);
  assert.equal(await unseal([foreign], "head a", sealed), null);
  sealed[20] ^= 1;
  assert.equal(await unseal([old], "head a", sealed), null);
});

test("what a closed tab has left is matched with what the server knows", () => {
  const row = (id, state, more = {}) => ({ id, state, filename: `${id}.pdf`, size: 5, ...more });
  const rows = [row("a", "ready"), row("b", "receiving"), row("c", "receiving"), row("x", "ready")];
  const kept = [
    { name: "1", data: { id: "a", name: "a.pdf", size: 5 }, hasBlob: false },
    { name: "2", data: { id: "b", name: "b.pdf", size: 5 }, hasBlob: true },
    { name: "3", data: { name: "c.pdf", size: 5 }, hasBlob: true },
    { name: "4", data: { name: "new.pdf", size: 5 }, hasBlob: true },
    { name: "5", data: { id: "handed-in", name: "d.pdf", size: 5 }, hasBlob: false },
  ];
  assert.deepEqual(
    matched(kept, rows).map(({ kept: one, row: found, deed }) => [one.name, found?.id, deed]),
    [
      ["1", "a", "show"],
      ["2", "b", "send"],
      ["3", "c", "send"],
      ["4", undefined, "send"],
      ["5", undefined, "forget"],
    ],
  );
});

test("files are counted by what still has to happen", () => {
  const entries = ["ready", "ready", "sending", "sent", "refused", "lost"].map((state) => ({ state }));
  assert.deepEqual(countOf(entries), { all: 6, ready: 2, refused: 2, moving: 2 });
});

test("boxes stay on the page, and black covers every touched pixel", () => {
  assert.deepEqual(boxBetween({ x: 0.5, y: 0.5 }, { x: -1, y: 0.25 }), {
    x: 0,
    y: 0.25,
    width: 0.5,
    height: 0.25,
  });
  assert.equal(boxBetween({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.9 }), null);
  const box = { x: 0, y: 0, width: 0.5, height: 0.5 };
  assert.equal(nudged(box, "ArrowLeft", false).x, 0);
  assert.equal(nudged(box, "ArrowRight", false).x, 0.01);
  assert.equal(nudged(box, "ArrowDown", true).height, 0.51);
  assert.deepEqual(pixelsOf({ x: 0.101, y: 0.101, width: 0.1, height: 0.1 }, 100, 100), {
    left: 10,
    top: 10,
    width: 11,
    height: 11,
  });
});
