"""Tables for spreadsheets (CSV, RFC 4180), made so that no cell is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"
"""Without it the usual program reads umlauts wrongly."""


def harmless(value: object) -> str:
    """Write a cell; what a spreadsheet would carry out gets an apostrophe before it (ASVS 1.2.10).

    Spaces in front do not hide it: some programs cut them off first.
    """
    written = "" if value is None else str(value)
    bare = written.lstrip(" ")
    return f"'{written}" if bare.startswith(_FORMULA) else written


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write a table line by line."""
    yield BYTE_ORDER_MARK.encode()
    yield _line(head)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerow([harmless(cell) for cell in row])
    return line.getvalue().encode()
