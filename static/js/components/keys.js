// Work a list by keyboard: j and k move, o opens, e takes the next step, / filters, ? shows the help.
// Rows carry `data-row`; `data-open` (else the first link or button) of a row opens it; `data-key="e"`
// is the next step, of the row or of the page. Who dictates can switch it off (WCAG 2.1.4).

const OFF = "tasten-aus";
const help = document.querySelector("#tasten");

let rows = [];
let here = -1;

function opener(row) {
  return row?.querySelector("[data-open]") ?? row?.querySelector("a, button");
}

function move(step) {
  rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) {
    return;
  }
  rows[here]?.removeAttribute("data-here");
  here = Math.min(rows.length - 1, Math.max(0, here + step));
  rows[here].setAttribute("data-here", "");
  opener(rows[here])?.focus({ preventScroll: true });
  rows[here].scrollIntoView({ block: "nearest" });
}

function step() {
  (rows[here] ?? document).querySelector("[data-key='e']")?.click();
}

const DEEDS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => opener(rows[here])?.click(),
  e: step,
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
    const typing = event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
    if (typing || off.checked || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const deed = DEEDS[event.key];
    if (deed) {
      event.preventDefault();
      deed();
    }
  });
}
