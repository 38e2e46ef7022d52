"""What may be handed in: the one table behind the hint, the check and the test (ASVS 5.0 5.1.1).

Only values stand here: the process that opens foreign files reads them without the house.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_FILES = 10
MAX_FILE_BYTES = 25_000_000
MAX_TOGETHER_BYTES = 60_000_000
MAX_PAGES = 200
MAX_PIXELS = 60_000_000
MAX_PIXELS_TOGETHER = 900_000_000  # of all pages of one scan: 200 of A4 at 200 dpi

MAX_WAITING_FILES = 40
MAX_WAITING_BYTES = 200_000_000
"""How much one person may have on the way, not yet handed in (check 28)."""

PAGE_WIDTH = 1600
PAGE_HEIGHT = 3200
THUMBNAIL_WIDTH = 320

PREPARATION_TRIES = 3


@dataclass(frozen=True)
class FileKind:
    """One kind of file that may be handed in, and how it shows itself."""

    word: str
    content_type: str
    extensions: tuple[str, ...]
    also_declared: tuple[str, ...] = ()

    @property
    def is_picture(self) -> bool:
        """Tell whether the file is a picture, not a paper with pages."""
        return self.content_type != "application/pdf"


PDF = FileKind("PDF", "application/pdf", (".pdf",), ("application/x-pdf",))
JPEG = FileKind(
    "JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), ("image/jpg", "image/pjpeg")
)
PNG = FileKind("PNG", "image/png", (".png",), ("image/x-png",))
HEIC = FileKind("HEIC", "image/heic", (".heic", ".heif"), ("image/heif", "image/heic-sequence"))
TIFF = FileKind("TIFF", "image/tiff", (".tif", ".tiff"), ("image/tiff-fx",))

ALLOWED = (PDF, JPEG, PNG, HEIC, TIFF)

BY_EXTENSION = {extension: kind for kind in ALLOWED for extension in kind.extensions}

ACCEPT = ",".join((*(extension for kind in ALLOWED for extension in kind.extensions), "image/*"))

NOTHING_DECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})

OFFICE_EXTENSIONS = frozenset(
    {
        ".doc", ".docx", ".docm", ".dot", ".dotx", ".odt", ".ott", ".rtf", ".pages", ".wps",
        ".xls", ".xlsx", ".xlsm", ".ods", ".csv", ".numbers",
        ".ppt", ".pptx", ".odp", ".key", ".txt",
    }
)  # fmt: skip


class Fault(StrEnum):
    """Why a file cannot be taken; the sentence for the person stands in `uploads.SENTENCES`."""

    NOTHING_PICKED = "nothing_picked"
    EMPTY = "empty"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    TOO_LARGE_TOGETHER = "too_large_together"
    TOO_MANY_FILES = "too_many_files"
    OFFICE_FORMAT = "office_format"
    UNKNOWN_KIND = "unknown_kind"
    WRONG_NAME = "wrong_name"
    MIXED_CONTENT = "mixed_content"
    ENCRYPTED = "encrypted"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNREADABLE = "unreadable"
    NOT_ONLY_PICTURES = "not_only_pictures"
    WRONG_SUM = "wrong_sum"
    TOO_MUCH_WAITING = "too_much_waiting"


class Flaw(StrEnum):
    """What makes a photo hard to read; it is taken all the same, and said right away.

    The sentences for the person stand in `uploads.taking.FLAWS`.
    """

    BLURRED = "blurred"
    CUT_OFF_CORNER = "cut_off_corner"
    TOO_DARK = "too_dark"
    VERY_SMALL = "very_small"
