"""The demo office at work on its cases: notes, a question to another department, an answer."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.casefiles.models import Case
from portal.casework import asking, noting, queries
from portal.casework.models import NoteScope
from portal.casework.rules import Whom
from portal.core import clock
from portal.dev.stage import Office

NOTES = (
    "Ruft am besten vormittags an, nachmittags arbeitet sie.",
    "Versteht Deutsch gut, Briefe bitte kurz halten.",
    "Hat den Mietvertrag schon dreimal geschickt. Nicht noch einmal anfordern.",
)
ASKED = "Zählt der Minijob während des Sprachkurses als Erwerbstätigkeit?"
ANSWERED = "Ja. Auch während des Kurses, solange es weniger als 15 Stunden in der Woche sind."


def fill(office: Office) -> None:
    """Write notes on the first cases and ask two questions, one of which is answered."""
    session, now = office.session, office.now
    cases = session.scalars(
        select(Case)
        .where(Case.benefit_officer_id.is_not(None), Case.integration_officer_id.is_not(None))
        .options(joinedload(Case.benefit_officer), joinedload(Case.integration_officer))
        .order_by(Case.number)
        .limit(4)
    ).all()
    for number, case in enumerate(cases):
        writer, expert = case.benefit_officer, case.integration_officer
        if writer is None or expert is None:
            continue
        given: dict[str, Any] = {
            "case": case,
            "by": writer,
            "now": now - timedelta(days=3 + number),
        }
        text = NOTES[number % len(NOTES)]
        note = noting.write(session, scope=NoteScope.TEAM, text=text, **given)
        session.flush()  # pinned after it is there
        if number == 0:
            noting.pin(session, note=note, by=writer, now=now)
        if number < 2:
            _ask(office, case, is_answered=number == 1)


def _ask(office: Office, case: Case, *, is_answered: bool) -> None:
    writer, expert = case.benefit_officer, case.integration_officer
    if writer is None or expert is None:
        return
    asked = asking.ask(
        office.session,
        case=case,
        whom=Whom(expert.team, expert),
        question=ASKED,
        due_on=clock.local_date(office.now) + timedelta(days=2),
        by=writer,
        now=office.ago(days=2),
    )
    if is_answered:
        found = queries.question_for(office.session, asked.id, asker=expert)
        asking.answer(
            office.session, asked=found, text=ANSWERED, by=expert, now=office.ago(hours=5)
        )
