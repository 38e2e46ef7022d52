"""Copy what the pages need from `node_modules` to `static/vendor/`: `python -m portal.dev.vendor`.

Nothing of it is committed. Three things are changed on the way, each for people with old or
right-to-left phones and little data:

- KERN is shipped without its utility classes (pages use components, STYLE.md section 2.5).
- Its OKLCH colours become hex values: an engine without `oklch()` would show no colours at all.
- Its physical sides (`margin-left`) become logical ones, so that Arabic and Farsi mirror the page.
- Fira Sans is cut into Latin, extended Latin and Cyrillic; a browser loads only what it shows.
"""

import hashlib
import json
import logging
import math
import re
import shutil
import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from portal.core import paths

MODULES = paths.ROOT / "node_modules"
TARGET = paths.STATIC / "vendor"

KERN = "@kern-ux/native"
SCRIPTS = {"htmx.org": "dist/htmx.min.js", "tus-js-client": "dist/tus.min.js"}
READER = "pdfjs-dist"
READER_FILES = (
    "legacy/build/pdf.min.mjs",
    "legacy/build/pdf.worker.min.mjs",
    "wasm/openjpeg_nowasm_fallback.js",
    "LICENSE",
    "wasm/LICENSE_OPENJPEG",
    "wasm/LICENSE_PDFJS_OPENJPEG",
)
"""Only what draws pages (for redaction on the device): no viewer, no scripting, no WebAssembly."""
WEIGHTS = {400: "FiraSans-Regular.woff2", 600: "FiraSans-SemiBold.woff2"}
RANGES = {
    "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, "
    "U+2116, U+2122, U+2190-2193, U+2212, U+1E9E",
    "latin-ext": "U+0100-0130, U+0132-0151, U+0154-024F, U+1E00-1E9D, U+1E9F-1EFF",
    "cyrillic": "U+0400-052F",
}

_UTILITIES = re.compile(r"/\*\*\s*\* @file _grid\.scss.*", re.DOTALL)
_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
_OKLCH = re.compile(r"oklch\(\s*([\d.]+)%\s+([\d.]+)\s+([\d.]+)\s*\)")
_LOGICAL = (
    (re.compile(r"(?<=[;{\s])(margin|padding|border)-left(?=[-:\s])"), r"\1-inline-start"),
    (re.compile(r"(?<=[;{\s])(margin|padding|border)-right(?=[-:\s])"), r"\1-inline-end"),
    (re.compile(r"(?<=[;{\s])border-top-left-radius"), "border-start-start-radius"),
    (re.compile(r"(?<=[;{\s])border-top-right-radius"), "border-start-end-radius"),
    (re.compile(r"(?<=[;{\s])left(?=\s*:)"), "inset-inline-start"),
    (re.compile(r"(?<=[;{\s])right(?=\s*:)"), "inset-inline-end"),
    (re.compile(r"text-align\s*:\s*left"), "text-align:start"),
    (re.compile(r"text-align\s*:\s*right"), "text-align:end"),
)


def _version(package: str) -> str:
    text = (MODULES / package / "package.json").read_text("utf-8")
    return str(json.loads(text)["version"])


def _hex(match: re.Match[str]) -> str:
    """Convert one OKLCH colour to sRGB (CSS Color 4, section 10), clipped to the gamut."""
    lightness, chroma, hue = (float(part) for part in match.groups())
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    light = lightness / 100
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    encoded = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        for part in (min(1.0, max(0.0, part)) for part in linear)
    )
    return "#" + "".join(f"{round(part * 255):02x}" for part in encoded)


def slim(css: str) -> str:
    """Return the style sheet of KERN without utilities, with hex colours and logical sides."""
    css = _COMMENTS.sub("", _UTILITIES.sub("", css)).replace('@charset "UTF-8";', "")
    css = _OKLCH.sub(_hex, css)
    for physical, logical in _LOGICAL:
        css = physical.sub(logical, css)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,])\s*", r"\1", css).replace(": ", ":").replace(";}", "}")
    return f"/* KERN UX {_version(KERN)}, EUPL-1.2, changed by portal/dev/vendor.py */\n{css}\n"


def _cut(source: Path, target: Path, unicodes: str, *, web: bool) -> None:
    options = subset.Options(
        flavor="woff2" if web else None,
        layout_features=["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum"],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        notdef_outline=True,
    )
    font = TTFont(source)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(unicodes.replace("U+", "")))
    cutter.subset(font)
    font.flavor = options.flavor
    font.save(target)


def _fonts(folder: Path) -> None:
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    source = MODULES / KERN / "dist/fonts/fira-sans"
    folder.mkdir()
    faces = []
    for weight, file in WEIGHTS.items():
        for name, unicodes in RANGES.items():
            cut = folder / f"fira-sans-{name}-{weight}.woff2"
            _cut(source / file, cut, unicodes, web=True)
            mark = hashlib.sha256(cut.read_bytes()).hexdigest()[:8]
            cut = cut.rename(cut.with_stem(f"{cut.stem}-{mark}"))
            faces.append(
                f'@font-face{{font-family:"Fira Sans";font-weight:{weight};font-style:normal;'
                f'font-display:swap;src:url({cut.name}) format("woff2");unicode-range:{unicodes}}}'
            )
        # WeasyPrint knows no unicode-range: one whole file a weight for the letters.
        _cut(source / file, folder / f"letter-{weight}.ttf", ",".join(RANGES.values()), web=False)
    (folder / "fonts.css").write_text("\n".join(faces) + "\n", "utf-8")
    names = TTFont(source / WEIGHTS[400])["name"]
    notice = "\n\n".join(str(names.getDebugName(id)) for id in (0, 13, 14))
    (folder / "LICENSE.txt").write_text(notice + "\n", "utf-8")


def _build(folder: Path) -> None:
    kern = folder / f"kern-{_version(KERN)}"
    kern.mkdir()
    package = MODULES / KERN
    (kern / "kern.css").write_text(slim((package / "dist/kern.css").read_text("utf-8")), "utf-8")
    shutil.copy(package / "LICENSE.md", kern)
    for name, script in SCRIPTS.items():
        copied = folder / f"{name}-{_version(name)}"
        copied.mkdir()
        shutil.copy(MODULES / name / script, copied)
        shutil.copy(MODULES / name / "LICENSE", copied)
    reader = folder / f"{READER}-{_version(READER)}"
    reader.mkdir()
    for file in READER_FILES:
        shutil.copy(MODULES / READER / file, reader)
    _fonts(folder / "fonts")


def main() -> int:
    """Fill `static/vendor/` unless it already fits these packages and this file."""
    if not (MODULES / KERN).is_dir():
        print("node_modules fehlt: erst `npm ci` ausführen.", file=sys.stderr)
        return 1
    made_from = [f"{name} {_version(name)}" for name in (KERN, *SCRIPTS, READER)]
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    stamp = "\n".join((*made_from, recipe, ""))
    kept = TARGET / "stamp.txt"
    if kept.is_file() and kept.read_text("utf-8") == stamp:
        print("static/vendor ist aktuell.")
        return 0
    fresh = TARGET.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _build(fresh)
    (fresh / "stamp.txt").write_text(stamp, "utf-8")
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)
    print("static/vendor gefüllt: " + ", ".join(made_from))
    return 0


if __name__ == "__main__":
    sys.exit(main())
