"""Where one goes from a page of the form: on, back, or to the check page where one came from."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from portal.applications.queries import Filled
from portal.applications.sheet import Gap, Step


def leaves() -> bool:
    """Tell whether “save and go on later” was pressed."""
    return request.form.get("then") == "later"


def from_check() -> bool:
    """Tell whether the way leads back to the check page."""
    return request.args.get("nach") == "pruefen"


def whose() -> UUID | None:
    """Return the person whose part is filled in, where a section repeats for persons."""
    return request.args.get("fuer", type=UUID)


def here(endpoint: str, **values: Any) -> str:
    """Return an address that still knows whose part it is, and where the way leads back to."""
    fuer = values.pop("fuer", whose())
    return url_for(endpoint, **values, fuer=fuer, nach="pruefen" if from_check() else None)


def to(filled: Filled, step: Step, **values: Any) -> str:
    """Return the address of a step."""
    id = filled.application.id
    return url_for("applications.page", id=id, page_id=step.page.id, fuer=step.owner, **values)


def to_gap(filled: Filled, gap: Gap) -> str:
    """Return the address where a missing answer is given, on the way from the check page."""
    if gap.row is None:
        return to(filled, gap.step, nach="pruefen")
    return to_row(filled, gap.step, gap.row, nach="pruefen")


def to_row(filled: Filled, step: Step, row: UUID, **values: Any) -> str:
    """Return the address of one row of a list."""
    return url_for(
        "applications.row",
        id=filled.application.id,
        page_id=step.page.id,
        row=row,
        fuer=step.owner,
        **values,
    )


def same(filled: Filled, step: Step) -> str:
    """Return the address of this page."""
    return to(filled, step, nach="pruefen" if from_check() else None)


def after(filled: Filled, step: Step) -> str:
    """Return where to go on: the next page, or back to the check page once nothing is missing."""
    id = filled.application.id
    if leaves():
        return url_for("applications.show", id=id)
    if from_check():
        gap = next(iter(filled.sheet.gaps), None)
        return same(filled, gap.step) if gap else url_for("applications.check", id=id)
    following = filled.sheet.after(step)
    if following is None:
        return url_for("applications.documents", id=id)
    return to(filled, following)


def before(filled: Filled, step: Step) -> str:
    """Return where one came from."""
    id = filled.application.id
    if from_check():
        return url_for("applications.check", id=id)
    earlier = filled.sheet.before(step)
    return url_for("applications.show", id=id) if earlier is None else to(filled, earlier)
