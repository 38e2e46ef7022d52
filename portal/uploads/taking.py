"""Taking files in: counted, looked at by another process, named in plain German when refused."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from flask_babel import LazyString, format_decimal, lazy_gettext

from portal.core.errors import CutOff, InvalidInput, TooLarge
from portal.papers import filenames, sandbox
from portal.papers.limits import (
    ALLOWED,
    BY_EXTENSION,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_PAGES,
    MAX_PIXELS,
    MAX_TOGETHER_BYTES,
    NOTHING_DECLARED,
    OFFICE_EXTENSIONS,
    Fault,
    FileKind,
    Flaw,
)

log = logging.getLogger(__name__)

CHUNK = 256 * 1024

HINT = lazy_gettext(
    "PDF, JPEG, PNG, HEIC oder TIFF. Höchstens %(files)s Dateien, je Datei %(size)s MB und "
    "%(pages)s Seiten, zusammen %(together)s MB.",
    files=MAX_FILES,
    size=MAX_FILE_BYTES // 1_000_000,
    pages=MAX_PAGES,
    together=MAX_TOGETHER_BYTES // 1_000_000,
)

SENTENCES: dict[Fault, LazyString] = {
    Fault.NOTHING_PICKED: lazy_gettext(
        "Wählen Sie mindestens eine Datei aus oder machen Sie ein Foto."
    ),
    Fault.EMPTY: lazy_gettext("„%(name)s“ ist leer. Wählen Sie die Datei noch einmal aus."),
    Fault.CUT_OFF: lazy_gettext(
        "„%(name)s“ ist unvollständig. Speichern oder fotografieren Sie das Dokument neu und "
        "wählen Sie es noch einmal aus."
    ),
    Fault.TOO_LARGE: lazy_gettext(
        "„%(name)s“ ist zu groß. Erlaubt sind %(size)s MB. Teilen Sie das Dokument oder "
        "fotografieren Sie die Seiten einzeln."
    ),
    Fault.TOO_LARGE_TOGETHER: lazy_gettext(
        "Die Dateien sind zusammen zu groß. Erlaubt sind %(together)s MB. Geben Sie sie in zwei "
        "Schritten ab."
    ),
    Fault.TOO_MANY_FILES: lazy_gettext(
        "Das sind zu viele Dateien. Erlaubt sind %(files)s auf einmal. Geben Sie den Rest "
        "danach ab."
    ),
    Fault.OFFICE_FORMAT: lazy_gettext(
        "„%(name)s“ ist eine Datei aus einem Büroprogramm. Speichern Sie das Dokument als PDF "
        "(im Programm: „Datei“, dann „Exportieren“ oder „Drucken als PDF“) und wählen Sie das "
        "PDF aus."
    ),
    Fault.UNKNOWN_KIND: lazy_gettext(
        "„%(name)s“ können wir nicht annehmen. Erlaubt sind %(kinds)s. Machen Sie ein Foto vom "
        "Dokument oder speichern Sie es als PDF."
    ),
    Fault.WRONG_NAME: lazy_gettext(
        "„%(name)s“ ist in Wirklichkeit eine %(kind)s-Datei. Ändern Sie die Endung in "
        "%(extension)s oder machen Sie ein neues Foto."
    ),
    Fault.MIXED_CONTENT: lazy_gettext(
        "„%(name)s“ enthält mehr als ein Dokument und ist deshalb nicht sicher. Speichern Sie das "
        "Dokument neu als PDF oder fotografieren Sie es."
    ),
    Fault.ENCRYPTED: lazy_gettext(
        "„%(name)s“ ist mit einem Passwort geschützt. Öffnen Sie das Dokument, speichern Sie es "
        "ohne Passwort als PDF und wählen Sie es noch einmal aus."
    ),
    Fault.TOO_MANY_PAGES: lazy_gettext(
        "„%(name)s“ hat zu viele Seiten. Erlaubt sind %(pages)s. Teilen Sie das Dokument."
    ),
    Fault.TOO_MANY_PIXELS: lazy_gettext(
        "Das Bild „%(name)s“ ist zu groß. Erlaubt sind %(pixels)s Millionen Bildpunkte. "
        "Fotografieren Sie mit einer kleineren Auflösung."
    ),
    Fault.UNREADABLE: lazy_gettext(
        "„%(name)s“ lässt sich nicht öffnen. Speichern Sie das Dokument neu als PDF oder "
        "fotografieren Sie es."
    ),
    Fault.NOT_ONLY_PICTURES: lazy_gettext(
        "Zu einem Dokument verbinden lassen sich nur Fotos. Geben Sie „%(name)s“ einzeln ab."
    ),
}

FLAWS: dict[Flaw, LazyString] = {
    Flaw.BLURRED: lazy_gettext(
        "Das Foto ist unscharf. Bitte fotografieren Sie noch einmal: bei gutem Licht, mit ruhiger "
        "Hand."
    ),
    Flaw.CUT_OFF_CORNER: lazy_gettext(
        "Auf dem Foto fehlt eine Ecke. Bitte fotografieren Sie noch einmal so, dass man das ganze "
        "Blatt sieht."
    ),
    Flaw.TOO_DARK: lazy_gettext(
        "Das Foto ist zu dunkel. Bitte fotografieren Sie noch einmal bei Tageslicht oder unter "
        "einer Lampe."
    ),
    Flaw.VERY_SMALL: lazy_gettext(
        "Das Foto ist sehr klein, die Schrift ist schwer zu lesen. Bitte fotografieren Sie das "
        "Blatt aus der Nähe."
    ),
}


class Upload(Protocol):
    """A file as a form hands it over (Werkzeug's FileStorage is one)."""

    @property
    def filename(self) -> str | None:
        """Return the name on the other side's device."""

    @property
    def mimetype(self) -> str:
        """Return the type that the other side declared, in lower case, without parameters."""

    @property
    def content_length(self) -> int:
        """Return the number of bytes declared for this part, 0 when not declared."""

    @property
    def stream(self) -> IO[bytes]:
        """Return the bytes."""


@dataclass(frozen=True)
class Taken:
    """A file that was looked at and can be kept."""

    path: Path
    filename: str
    kind: FileKind
    pages: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as they arrived."""
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def refusal(fault: Fault, name: str = "", *, field: str = "files", **facts: Any) -> InvalidInput:
    """Make the error whose sentence says what is wrong and what to do."""
    words = {
        "name": name,
        "size": MAX_FILE_BYTES // 1_000_000,
        "together": MAX_TOGETHER_BYTES // 1_000_000,
        "files": MAX_FILES,
        "pages": MAX_PAGES,
        "pixels": format_decimal(MAX_PIXELS // 1_000_000),
        "kinds": ", ".join(kind.word for kind in ALLOWED),
        **facts,
    }
    sentence = str(SENTENCES[fault]) % words
    error = {Fault.TOO_LARGE: TooLarge, Fault.TOO_LARGE_TOGETHER: TooLarge, Fault.CUT_OFF: CutOff}
    return error.get(fault, InvalidInput)(sentence, field=field)


@contextmanager
def looked_at(uploads: Sequence[Upload]) -> Iterator[list[Taken]]:
    """Copy the uploads into a folder of their own, have them looked at, hand them over.

    Raise `InvalidInput` for the first that cannot be taken. The folder is gone after the block.
    """
    if not uploads:
        raise refusal(Fault.NOTHING_PICKED)
    if len(uploads) > MAX_FILES:
        raise refusal(Fault.TOO_MANY_FILES)
    with tempfile.TemporaryDirectory(prefix="handed-in-") as name:
        folder = Path(name)
        together = 0
        for number, upload in enumerate(uploads, 1):
            _check_name(upload)
            together += _copy(upload, folder / f"in-{number}")
            if together > MAX_TOGETHER_BYTES:
                raise refusal(Fault.TOO_LARGE_TOGETHER)
        yield _look(uploads, folder)


def _shown(upload: Upload) -> str:
    """Return the name as a sentence may hold it: no signs that would garble the screen."""
    return filenames.tidy(upload.filename)[: filenames.LONGEST] or str(lazy_gettext("Foto"))


def _extension(upload: Upload) -> str:
    return filenames.split(filenames.tidy(upload.filename))[1].lower()


def _named(upload: Upload) -> FileKind | None:
    return BY_EXTENSION.get(_extension(upload))


def _is_picture_by_name(upload: Upload) -> bool:
    """Tell whether the name or the declared type says that this is a photo."""
    kind = _named(upload)
    return kind.is_picture if kind else upload.mimetype.startswith("image/")


def _check_name(upload: Upload) -> None:
    """Refuse by name what can only be refused: it spares the person the wait."""
    extension = _extension(upload)
    if extension in OFFICE_EXTENSIONS:
        raise refusal(Fault.OFFICE_FORMAT, _shown(upload))
    if extension and extension not in BY_EXTENSION:
        raise refusal(Fault.UNKNOWN_KIND, _shown(upload))


def _copy(upload: Upload, path: Path) -> int:
    size = 0
    with path.open("xb") as file:
        while chunk := upload.stream.read(CHUNK):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise refusal(Fault.TOO_LARGE, _shown(upload))
            file.write(chunk)
    upload.stream.seek(0)
    if size == 0:
        raise refusal(Fault.EMPTY, _shown(upload))
    if upload.content_length and upload.content_length != size:
        raise refusal(Fault.CUT_OFF, _shown(upload))
    return size


def grouped(files: Sequence[Upload], *, together: bool) -> list[list[Upload]]:
    """Put the photos together if wanted, in their order; each other file is its own document."""
    photos = [file for file in files if _is_picture_by_name(file)]
    if not together or len(photos) < 2:
        return [[file] for file in files]
    return [photos, *([file] for file in files if file not in photos)]


def check_groups(papers: Sequence[Sequence[Taken]]) -> None:
    """Refuse to make one document of anything but photos."""
    for files in papers:
        for file in files:
            if len(files) > 1 and not file.kind.is_picture:
                raise refusal(Fault.NOT_ONLY_PICTURES, file.filename)


def _look(uploads: Sequence[Upload], folder: Path) -> list[Taken]:
    try:
        seen = sandbox.run("look", folder, [upload.mimetype for upload in uploads])
    except sandbox.Died as error:
        log.warning("A file could not be looked at: %s", error)
        raise refusal(Fault.UNREADABLE, _shown(uploads[0])) from error
    if "fault" in seen:
        raise refusal(Fault(seen["fault"]), _shown(uploads[seen["number"] - 1]))
    by_type = {kind.content_type: kind for kind in ALLOWED}
    taken = []
    for number, (upload, file) in enumerate(zip(uploads, seen["files"], strict=True), 1):
        kind = by_type[file["content_type"]]
        _check_agreement(upload, kind)
        taken.append(
            Taken(
                path=folder / f"in-{number}",
                filename=filenames.clean(upload.filename, kind),
                kind=kind,
                pages=file["pages"],
            )
        )
    return taken


def _check_agreement(upload: Upload, kind: FileKind) -> None:
    """Compare what the file is with its extension and with the type that was declared."""
    declared = {kind.content_type, *kind.also_declared} | NOTHING_DECLARED
    if _named(upload) not in {kind, None} or upload.mimetype not in declared:
        raise refusal(
            Fault.WRONG_NAME, _shown(upload), kind=kind.word, extension=kind.extensions[0]
        )
