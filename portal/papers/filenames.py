"""Names of files: made harmless on the way in, written by RFC 6266 on the way out."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from portal.papers.limits import FileKind

LONGEST = 120

_ATTR_CHARS = "!#$&+-.^_`|~"  # RFC 8187: may stand unencoded besides letters and digits


def tidy(name: str | None) -> str:
    """Return a name without folders, control signs and signs that turn the reading direction."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name or ""))[-1]
    visible = "".join(
        " " if unicodedata.category(sign)[0] == "Z" else sign
        for sign in last
        if unicodedata.category(sign)[0] != "C"
    )
    return " ".join(visible.split()).strip(". ")


def clean(name: str | None, kind: FileKind) -> str:
    """Return a tidy name of bearable length that ends as files of this kind do."""
    stem, extension = split(tidy(name))
    if extension.lower() not in kind.extensions:
        stem, extension = stem + extension, kind.extensions[0]
    return (stem[: LONGEST - len(extension)].rstrip(". ") or "Dokument") + extension


def split(name: str) -> tuple[str, str]:
    """Return stem and extension, the dot with the extension."""
    path = PurePosixPath(name)
    return (path.stem, path.suffix) if path.suffix else (name, "")


def with_extension(name: str, extension: str) -> str:
    """Return `name` with another extension."""
    return split(name)[0] + extension


def disposition(name: str) -> str:
    """Return the value of Content-Disposition that makes a browser save the file under `name`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w .,()\-+]", "_", plain).strip() or "Dokument"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"
