// What can be said about a picked file before a byte is sent. The limits come from the server
// (`portal/papers/limits.py`): one table for the hint, this check and the check that counts.

function extensionOf(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

/** Tell whether a file is a photo by its type or its name. */
export function isPicture({ name, type }, limits) {
  const kind = limits.extensions[extensionOf(name)];
  return kind ? kind !== "application/pdf" : type.startsWith("image/");
}

/** Return the type that a file has by its name; phones leave it empty for HEIC. */
export function typeOf({ name, type }, limits) {
  return limits.extensions[extensionOf(name)] ?? type;
}

/**
 * Name what forbids taking this file beside those already here, or return null.
 * @param {{name: string, type: string, size: number}} file after shrinking
 * @param {{size: number}[]} others
 * @returns {string | null} a word of `Fault`
 */
export function faultOf(file, others, limits) {
  const extension = extensionOf(file.name);
  if (limits.office.includes(extension)) {
    return "office_format";
  }
  const isKnown = extension ? extension in limits.extensions : file.type.startsWith("image/");
  if (!isKnown) {
    return "unknown_kind";
  }
  if (file.size === 0) {
    return "empty";
  }
  if (file.size > limits.bytes) {
    return "too_large";
  }
  if (others.length >= limits.files) {
    return "too_many_files";
  }
  const together = others.reduce((sum, other) => sum + other.size, file.size);
  return together > limits.together ? "too_large_together" : null;
}

/** Fill the places of a sentence: `fill("{n} von {m}", {n: 1, m: 3})`. */
export function fill(sentence, facts) {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

/** Return the name of a photo taken now: it sorts, and says nothing. */
export function photoName(now, number) {
  const two = (value) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `Foto-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}-${number}.jpg`;
}

/** Return the name of what was made of a file: another ending, maybe a mark before it. */
export function renamed(name, extension, mark = "") {
  const dot = name.lastIndexOf(".");
  return `${dot > 0 ? name.slice(0, dot) : name}${mark}${extension}`;
}

/** Return how large a picture is drawn: never enlarged, the longest side at most `longest`. */
export function fitted(width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
