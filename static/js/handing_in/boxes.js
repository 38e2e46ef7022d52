// Black boxes on a page, in parts of its width and height (0 to 1), so that they fit at each size.

const LEAST = 0.005;
const STEP = 0.01;

const clamped = (value, least, most) => Math.min(most, Math.max(least, value));

/** Return the box between two points, or null when it is too small to be meant. */
export function boxBetween(one, other) {
  const [x1, x2] = [one.x, other.x].map((value) => clamped(value, 0, 1)).sort((a, b) => a - b);
  const [y1, y2] = [one.y, other.y].map((value) => clamped(value, 0, 1)).sort((a, b) => a - b);
  const box = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
  return box.width < LEAST || box.height < LEAST ? null : box;
}

/** Return a box moved by an arrow key, or made larger or smaller with Shift; inside the page. */
export function nudged(box, key, isSizing) {
  const across = { ArrowLeft: -STEP, ArrowRight: STEP }[key] ?? 0;
  const down = { ArrowUp: -STEP, ArrowDown: STEP }[key] ?? 0;
  if (isSizing) {
    return {
      ...box,
      width: clamped(box.width + across, STEP, 1 - box.x),
      height: clamped(box.height + down, STEP, 1 - box.y),
    };
  }
  return {
    ...box,
    x: clamped(box.x + across, 0, 1 - box.width),
    y: clamped(box.y + down, 0, 1 - box.height),
  };
}

/** Return the box in whole pixels; it grows outwards, never inwards. */
export function pixelsOf(box, width, height) {
  const left = Math.floor(box.x * width);
  const top = Math.floor(box.y * height);
  return {
    left,
    top,
    width: Math.ceil((box.x + box.width) * width) - left,
    height: Math.ceil((box.y + box.height) * height) - top,
  };
}
