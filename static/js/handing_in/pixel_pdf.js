// Writes a PDF that holds nothing but one JPEG a page: no text, no layers, no earlier revisions, no
// facts about who made it (ISO 32000-1, 7.5 file structure, 8.9.5 image dictionaries, DCTDecode).

const POINTS = 72;

const ascii = (text) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

/**
 * @param {{jpeg: Uint8Array, width: number, height: number, dpi: number}[]} pages sizes in pixels
 * @returns {Uint8Array}
 */
export function pixelPdf(pages) {
  const parts = [];
  const offsets = [];
  let length = 0;

  function write(bytes) {
    parts.push(bytes);
    length += bytes.length;
  }

  function object(number, text, stream) {
    offsets[number] = length;
    write(ascii(`${number} 0 obj\n${text}\n`));
    if (stream) {
      write(ascii("stream\n"));
      write(stream);
      write(ascii("\nendstream\n"));
    }
    write(ascii("endobj\n"));
  }

  write(ascii("%PDF-1.4\n%"));
  write(Uint8Array.of(0xe2, 0xe3, 0xcf, 0xd3, 0x0a));
  const kids = pages.map((_, index) => `${3 + 3 * index} 0 R`).join(" ");
  object(1, "<< /Type /Catalog /Pages 2 0 R >>");
  object(2, `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  pages.forEach(({ jpeg, width, height, dpi }, index) => {
    const number = 3 + 3 * index;
    const [across, down] = [width, height].map((side) => ((side * POINTS) / dpi).toFixed(2));
    const drawing = ascii(`q ${across} 0 0 ${down} 0 0 cm /I Do Q`);
    object(
      number,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${across} ${down}] ` +
        `/Resources << /XObject << /I ${number + 1} 0 R >> >> /Contents ${number + 2} 0 R >>`,
    );
    object(
      number + 1,
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} ` +
        "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode " +
        `/Length ${jpeg.length} >>`,
      jpeg,
    );
    object(number + 2, `<< /Length ${drawing.length} >>`, drawing);
  });
  const table = length;
  const rows = offsets.slice(1).map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  write(ascii(`xref\n0 ${offsets.length}\n0000000000 65535 f \n${rows.join("")}`));
  write(ascii(`trailer\n<< /Size ${offsets.length} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`));

  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
