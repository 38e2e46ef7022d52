"""Where one goes from a page of a supplement; the round it answers stands in the address."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from portal.applications.amending import Amendment
from portal.applications.models import Application, CorrectionRound
from portal.applications.places import Place
from portal.applications.queries import Filled
from portal.applications.sheet import Sheet, Step
from portal.applications.ways import whose

ROUND = "rueckfrage"


def which() -> int | None:
    """Return the number of the round that is answered, None for a free supplement."""
    return request.args.get(ROUND, type=int)


def journal(application: Application, round_id: UUID | None) -> str:
    """Name what a browser keeps of this supplement; the draft of the application is another."""
    return f"{application.id}-{round_id or 'nachtrag'}"


def here(endpoint: str, **values: Any) -> str:
    """Return an address that still knows whose part it is and which round is answered."""
    known: dict[str, Any] = {ROUND: which(), "fuer": whose()}
    return url_for(endpoint, **known | values)


def start(application: Application, round: CorrectionRound | None) -> str:
    """Return the address of the list of what is asked or changed."""
    given: dict[str, Any] = {ROUND: round.number if round else None}
    return url_for("supplements.index", id=application.id, **given)


def to(filled: Filled, step: Step, **values: Any) -> str:
    """Return the address of a page."""
    values = {ROUND: which()} | values
    return url_for(
        "supplements.page",
        id=filled.application.id,
        page_id=step.page.id,
        fuer=step.owner,
        **values,
    )


def to_row(filled: Filled, step: Step, row: UUID, **values: Any) -> str:
    """Return the address of one row of a list."""
    values = {ROUND: which()} | values
    return url_for(
        "supplements.row",
        id=filled.application.id,
        page_id=step.page.id,
        row=row,
        fuer=step.owner,
        **values,
    )


def to_place(filled: Filled, sheet: Sheet, place: Place, **values: Any) -> str | None:
    """Return the address where exactly this answer is given, None if it is not asked."""
    page = sheet.form.page_of.get(place.question)
    step = sheet.step(page.id, place.owner) if page else None
    if step is None:
        return None
    if place.row is not None:
        return to_row(filled, step, place.row, **values)
    return to(filled, step, **values)


def after(filled: Filled, round: CorrectionRound | None, written: Amendment) -> str:
    """Return where to go on: what is newly asked, the next mark, else the list."""
    for gap in written.gaps:
        if gap.row is not None:
            return to_row(filled, gap.step, gap.row)
        return to(filled, gap.step)
    for place in written.unanswered:
        if address := to_place(filled, written.sheet, place):
            return address
    return start(filled.application, round)
