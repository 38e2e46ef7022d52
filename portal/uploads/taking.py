"""Taking files in: counted, looked at by another process, named in plain German when refused."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from flask_babel import LazyString, format_decimal, lazy_gettext

from portal.core.errors import CutOff, InvalidInput, TooLarge
from portal.core.storage import said_of_disks
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

N = TypeVar("N", bound="Named")

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
    Fault.WRONG_SUM: lazy_gettext(
        "„%(name)s“ ist auf dem Weg zu uns beschädigt worden. Entfernen Sie die Datei und senden "
        "Sie sie noch einmal."
    ),
    Fault.TOO_MUCH_WAITING: lazy_gettext(
        "Sie haben schon viele Dateien gesendet, aber noch nicht abgegeben. Geben Sie diese zuerst "
        "ab oder entfernen Sie sie."
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
"""A flaw of a photo → what the person reads. It stops nobody."""


class Named(Protocol):
    """What the other side says that a file is."""

    @property
    def filename(self) -> str | None:
        """Return the name on the other side's device."""

    @property
    def mimetype(self) -> str:
        """Return the type that the other side declared, in lower case, without parameters."""


class FormFile(Named, Protocol):
    """A file as a form hands it over (Werkzeug's FileStorage is one)."""

    @property
    def content_length(self) -> int:
        """Return the number of bytes declared for this part, 0 when not declared."""

    @property
    def stream(self) -> IO[bytes]:
        """Return the bytes."""


@dataclass(frozen=True)
class Seen:
    """What a file is that was looked at and can be taken."""

    filename: str
    kind: FileKind
    pages: int
    warnings: list[str]


class Refused(Exception):
    """A file cannot be taken; `number` says which, `kind` what it really is, where that matters."""

    def __init__(self, fault: Fault, number: int = 1, kind: FileKind | None = None) -> None:
        super().__init__(fault)
        self.fault, self.number, self.kind = fault, number, kind


