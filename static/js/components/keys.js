// Work a list by keyboard: j and k move, o opens, e takes the next step, / filters, ? shows the help.
// Rows carry `data-row`; `data-open` (else the first link or button) of a row opens it; `data-key="e"`
// is the next step, of the row or of the page. Any other `data-key` goes to its field, or presses its
// button, link or box; with `data-key-goes` it only goes there: what sends a notice is not done by one
// key. Escape leaves a field. Who dictates can switch it off (WCAG 2.1.4).

const OFF = "tasten-aus";
const help = document.querySelector("#tasten");

let here = -1;

function opener(row) {
  return row?.querySelector("[data-open]") ?? row?.querySelector("a, button");
}

// Asked anew each time: a list may have moved meanwhile.
function marked() {
  return document.querySelector("[data-row][data-here]");
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) {
    return;
  }
  const row = marked();
  here = row ? rows.indexOf(row) : here;
  row?.removeAttribute("data-here");
  here = Math.min(rows.length - 1, Math.max(0, here + step));
  rows[here].setAttribute("data-here", "");
  opener(rows[here])?.focus({ preventScroll: true });
  rows[here].scrollIntoView({ block: "nearest" });
}

const FIELD = "select, textarea, input:not([type='checkbox'], [type='radio'], [type='hidden'])";

function press(key) {
  const wanted = `[data-key='${CSS.escape(key)}']`;
  const row = marked();
  const found = [...document.querySelectorAll(wanted)];
  const element = row?.querySelector(wanted) ?? found.find((one) => !row || !one.closest("[data-row]"));
  if (!element) {
    return false;
  }
  if (element.matches(FIELD) || element.matches("[data-key-goes]")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
  if (element.matches("summary") && element.parentElement.open) {
    const inside = element.parentElement;
    (inside.querySelector("input:checked") ?? inside.querySelector(FIELD))?.focus();
  }
  return true;
}

// Nobody types letters into a box. Among circles only pages are marked by their numbers: who chooses
// an answer there must not do the next step of the page by mistake.
function isTyping({ key, target }) {
  const field = target.closest("select, textarea, input, [contenteditable], dialog[open]");
  const isFree = target.matches("[type='checkbox']") || (target.matches("[type='radio']") && /\d/.test(key));
  return field !== null && !isFree;
}

const DEEDS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => opener(marked())?.click(),
  "/": () => document.querySelector("[role='search'] :is(input:not([type='hidden']), select)")?.focus(),
  "?": () => help.showModal(),
};

export default function (button) {
  const off = help.querySelector("[data-keys-off]");
  off.checked = localStorage.getItem(OFF) === "ja";
  off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "ja" : ""));
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("dialog")) {
      event.target.blur();
    }
    if (isTyping(event) || off.checked || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const deed = DEEDS[event.key] ?? (event.key.length === 1 && (() => press(event.key)));
    if (deed && deed() !== false) {
      event.preventDefault();
    }
  });
}
