"""What stays of a text that somebody typed or pasted: signs that can be seen, in one spelling.

Nobody types a NUL or turns the direction of a line around by hand; such signs come with what is
pasted (Windows puts U+202A around telephone numbers) or from an attacker. They are dropped without
a word. Letters, accents, emoji and marks of right-to-left writing (U+200E, U+200F) stay. Unicode
is normalised to NFC, so that the same name is the same bytes (UAX 15).
"""

import re
import unicodedata

_DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
_DROPPED = re.compile(
    rf"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{_DIRECTIONS}\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_ENDS = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """Return what belongs into one line: line breaks and tabs become spaces, ends are bare."""
    return _LINE_ENDS.sub(" ", _seen(text)).strip()


def lines(text: str) -> str:
    """Return what belongs into a larger field: every line break is a line feed."""
    return _LINE_ENDS.sub("\n", _seen(text)).strip()


def without_nul(text: str) -> str:
    """Return the text as PostgreSQL can keep it."""
    return text.replace("\0", "")


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", _DROPPED.sub("", text).replace("\t", " "))