@dataclass(frozen=True)
class Taken(Seen):
    """A file that was looked at and can be kept."""

    path: Path
    declared_type: str

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as they arrived."""
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def refusal(
    fault: Fault, name: str = "", *, kind: FileKind | None = None, field: str = "files"
) -> InvalidInput:
    """Make the error whose sentence says what is wrong and what to do."""
    error = {
        Fault.TOO_LARGE: TooLarge,
        Fault.TOO_LARGE_TOGETHER: TooLarge,
        Fault.TOO_MUCH_WAITING: TooLarge,
        Fault.CUT_OFF: CutOff,
    }
    return error.get(fault, InvalidInput)(sentence(fault, name, kind=kind), field=field)


def sentence(fault: Fault, name: str, *, kind: FileKind | None = None) -> str:
    """Say what is wrong with a file and what to do; `kind` is what it really is."""
    words: dict[str, Any] = {
        "name": name,
        "size": MAX_FILE_BYTES // 1_000_000,
        "together": MAX_TOGETHER_BYTES // 1_000_000,
        "files": MAX_FILES,
        "pages": MAX_PAGES,
        "pixels": format_decimal(MAX_PIXELS // 1_000_000),
        "kinds": ", ".join(kind.word for kind in ALLOWED),
    }
    if kind is not None:
        words |= {"kind": kind.word, "extension": kind.extensions[0]}
    return str(SENTENCES[fault]) % words


@contextmanager
def looked_at(files: Sequence[FormFile]) -> Iterator[list[Taken]]:
    """Copy the files of a form into a folder of their own, have them looked at, hand them over.

    Raise `InvalidInput` for the first that cannot be taken. The folder is gone after the block.
    """
    if not files:
        raise refusal(Fault.NOTHING_PICKED)
    if len(files) > MAX_FILES:
        raise refusal(Fault.TOO_MANY_FILES)
    with said_of_disks(), tempfile.TemporaryDirectory(prefix="handed-in-") as name:
        folder = Path(name)
        together = 0
        for number, file in enumerate(files, 1):
            check_name(file)
            together += _copy(file, folder / f"in-{number}")
            if together > MAX_TOGETHER_BYTES:
                raise refusal(Fault.TOO_LARGE_TOGETHER)
        try:
            seen = look(folder, files)
        except Refused as refused:
            file = files[refused.number - 1]
            raise refusal(refused.fault, shown_name(file), kind=refused.kind) from refused
        yield [
            Taken(
                filename=one.filename,
                kind=one.kind,
                pages=one.pages,
                warnings=one.warnings,
                path=folder / f"in-{number}",
                declared_type=file.mimetype,
            )
            for number, (file, one) in enumerate(zip(files, seen, strict=True), 1)
        ]


def shown_name(file: Named) -> str:
    """Return the name as a sentence may hold it: no signs that would garble the screen."""
    return filenames.tidy(file.filename)[: filenames.LONGEST] or str(lazy_gettext("Foto"))


def _extension(file: Named) -> str:
    return filenames.split(filenames.tidy(file.filename))[1].lower()


def _named(file: Named) -> FileKind | None:
    return BY_EXTENSION.get(_extension(file))


def is_picture_by_name(file: Named) -> bool:
    """Tell whether the name or the declared type says that this is a photo."""
    kind = _named(file)
    return kind.is_picture if kind else file.mimetype.startswith("image/")


def check_name(file: Named) -> None:
    """Refuse by name what can only be refused: it spares the person the wait."""
    extension = _extension(file)
    if extension in OFFICE_EXTENSIONS:
        raise refusal(Fault.OFFICE_FORMAT, shown_name(file))
    if extension and extension not in BY_EXTENSION:
        raise refusal(Fault.UNKNOWN_KIND, shown_name(file))


def _copy(file: FormFile, path: Path) -> int:
    size = 0
    with path.open("xb") as copy:
        while chunk := file.stream.read(CHUNK):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise refusal(Fault.TOO_LARGE, shown_name(file))
            copy.write(chunk)
    file.stream.seek(0)
    if size == 0:
        raise refusal(Fault.EMPTY, shown_name(file))
    if file.content_length and file.content_length != size:
        raise refusal(Fault.CUT_OFF, shown_name(file))
    return size


def grouped(files: Sequence[N], *, together: bool) -> list[list[N]]:
    """Put the photos together if wanted, in their order; each other file is its own document."""
    photos = [file for file in files if is_picture_by_name(file)]
    if not together or len(photos) < 2:
        return [[file] for file in files]
    return [photos, *([file] for file in files if file not in photos)]


def look(folder: Path, files: Sequence[Named]) -> list[Seen]:
    """Have the files `in-1`, `in-2`, … of `folder` looked at; raise `Refused` for the first bad."""
    try:
        answer = sandbox.run("look", folder, [file.mimetype for file in files])
    except sandbox.Died as error:
        log.warning("A file could not be looked at: %s", error)
        raise Refused(Fault.UNREADABLE) from error
    if "fault" in answer:
        raise Refused(Fault(answer["fault"]), answer["number"])
    by_type = {kind.content_type: kind for kind in ALLOWED}
    seen = []
    for number, (file, one) in enumerate(zip(files, answer["files"], strict=True), 1):
        kind = by_type[one["content_type"]]
        if not _agrees(file, kind):
            raise Refused(Fault.WRONG_NAME, number, kind)
        seen.append(
            Seen(
                filename=filenames.clean(file.filename, kind),
                kind=kind,
                pages=one["pages"],
                warnings=[str(word) for word in one.get("warnings", ())],
            )
        )
    return seen


def _agrees(file: Named, kind: FileKind) -> bool:
    """Compare what the file is with its extension and with the type that was declared."""
    declared = {kind.content_type, *kind.also_declared} | NOTHING_DECLARED
    return _named(file) in {kind, None} and file.mimetype in declared
