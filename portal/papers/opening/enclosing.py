"""Taking out the files that a PDF encloses, so that the virus scanner sees each by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from portal.papers.order import Order

MOST_FILES = 50


def enclosed(folder: Path, order: Order) -> dict[str, Any]:
    """Write `enclosed-1`, `enclosed-2`, …; tell how many, and whether those are all."""
    count = 0
    with pikepdf.open(folder / "in-1") as pdf:
        for content in contents_of(pdf):
            if count == MOST_FILES:
                return {"files": count, "all": False}
            count += 1
            (folder / f"enclosed-{count}").write_bytes(content)
    return {"files": count, "all": True}


def contents_of(pdf: pikepdf.Pdf) -> Iterator[bytes]:
    """Return the bytes of each enclosed file: of the paper, of a note on a page, of any relation.

    Every stream that calls itself a file or that a file specification names counts, whether a
    reader would list it or not (ISO 32000-2, 7.11.4).
    """
    seen = set()
    for thing in pdf.objects:
        for stream in streams_of(thing):
            if stream.objgen not in seen:
                seen.add(stream.objgen)
                content = bytes_of(stream)
                if content:
                    yield content


def streams_of(thing: Any) -> list[Any]:
    """Return the streams that an object says are files."""
    found: list[Any] = []
    if isinstance(thing, pikepdf.Stream):
        if thing.get("/Type") == "/EmbeddedFile":
            found.append(thing)
    elif isinstance(thing, pikepdf.Dictionary):
        files = thing.get("/EF")
        if isinstance(files, pikepdf.Dictionary):
            found.extend(files[key] for key in files.keys())  # noqa: SIM118 (no mapping)
    return [one for one in found if isinstance(one, pikepdf.Stream)]


def bytes_of(stream: Any) -> bytes:
    """Return what a stream unpacks to, or what stands there when it cannot be unpacked."""
    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError:
        return bytes(stream.read_raw_bytes())
