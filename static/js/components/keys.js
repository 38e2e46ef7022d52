// Work a list by keyboard: j and k move, o opens, e does the step, / jumps to the filter, ? shows help.
// Rows carry `data-row`; `[data-open]`, or else the first link of a row, is what opens it.
// Single keys can be switched off in the help, for people who speak to their computer (WCAG 2.1.4).

const SWITCH = "tasten";

let rows = [];
let here = -1;

function opener(row) {
  return row?.querySelector("[data-open]") ?? row?.querySelector("a");
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

function doStep() {
  const step = rows[here]?.querySelector("[data-key='e']") ?? document.querySelector("[data-key='e']");
  step?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => opener(rows[here])?.click(),
  e: doStep,
  "/": () => document.querySelector("[role='search'] input, [role='search'] select")?.focus(),
};

export default function (element) {
  const help = document.querySelector("#tasten");
  const off = help?.querySelector("[data-keys-off]");
  if (off) {
    off.checked = localStorage.getItem(SWITCH) === "aus";
    off.addEventListener("change", () => localStorage.setItem(SWITCH, off.checked ? "aus" : "an"));
  }
  for (const button of element.querySelectorAll("[data-keys-help]")) {
    button.hidden = !help;
    button.addEventListener("click", () => help?.showModal());
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
    const switchedOff = localStorage.getItem(SWITCH) === "aus";
    if (typing || switchedOff || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === "?") {
      help?.showModal();
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
}
