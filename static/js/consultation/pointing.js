/**
 * Pointing: a dot that everybody sees on a page that is shown to all. Neither stored nor announced: it
 * goes with the voice of the person who points.
 *
 * Any element inside the call can take part, with DOM events only:
 *   dispatch  `call-point` {x, y, page}  (bubbling; x and y between 0 and 1) to point for the others
 *   listen    `call-pointed` {from, name, x, y, page} on the root of the call
 * `attachPointing` does both for a picture of a page.
 */

const SHOWN_FOR = 4_000;
const NOT_OFTENER_THAN = 60;
const STEP = 0.02;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
});

/**
 * @param {HTMLElement} layer lies over the picture, positioned, focusable
 * @param {object} options
 * @param {() => number} options.page which page is shown
 * @returns {() => void} lets go of the layer
 */
export function attachPointing(layer, { page }) {
  const root = /** @type {HTMLElement} */ (layer.closest("[data-call]"));
  const aborter = new AbortController();
  const options = { signal: aborter.signal };
  /** @type {Map<string, {dot: HTMLElement, timer: ReturnType<typeof setTimeout> | undefined}>} */
  const dots = new Map();
  let own = { x: 0.5, y: 0.5 };
  let last = 0;

  /**
   * @param {number} x
   * @param {number} y
   */
  const point = (x, y) => {
    own = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
    show("", "", own);
    if (Date.now() - last < NOT_OFTENER_THAN) return;
    last = Date.now();
    const detail = { ...own, page: page() };
    layer.dispatchEvent(new CustomEvent("call-point", { detail, bubbles: true }));
  };

  /**
   * @param {string} from
   * @param {string} name
   * @param {{x: number, y: number}} place
   */
  const show = (from, name, { x, y }) => {
    const { dot, timer } = dots.get(from) ?? { dot: makeDot(layer, from), timer: undefined };
    clearTimeout(timer);
    dot.dataset.name = name;
    dot.style.setProperty("inset-inline-start", "auto");
    dot.style.left = `${x * 100}%`; // a place on a picture, the same in every writing direction
    dot.style.top = `${y * 100}%`;
    dot.hidden = false;
    dots.set(from, { dot, timer: setTimeout(() => (dot.hidden = true), SHOWN_FOR) });
  };

  layer.addEventListener(
    "pointermove",
    (event) => {
      if (event.pointerType === "touch" && event.buttons === 0) return;
      const box = layer.getBoundingClientRect();
      point((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    },
    options,
  );
  layer.addEventListener(
    "keydown",
    (event) => {
      const step = ARROWS[event.key];
      if (!step) return;
      event.preventDefault();
      point(own.x + step[0], own.y + step[1]);
    },
    options,
  );
  root.addEventListener(
    "call-pointed",
    (event) => {
      const { from, name, x, y, page: shown } = /** @type {CustomEvent} */ (event).detail;
      if (shown === page()) show(from, name, { x, y });
    },
    options,
  );
  return () => {
    aborter.abort();
    for (const { dot, timer } of dots.values()) {
      clearTimeout(timer);
      dot.remove();
    }
  };
}

/**
 * @param {HTMLElement} layer
 * @param {string} from
 */
function makeDot(layer, from) {
  const dot = document.createElement("span");
  dot.className = from ? "call-dot" : "call-dot call-dot--own";
  dot.ariaHidden = "true";
  layer.append(dot);
  return dot;
}
