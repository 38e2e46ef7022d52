"""The day on which a letter really came: told by its reader, or noted by the office with a reason.

A later arrival counts instead of the day by rule (§ 37 (2) SGB X), so the deadline is settled anew;
the answer that was shown before stays beside it.
"""

from datetime import date, datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Acting
from portal.core import clock
from portal.core.errors import Conflict
from portal.core.templating import short_day
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.postbox import deadlines, law, queries, rules
from portal.postbox.models import Arrival, Basis, Letter
from portal.postbox.steps import record


def tell(
    session: Session,
    *,
    letter: Letter,
    arrived_on: date | None,
    words: str | None,
    by: Citizen,
    now: datetime,
    land: str,
) -> bool:
    """Take the word of the reader; return whether the deadline has moved. `letter` is locked.

    It counts at once, because in doubt the office must prove when the letter came. The office is
    shown it, and may note another day.
    """
    told = [one for one in queries.arrivals_of(session, letter=letter) if one.basis is Basis.TOLD]
    if len(told) >= law.MOST_TOLD:
        raise Conflict(
            gettext("Das haben Sie schon mehrmals gesagt. Rufen Sie uns bitte an, wir klären es.")
        )
    moved = _keep(session, letter, arrived_on, Basis.TOLD, words, by=by, now=now, land=land)
    if moved:
        _show_the_office(session, letter, now=now)
    return moved


def note(
    session: Session,
    *,
    letter: Letter,
    arrived_on: date | None,
    words: str,
    by: StaffMember,
    now: datetime,
    land: str,
) -> bool:
    """Note the day that the office knows, with its reason; return whether the deadline moved."""
    moved = _keep(session, letter, arrived_on, Basis.NOTED, words, by=by, now=now, land=land)
    kind = ItemKind.LETTER_ARRIVAL
    inbox.close_items(session, kind=kind, subject_id=letter.id, by=by, now=now)
    return moved


def _keep(
    session: Session,
    letter: Letter,
    said: date | None,
    basis: Basis,
    words: str | None,
    *,
    by: Acting,
    now: datetime,
    land: str,
) -> bool:
    came = rules.arrival_of(letter, said, today=clock.local_date(now))
    before = letter.deadline_at, letter.counts_from, letter.remedy_until
    session.add(
        Arrival(
            letter_id=letter.id,
            arrived_on=came,
            basis=basis,
            words=words or None,
            said_at=now,
            said_by_name=by.actor.name,
        )
    )
    letter.arrived_on = came
    deed = "postbox.arrival_told" if basis is Basis.TOLD else "postbox.arrival_noted"
    record(session, deed, letter, by, now, arrived_on=came.isoformat())
    deadlines.settle(session, letter=letter, now=now, land=land)
    return before != (letter.deadline_at, letter.counts_from, letter.remedy_until)


def _show_the_office(session: Session, letter: Letter, *, now: datetime) -> None:
    until = letter.remedy_until
    came = short_day(letter.arrived_on) if letter.arrived_on else ""
    inbox.open_item(
        session,
        kind=ItemKind.LETTER_ARRIVAL,
        subject_id=letter.id,
        case_id=letter.case_id,
        title=letter.subject,
        person=letter.citizen.name,
        reason=f"Nach Angabe der Person kam der Brief am {came} an."
        + (f" Die Frist endet jetzt am {short_day(until)}." if until else ""),
        next_step="Ansehen; einen anderen Tag nur mit Nachweis eintragen",
        team_id=letter.case.team_id,
        assignee_id=None,
        now=now,
    )
