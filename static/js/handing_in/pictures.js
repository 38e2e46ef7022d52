// Photos and papers as pixels: shrunk photos, small pictures for the list, and the pages of a file
// for redaction. What this browser cannot open is sent as it is: the server can.

import { fitted, renamed } from "./checking.js";

/** Pixels of the longest side; A4 at about 205 dpi, enough to read the small print. */
export const LONGEST = 2400;

const QUALITY = 0.85;
const THUMBNAIL = 192;
const A4_LONGEST_INCH = 11.69;

// Left as they are: a TIFF may have many pages, a PDF is no picture.
const SHRUNK = /^image\/(jpeg|png|heic|heif|webp)$/;

/** @returns {Promise<Blob>} a JPEG without any facts about place and device */
export function jpegOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("no picture"))),
      "image/jpeg",
      QUALITY,
    );
  });
}

/** Draw a picture on white, at most `longest` pixels, upright as its EXIF says. */
export function drawn(source, longest) {
  const { width, height } = fitted(
    source.videoWidth ?? source.width,
    source.videoHeight ?? source.height,
    longest,
  );
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d", { alpha: false });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, 0, 0, width, height);
  return canvas;
}

async function bitmapOf(blob) {
  return createImageBitmap(blob, { imageOrientation: "from-image" });
}

/**
 * Make a photo small enough for a slow network; anything else is returned as it is.
 * @param {File} file
 * @returns {Promise<{blob: Blob, name: string}>}
 */
export async function shrunk(file, type) {
  const same = { blob: file, name: file.name };
  if (!SHRUNK.test(type)) {
    return same;
  }
  try {
    const bitmap = await bitmapOf(file);
    const isSmall = Math.max(bitmap.width, bitmap.height) <= LONGEST;
    const blob = await jpegOf(drawn(bitmap, LONGEST));
    bitmap.close();
    // A small drawing as PNG is often smaller than its JPEG.
    return isSmall && blob.size >= file.size ? same : { blob, name: renamed(file.name, ".jpg") };
  } catch {
    return same;
  }
}

/** Return a small JPEG for the list, or null for what cannot be shown here. */
export async function thumbnailOf(blob) {
  try {
    const bitmap = await bitmapOf(blob);
    const small = await jpegOf(drawn(bitmap, THUMBNAIL));
    bitmap.close();
    return small;
  } catch {
    return null;
  }
}

/**
 * Open a file page by page as pixels.
 * @param {Blob} blob
 * @param {{script: string, worker: string, decoders: string}} reader addresses of pdf.js
 * @returns {Promise<{count: number, isPdf: boolean, draw: (number: number) => Promise<{canvas: HTMLCanvasElement, dpi: number}>, close: () => void}>}
 */
export async function openPages(blob, reader) {
  const begin = new Uint8Array(await blob.slice(0, 1024).arrayBuffer());
  if (String.fromCharCode(...begin).includes("%PDF-")) {
    return openPdf(blob, reader);
  }
  const bitmap = await bitmapOf(blob);
  return {
    count: 1,
    isPdf: false,
    draw: async () => {
      const canvas = drawn(bitmap, LONGEST);
      return { canvas, dpi: Math.max(canvas.width, canvas.height) / A4_LONGEST_INCH };
    },
    close: () => bitmap.close(),
  };
}

async function openPdf(blob, reader) {
  const pdfjs = await import(reader.script);
  pdfjs.GlobalWorkerOptions.workerSrc = reader.worker;
  const task = pdfjs.getDocument({
    data: await blob.arrayBuffer(),
    isEvalSupported: false,
    enableXfa: false,
    useWasm: false,
    wasmUrl: reader.decoders,
    useSystemFonts: true,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  const pdf = await task.promise;
  return {
    count: pdf.numPages,
    isPdf: true,
    draw: async (number) => {
      const page = await pdf.getPage(number);
      const whole = page.getViewport({ scale: 1 });
      const scale = LONGEST / Math.max(whole.width, whole.height);
      const viewport = page.getViewport({ scale });
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(viewport.width);
      canvas.height = Math.round(viewport.height);
      const canvasContext = canvas.getContext("2d", { alpha: false });
      await page.render({ canvas: null, canvasContext, viewport, background: "#fff" }).promise;
      page.cleanup();
      return { canvas, dpi: 72 * scale };
    },
    close: () => task.destroy(),
  };
}
