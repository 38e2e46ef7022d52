// Keeps an open list as it is in the office: asks every moment whether anything has moved, and brings
// the rows up to date, and what stands beside the list. What has the focus, an open box or a tick stays
// as it is, and nothing jumps. A hidden page does not ask, and 204 says that nothing has moved.
//
// Where `data-seen` names an address, it is told up to which row somebody has seen the list: once there
// is a sign of life from them, not when the row came to a page that nobody looks at.

const EVERY = 1_200;
const AFTER_FAILURE = 5_000;
const FAILURES_TOLD = 3;
const TOLD_FOR = 8_000;
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "focus"];

export default function (list) {
  const told = document.querySelector("[data-live-told]");
  const beside = (list.dataset.beside ?? "").split(" ").filter(Boolean);
  let failures = 0;
  let timer = 0;
  let isAsking = false;

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  wait(EVERY);

  function wait(time) {
    clearTimeout(timer);
    timer = setTimeout(look, time);
  }

  async function look() {
    if (document.hidden || isAsking) return;
    isAsking = true;
    try {
      const address = new URL(list.dataset.from, location.href);
      address.searchParams.set("seit", list.dataset.stamp);
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      if (failures >= FAILURES_TOLD) tell("");
      failures = 0;
      if (answer.status !== 204) {
        const found = await answer.json();
        show(found);
        list.dataset.stamp = found.stamp;
      }
    } catch {
      failures += 1;
      if (failures === FAILURES_TOLD) tell(list.dataset.lost, Infinity);
    }
    isAsking = false;
    wait(failures ? AFTER_FAILURE : EVERY);
  }

  function tell(words, time = TOLD_FOR) {
    told.textContent = words;
    if (words && time < Infinity) {
      setTimeout(() => {
        if (told.textContent === words) told.textContent = "";
      }, time);
    }
  }

  function show(found) {
    const anchor = standing();
    const before = anchor?.getBoundingClientRect().top;
    renewBeside(parsed(found.beside));
    const moved = bringUpToDate(list, parsed(found.list));
    // The row may have been put anew: it is known by the item that it shows.
    const still = anchor?.isConnected ? anchor : anchor && rowOf(anchor.dataset.id);
    const after = still ? still.getBoundingClientRect().top : before;
    if (after !== before) scrollBy({ top: after - before, behavior: "instant" });
    if (moved.added && list.dataset.seen) whenThere(noteSeen);
    const words = [
      [list.dataset.new, moved.added],
      [list.dataset.changed, moved.changed],
      [list.dataset.gone, moved.gone],
    ];
    const all = words.filter(([word, count]) => word && count).map(([word, count]) => `${word} ${count}`);
    if (all.length) tell(all.join(", "));
  }

  /** Put anew what stands beside the list, but for what somebody is at work in. */
  function renewBeside(fresh) {
    for (const name of beside) {
      const [old, other] = [document.getElementById(name), fresh.getElementById(name)];
      if (old && other && !isInUse(old)) {
        old.replaceChildren(...other.childNodes);
      }
    }
  }

  function rowOf(id) {
    return list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  /** Do it at the next sign of life from whoever sits in front of the page. */
  function whenThere(deed) {
    const once = () => {
      for (const sign of SIGNS_OF_LIFE) removeEventListener(sign, once, true);
      deed();
    };
    for (const sign of SIGNS_OF_LIFE) addEventListener(sign, once, { capture: true, passive: true });
  }

  /** Say up to which row the list was seen; who is offline says it at the next opening. */
  function noteSeen() {
    const last = [...list.querySelectorAll("[data-row]")].at(-1);
    const body = new URLSearchParams({ csrf_token: list.dataset.csrf, bis: last?.dataset.id ?? "" });
    fetch(list.dataset.seen, { method: "POST", body, redirect: "error", keepalive: true }).catch(() => {});
  }

  /** What must not move under the eyes: what is being written below, the row at work, the first in sight. */
  function standing() {
    const active = document.activeElement;
    if (active?.matches("input, textarea, select, button") && isBehind(active) && isInSight(active)) {
      return active;
    }
    const rows = [...list.querySelectorAll("[data-row]")];
    return (
      rows.find((row) => row.contains(document.activeElement)) ??
      rows.find((row) => row.hasAttribute("data-here")) ??
      rows.find((row) => row.getBoundingClientRect().bottom > 0)
    );
  }

  function isBehind(element) {
    return Boolean(list.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) && !list.contains(element);
  }
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Somebody is at work in this row: it stays until they leave it. */
function isInUse(row) {
  return row.contains(document.activeElement) || row.querySelector("details[open]") !== null;
}

/** Take a row away that is not on the list any more, or say so while somebody is at work in it. */
function leave(row) {
  if (isInUse(row)) {
    row.dataset.gone = "";
  } else {
    row.remove();
  }
}

function bringUpToDate(list, fresh) {
  const body = list.querySelector("tbody, [data-rows]");
  const wanted = fresh.querySelector("tbody, [data-rows]");
  const moved = { added: 0, changed: 0, gone: 0 };
  if (!body || !wanted) {
    moved.added = fresh.querySelectorAll("[data-row]").length;
    moved.gone = list.querySelectorAll("[data-row]").length;
    const rows = [...list.querySelectorAll("[data-row]")];
    if (!rows.some(isInUse)) {
      list.replaceChildren(fresh);
    }
    for (const row of rows) {
      leave(row);
    }
    return moved;
  }
  const known = new Map([...body.children].map((row) => [row.dataset.id, row]));
  let place = body.firstElementChild;
  for (const row of [...wanted.children]) {
    const old = known.get(row.dataset.id);
    known.delete(row.dataset.id);
    let shown = old ?? row;
    if (!old) moved.added += 1;
    if (old && old.dataset.stamp !== row.dataset.stamp) {
      moved.changed += 1;
      shown = renewed(old, row);
      if (place === old) place = shown;
    }
    if (shown === place) {
      place = place.nextElementSibling;
    } else if (!isInUse(shown)) {
      body.insertBefore(shown, place); // a row that is moved would lose the focus
    }
  }
  for (const row of known.values()) {
    moved.gone += 1;
    leave(row);
  }
  const pages = list.querySelector(".pagination");
  const freshPages = fresh.querySelector(".pagination");
  if (!pages?.contains(document.activeElement)) {
    pages?.remove();
    if (freshPages) list.append(freshPages);
  }
  return moved;
}

/** Put the fresh row in the place of the old one; the focus, the tick and the mark go with it. */
function renewed(old, row) {
  if (old.querySelector("details[open]")) {
    return old; // something is being chosen in it; the next change shows it
  }
  const controls = (one) => [...one.querySelectorAll("a, button, input, select, summary")];
  const focused = controls(old).indexOf(document.activeElement);
  const key = document.activeElement?.dataset?.key;
  for (const box of old.querySelectorAll("input[type='checkbox']")) {
    const same = row.querySelector(`input[value="${CSS.escape(box.value)}"]`);
    if (same) same.checked = box.checked;
  }
  row.toggleAttribute("data-here", old.hasAttribute("data-here"));
  old.replaceWith(row);
  if (focused >= 0) {
    const same = key && row.querySelector(`[data-key='${CSS.escape(key)}']`);
    (same ?? row.querySelector("[data-open]") ?? controls(row)[0])?.focus({ preventScroll: true });
  }
  return row;
}
