"""Measuring what a PDF unpacks to before anything unpacks it: a bomb is small outside only."""

import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from portal.papers.limits import MAX_PIXELS

MAX_STREAM_BYTES = 256 * 1024**2
MAX_TOGETHER_BYTES = 1024**3
_STEP = 1024**2
_FLATE = frozenset({"/FlateDecode", "/Fl"})


class Bomb(Exception):
    """A stream unpacks to more than a page can need."""


class TooManyPixels(Bomb):
    """A picture in the paper has more pixels than a picture may have."""


def measure(pdf: pikepdf.Pdf) -> None:
    """Raise `Bomb` when pictures or streams of a PDF are larger inside than any paper is."""
    together = 0
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if thing.get("/Subtype") == "/Image" and pixels_of(thing) > MAX_PIXELS:
            raise TooManyPixels
        for count in unpacked(thing):
            together += count
            if together > MAX_TOGETHER_BYTES:
                raise Bomb


def pixels_of(picture: pikepdf.Stream) -> int:
    """Return width times height as a picture in a PDF declares them."""
    try:
        return int(picture.get("/Width", 0)) * int(picture.get("/Height", 0))
    except (TypeError, ValueError):
        return 0


def unpacked(stream: pikepdf.Stream) -> Iterator[int]:
    """Unpack a Flate stream piece by piece, through all its layers, and yield how much came."""
    layers = 0
    for name in filters_of(stream):
        if name not in _FLATE:
            break
        layers += 1
    if not layers:
        return
    pieces: Iterator[bytes] = iter([stream.read_raw_bytes()])
    for _ in range(layers):
        pieces = inflated(pieces)
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > MAX_STREAM_BYTES:
            raise Bomb
        yield len(piece)


def filters_of(stream: pikepdf.Stream) -> list[str]:
    """Return the names of the filters of a stream, outermost first."""
    found: Any = stream.get("/Filter")
    if isinstance(found, pikepdf.Array):
        return [str(name) for name in found]
    return [] if found is None else [str(found)]


def inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate piece by piece, a megabyte at most in hand; a broken rest is the parsers' matter."""
    inflating = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not inflating.eof:
            try:
                out = inflating.decompress(rest, _STEP)
            except zlib.error:
                return
            yield out
            rest = inflating.unconsumed_tail
