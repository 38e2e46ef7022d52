"""Cutting a scan into the papers that it holds, with the process that opens foreign files."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.vault import service as vault
from portal.intake import marks
from portal.intake.models import Scan
from portal.papers import sandbox
from portal.papers.limits import PDF, Fault


@dataclass(frozen=True)
class Section:
    """Pages that lie behind one cover sheet, or before the first."""

    sheet_id: UUID | None
    pages: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """Some pages of a scan as a PDF of their own; it goes into a case like any other file."""

    filename: str
    stream: IO[bytes]
    content_length: int
    pages: tuple[int, ...]
    mimetype: str = PDF.content_type


class Unreadable(Exception):
    """The scan cannot be opened; `fault` says why, as `papers.limits` names it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class OpenScan:
    """A scan that lies opened in a folder of its own."""

    def __init__(self, folder: Path, scan: Scan) -> None:
        self._folder, self._scan = folder, scan
        seen = self._run("look", [""])
        if "fault" in seen:
            raise Unreadable(Fault(seen["fault"]))
        [found] = seen["files"]
        self.content_type: str = found["content_type"]
        self.page_count: int = found["pages"]

    def sections(self) -> list[Section]:
        """Cut at the cover sheets: each begins a section and is no page of it."""
        sheets: dict[int, UUID] = {}
        for page, text in self._run("marks", [self.content_type])["marks"]:
            if sheet_id := marks.read(text):
                sheets.setdefault(page, sheet_id)
        return sections_of(sheets, page_count=self.page_count)

    def part(self, pages: Sequence[int]) -> Part:
        """Make a PDF of these pages, as they were scanned."""
        self._make(pages, straighten=False)
        name = f"Scan-{self._scan.number}-Seite-{pages[0]}.pdf"
        content = (self._folder / "served").read_bytes()
        return Part(name, io.BytesIO(content), len(content), tuple(pages))

    def pictures(self, pages: Sequence[int]) -> Iterator[tuple[int, Path, Path, dict[str, Any]]]:
        """Make the pictures of these pages: number, picture, small picture, size."""
        made = self._make(pages, straighten=False)["pages"]
        for place, (number, size) in enumerate(zip(pages, made, strict=True), 1):
            picture, small = (self._folder / f"{name}-{place}.jpg" for name in PICTURES)
            yield number, picture, small, size

    def _make(self, pages: Sequence[int], *, straighten: bool) -> dict[str, Any]:
        for path in self._folder.iterdir():
            if path.name != "in-1":
                path.unlink()
        return self._run(
            "make",
            [self.content_type],
            pages=[(1, page, 0) for page in pages],
            straighten=straighten,
        )

    def _run(self, deed: str, types: Sequence[str], **more: Any) -> dict[str, Any]:
        try:
            return sandbox.run(deed, self._folder, types, **more)
        except sandbox.Died as error:
            raise Unreadable(Fault.UNREADABLE) from error


PICTURES = ("page", "thumbnail")


@contextmanager
def opened(session: Session, scan: Scan) -> Iterator[OpenScan]:
    """Lay the scan into a folder and open it there; raise `Unreadable`."""
    if scan.file_id is None:
        raise Unreadable(Fault.UNREADABLE)
    with tempfile.TemporaryDirectory(prefix="scan-") as name:
        folder = Path(name)
        with (folder / "in-1").open("xb") as file:
            file.writelines(vault.stream(session, scan.file_id))
        yield OpenScan(folder, scan)


def sections_of(sheets: dict[int, UUID], *, page_count: int) -> list[Section]:
    """Return the sections between the cover sheets on the pages `sheets`, none of them empty."""
    found: list[Section] = []
    sheet_id: UUID | None = None
    pages: list[int] = []
    for page in range(1, page_count + 1):
        if page in sheets:
            found.append(Section(sheet_id, tuple(pages)))
            sheet_id, pages = sheets[page], []
        else:
            pages.append(page)
    found.append(Section(sheet_id, tuple(pages)))
    return [section for section in found if section.pages]
