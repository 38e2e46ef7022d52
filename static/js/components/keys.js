// Work a list by keyboard: j and k move, o opens, / jumps to the filter, ? shows the help.
// Rows carry `data-row`; the first link of a row is what opens.

let rows = [];
let here = -1;

function move(step) {
  rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) {
    return;
  }
  rows[here]?.removeAttribute("data-here");
  here = Math.min(rows.length - 1, Math.max(0, here + step));
  rows[here].setAttribute("data-here", "");
  rows[here].querySelector("a")?.focus({ preventScroll: true });
  rows[here].scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => rows[here]?.querySelector("a")?.click(),
  e: () => document.querySelector("[data-key='e']")?.click(),
  "/": () => document.querySelector("[role='search'] input, [role='search'] select")?.focus(),
};

export default function (element) {
  const help = document.querySelector("#tasten");
  element.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) {
      help?.showModal();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) {
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
