"""The words of tus 1.0.0 (https://tus.io/protocols/resumable-upload): headers, read and written.

Pure text in, values out. What the words do stands in `service` and `receiving`.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from portal.core.errors import InvalidInput
from portal.papers.limits import MAX_FILE_BYTES

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = ("sha256", "sha1")

ABOUT = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": EXTENSIONS,
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Tus-Max-Size": str(MAX_FILE_BYTES),
}

MALFORMED = "Die Anfrage ist unvollständig. Laden Sie die Seite neu und senden Sie noch einmal."
LONGEST_NAME = 500


class Malformed(InvalidInput):
    """A header is missing or does not say what it should."""

    status = 400

    def __init__(self, message: str = MALFORMED) -> None:
        super().__init__(message)


class WrongVersion(Malformed):
    """The other side speaks another version, or none."""

    status = 412


class WrongKind(Malformed):
    """The body is not a part of a file."""

    status = 415


class NoLength(Malformed):
    """The body does not say how long it is: a cut-off one could not be told from a whole one."""

    status = 411


class Damaged(Malformed):
    """The bytes are not those that the other side has summed up (status of the extension)."""

    status = 460


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one body must sum up to."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class Announced:
    """What the other side says about a file before it sends it."""

    length: int
    filename: str
    declared_type: str
    basket: str
    sha256: str | None
    is_redacted: bool

    @property
    def mimetype(self) -> str:
        """Return the declared type under the name that files of a form have for it."""
        return self.declared_type


def number(header: str | None) -> int:
    """Return a count of bytes."""
    if header is None or not header.isascii() or not header.isdigit() or len(header) > 15:
        raise Malformed
    return int(header)


def metadata(header: str | None) -> dict[str, str]:
    """Read `Upload-Metadata`: pairs of a key and a text in Base64, the text may be missing."""
    told = {}
    for pair in (header or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if not key:
            continue
        if key in told:
            raise Malformed
        try:
            told[key] = base64.b64decode(value, validate=True).decode("utf-8").replace("\0", "")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Malformed from error
    return told


def announced(length: str | None, about: str | None) -> Announced:
    """Read what a creation says: `Upload-Length` and `Upload-Metadata`."""
    told = metadata(about)
    sha256 = told.get("sha256", "").lower()
    if sha256 and not _is_hex(sha256, digits=64):
        raise Malformed
    return Announced(
        length=number(length),
        filename=told.get("filename", "")[:LONGEST_NAME],
        declared_type=told.get("filetype", "").partition(";")[0].strip().lower()[:100],
        basket=told.get("basket", ""),
        sha256=sha256 or None,
        is_redacted=told.get("redacted") in {"1", "true"},
    )


def checksum(header: str | None) -> Checksum | None:
    """Read `Upload-Checksum`: an algorithm and a digest in Base64."""
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Malformed
    try:
        return Checksum(algorithm, base64.b64decode(value, validate=True))
    except binascii.Error as error:
        raise Malformed from error


def written(moment: datetime) -> str:
    """Write a moment as headers do (RFC 9110)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _is_hex(word: str, *, digits: int) -> bool:
    return len(word) == digits and not word.strip("0123456789abcdef")
