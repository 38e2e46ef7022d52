"""Where one goes from a page of the form: on, back, or to the check page where one came from."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from portal.applications import renewal
from portal.applications.queries import Filled
from portal.applications.sheet import Gap, Part, Progress, Sheet, Step


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
    return _after_step(filled, step)


def _after_step(filled: Filled, step: Step) -> str:
    """Return what follows a step; who has changed one child comes back to the card of the rest."""
    sheet, following = filled.sheet, filled.sheet.after(step)
    if step in sheet.steps:
        here = sheet.part_of(step)
        is_over = following is None or sheet.part_of(following) != here
        left = renewal.left_with(sheet, here) if is_over else None
        if left is not None:
            return into(filled, left, left.steps[0])
    return _on_to(filled, following)


def after_part(filled: Filled, part: Part) -> str:
    """Return where to go on after a card: what is open in it, else what follows it."""
    for step in part.steps:
        if filled.sheet.gaps_on(step):
            return to(filled, step)
    if from_check():
        return url_for("applications.check", id=filled.application.id)
    return _on_to(filled, filled.sheet.after(part.steps[-1]))


def _on_to(filled: Filled, step: Step | None) -> str:
    step = _past_children(filled.sheet, step)
    if step is None:
        where = "application_papers.documents" if filled.sheet.needs else "applications.check"
        return url_for(where, id=filled.application.id)
    return into(filled, filled.sheet.part_of(step), step)


def _past_children(sheet: Sheet, step: Step | None) -> Step | None:
    """Leave out the children whom a card further up has asked about already."""
    while step is not None:
        part = sheet.part_of(step)
        if step != part.steps[0] or not renewal.is_settled(sheet, part):
            return step
        step = sheet.after(part.steps[-1])
    return None


def into(filled: Filled, part: Part, step: Step) -> str:
    """Return the address of a step, or of the card that its part begins with."""
    if step != part.steps[0] or not renewal.is_card(filled.sheet, part):
        return to(filled, step)
    return url_for(
        "application_cards.card",
        id=filled.application.id,
        section=part.section.id,
        fuer=part.owner,
    )


def start(filled: Filled) -> str:
    """Return where to go on with a draft: the first part that waits for something."""
    for part in filled.sheet.parts:
        if filled.sheet.progress_in(part) is not Progress.DONE:
            return go_on(filled, part)
    return url_for("applications.check", id=filled.application.id)


def go_on(filled: Filled, part: Part) -> str:
    """Return where a line of the task list leads to."""
    if renewal.is_card(filled.sheet, part):
        return into(filled, part, part.steps[0])
    return to(filled, filled.sheet.continue_in(part))


def before(filled: Filled, step: Step) -> str:
    """Return where one came from."""
    id = filled.application.id
    if from_check():
        return url_for("applications.check", id=id)
    earlier = filled.sheet.before(step)
    return url_for("applications.show", id=id) if earlier is None else to(filled, earlier)
