"""Reading a mail in the browser: its text with links to follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINK = re.compile(r"https?://[^\s<>“”]+[^\s<>“”.,;:!?)]")


@dataclass(frozen=True)
class Piece:
    """A stretch of text, or a link in it."""

    text: str
    is_link: bool = False


def pieces(text: str) -> Iterator[Piece]:
    """Take a text apart into words and links."""
    end = 0
    for found in _LINK.finditer(text):
        yield Piece(text[end : found.start()])
        yield Piece(found[0], is_link=True)
        end = found.end()
    yield Piece(text[end:])
