"""What is read from photos against flat scans, how fast pages show, how surely sheets are known.

The photos are made by code (`tests/factories/photos.py`): letters askew, shaded, blurred and noisy.
They are no photos by real hands; a real corpus would have to be collected with consent.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter

from portal.papers import sandbox
from tests.bench.figures import Figure, percentile
from tests.factories import photos

JPEG = "image/jpeg"
LETTERS, SHEETS, OPENINGS = 8, 60, 6
RECALL_BAR, FIRST_PAGE_BAR_S, QR_BAR = 0.8, 3.0, 99.0


def main() -> Iterator[Figure]:
    """Measure recall, times and the rate of sheets that are recognised."""
    yield from _words()
    yield from _first_page()
    yield from _sheets()


def _words() -> Iterator[Figure]:
    flat, raw, made, seconds = [], [], [], []
    for seed in range(LETTERS):
        letter, text = photos.letter(seed)
        photo = photos.as_jpeg(photos.photographed(letter, seed, photos.conditions(seed)))
        flat.append(_recall(text, _read(photos.as_jpeg(letter))[0]))
        raw.append(_recall(text, _read(_made(photo, straighten=False))[0]))
        words, took = _read(_made(photo))
        made.append(_recall(text, words))
        seconds.append(took)
    scan, photo_share = sum(flat) / LETTERS, sum(made) / LETTERS
    yield Figure("words read: flat scan", 100 * scan, "%")
    yield Figure("words read: photo as it was taken", 100 * sum(raw) / LETTERS, "%")
    yield Figure("words read: photo laid flat", 100 * photo_share, "%")
    yield Figure(
        "photo laid flat against flat scan", photo_share / scan, "", bar=RECALL_BAR, at_least=True
    )
    yield Figure("worst photo against flat scan", min(made) / scan, "")
    yield Figure("reading a page, median", percentile(seconds, 0.5), "s")


def _first_page() -> Iterator[Figure]:
    letter, _ = photos.letter(1)
    photo = photos.as_jpeg(photos.photographed(letter, 1, photos.conditions(1)))
    looked, made = [], []
    for _ in range(OPENINGS):
        looked.append(_timed("look", photo)[1])
        made.append(_timed("make", photo)[1])
    yield Figure("looking at a photo of 12 megapixels", percentile(looked, 0.5), "s")
    both = [first + second for first, second in zip(looked, made, strict=True)]
    yield Figure(
        "looking and making its page image", percentile(both, 0.5), "s", bar=FIRST_PAGE_BAR_S
    )


def _sheets() -> Iterator[Figure]:
    right = wrong = 0
    for seed in range(SHEETS):
        code = f"LINDENAU-1:{seed:04d}-92QM-X4TD-0B5C-1A2B3C4D5E6F"
        found = _timed("marks", photos.as_jpeg(_degraded(code, seed), quality=40))[0]["marks"]
        right += found == [[1, code]]
        wrong += any(text != code for _, text in found)
    yield Figure(
        f"cover sheets recognised of {SHEETS}", 100 * right / SHEETS, "%", QR_BAR, at_least=True
    )
    yield Figure("cover sheets read wrongly", wrong, "", bar=0)


def _degraded(code: str, seed: int) -> Image.Image:
    """Spoil a cover sheet: a photo by hand, or a poor scan, turn by turn."""
    sheet = photos.cover_sheet(code)
    if seed % 2:
        return photos.photographed(sheet, seed, photos.conditions(seed))
    scan = sheet.rotate(seed % 23 - 11, expand=True, fillcolor="white").convert("L")
    pale = scan.point(lambda light: 130 + light * 0.3)
    small = pale.resize((pale.width // 2, pale.height // 2))
    return small.filter(ImageFilter.GaussianBlur(seed % 3 * 0.7)).convert("RGB")


def _made(photo: bytes, *, straighten: bool = True) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in-1").write_bytes(photo)
        sandbox.run("make", folder, [JPEG], straighten=straighten)
        return (folder / "served").read_bytes()


def _read(served: bytes) -> tuple[str, float]:
    answer, took = _timed("read", served)
    return answer["texts"][0], took


def _timed(deed: str, content: bytes) -> tuple[dict[str, Any], float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in-1").write_bytes(content)
        begun = time.perf_counter()
        answer = sandbox.run(deed, folder, [JPEG])
        return answer, time.perf_counter() - begun


def _recall(meant: str, read: str) -> float:
    """Return the share of the words that were read as they stand there."""
    words, seen = (Counter(re.findall(r"\w+", text)) for text in (meant, read))
    return (words & seen).total() / words.total()
