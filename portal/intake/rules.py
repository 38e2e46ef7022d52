"""The law of paper that comes in: who sorts it, and what a range of pages may be."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.core.errors import Conflict, InvalidInput
from portal.intake.models import Scan, ScanState

# The whole scan is kept beside the papers that were made of it until nobody can doubt the transfer
# any more (the period is a house rule, BSI TR-03138 leaves it open).
KEEP_SCANS = timedelta(days=90)

_RANGE = re.compile(r"(\d{1,4})(?:\s*[-–]\s*(\d{1,4}))?")


def check_who_sorts(by: StaffMember) -> None:
    """Let staff in who sort the paper that nobody could assign."""
    accounts.check(by, Right.SORT_PAPER)


def check_waits(scan: Scan) -> None:
    """Raise unless the scan still waits for somebody to say whose it is."""
    if scan.state is not ScanState.UNASSIGNED:
        raise Conflict(gettext("Dieser Scan ist schon zugeordnet."))


def pages_named(typed: str, *, waiting: Collection[int]) -> Sequence[int]:
    """Return the pages that somebody typed („1-3, 5“), in that order; nothing typed means all.

    Raise `InvalidInput` for what is no page of those that wait.
    """
    if not typed.strip():
        return sorted(waiting)
    pages: list[int] = []
    for part in typed.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise InvalidInput(gettext("Schreiben Sie Seiten so: 1-3, 5"), field="pages")
        first, last = int(found[1]), int(found[2] or found[1])
        pages.extend(range(first, last + 1) if 0 <= last - first < len(waiting) else [0])
    if len(set(pages)) != len(pages) or not set(pages) <= set(waiting):
        raise InvalidInput(
            gettext("Nennen Sie jede wartende Seite höchstens einmal."), field="pages"
        )
    return pages
