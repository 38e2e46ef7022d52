"""The table of who gets in where, as a text that people read and reviewers compare."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from tests.access.visiting import INSIDE, NOTHING, SIGN_IN, Answer, Door
from tests.access.world import VISITORS

FILE = Path(__file__).with_name("matrix.txt")

Walks = Mapping[str, Mapping[Door, Answer]]
"""Visitor → door → what it answered."""

HEAD = f"""\
Who gets in where. Every route of the portal, asked for things that belong to Oksana.

  {INSIDE}  let in: a page, a file, a deed, or a word about what was typed
  {SIGN_IN}  sent to the sign-in
  {NOTHING}  404: for this visitor there is nothing here

Written by `python -m tests.access`; the test only compares. Own pages (account, lists, new things)
let everybody of the right kind in and show them their own things. Whoever acts for Oksana sees her
things on the pages of matters, and the own account on the pages of the account.

"""

AREAS = {
    "citizen": "For citizens",
    "account": "For citizens: the own account",
    "staff": "For the office",
    "anyone": "For everybody",
    "signed": "For machines that sign what they send",
    "demo": "In the demo office only",
}


def area_of(door: Door) -> str:
    """Return the part of the table in which a door stands."""
    if door.endpoint.startswith("dev."):
        return "demo"
    if door.who == "citizen" and door.right == "account":
        return "account"
    return door.who


def written(walks: Walks) -> str:
    """Write the table."""
    known = next(iter(walks.values()))
    order = list(AREAS)
    doors = sorted(known, key=lambda door: (order.index(area_of(door)), door.path, door.method))
    wide = max(len(door.path) for door in doors) + 9
    legend = "".join(f"  {name}  {who}\n" for name, who in VISITORS.items())
    lines = [HEAD + legend]
    for area, group in groupby(doors, key=area_of):
        lines.append(f"\n{AREAS[area]:<{wide}}{'asks for':<22}{' '.join(VISITORS)}")
        lines += (_line(door, walks, wide) for door in group)
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()) + "\n"


def _line(door: Door, walks: Walks, wide: int) -> str:
    marks = "   ".join(walks[name][door].mark for name in VISITORS)
    address = f"{door.method:<6} {door.path}"
    return f"{address:<{wide}}{door.right:<22} {marks}"


def listed(text: str) -> dict[str, str]:
    """Read a table: `METHOD /path` → its marks, one sign a visitor."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        marks = words[-len(VISITORS) :]
        if len(words) > 2 and words[1].startswith("/") and {*marks} <= {INSIDE, SIGN_IN, NOTHING}:
            found[f"{words[0]} {words[1]}"] = "".join(marks)
    return found
