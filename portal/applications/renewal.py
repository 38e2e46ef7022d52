"""Renewing in minutes: what is known stands on cards that one confirms, and who is reminded when.

A card is a part of the form of which something is known from before and not yet confirmed. “Stimmt
noch” confirms all of it at once; the source of each answer stays written beside it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import queries, rules
from portal.applications.models import Answer, RenewalReminder
from portal.applications.places import APPLICANT, Place
from portal.applications.queries import Filled
from portal.applications.sheet import Part, Progress, Sheet
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles.models import Case
from portal.core import clock
from portal.representation import letters

FORM = "wba"
OPENS_BEFORE = rules.OPENS_BEFORE_END
REMIND_BEFORE = (60, 30, 14, 3)  # days before the last day of the award


def is_card(sheet: Sheet, part: Part) -> bool:
    """Tell whether a part is shown as a card: something in it is known and not confirmed."""
    if not part.section.card:
        return False
    return any(sheet.progress_of(step) is Progress.PREFILLED for step in part.steps)


def known_in(sheet: Sheet, part: Part) -> list[Place]:
    """Return the places of a part whose answers come from before and are not confirmed."""
    places = (place for step in part.steps for place in sheet.places_on(step))
    return [place for place in places if not sheet.kept[place].is_own]


def together(sheet: Sheet, part: Part) -> tuple[Part, ...]:
    """Return the parts that one card asks about: those of several children, else this one.

    Of children everything must be known already. Who is 15 answers alone (§ 36 SGB I) and has a
    card alone.
    """
    if not _is_of_child(sheet, part):
        return (part,)
    section = part.section.id
    return tuple(
        one for one in sheet.parts if one.section.id == section and _is_of_child(sheet, one)
    )


def left_with(sheet: Sheet, part: Part) -> Part | None:
    """Return the first part of a child that waits on the card that this child stood on."""
    if part.owner is None or not rules.is_child(sheet, part.owner):
        return None
    same = (one for one in sheet.parts if one.section.id == part.section.id)
    return next((one for one in same if _is_of_child(sheet, one)), None)


def is_settled(sheet: Sheet, part: Part) -> bool:
    """Tell whether nothing is left to ask about a child that stood on a card with others."""
    if not part.section.card or part.owner is None or not rules.is_child(sheet, part.owner):
        return False
    return sheet.progress_in(part) is Progress.DONE


def _is_of_child(sheet: Sheet, part: Part) -> bool:
    if part.owner in {None, APPLICANT} or part.section.per != sheet.form.household:
        return False
    is_child = part.owner is not None and rules.is_child(sheet, part.owner)
    has_gap = any(sheet.gaps_on(step) for step in part.steps)
    return is_child and not has_gap and is_card(sheet, part)


def cards(sheet: Sheet) -> list[tuple[Part, ...]]:
    """Return the cards that a sheet is asked on, each with its parts, in order."""
    found = (together(sheet, part) for part in sheet.parts if is_card(sheet, part))
    return list(dict.fromkeys(found))


def confirm(
    session: Session, *, filled: Filled, parts: Sequence[Part], by: Citizen, now: datetime
) -> Filled:
    """Confirm everything that is known in these parts; return the draft as it is now."""
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    for place in (place for part in parts for place in known_in(filled.sheet, part)):
        session.execute(
            update(Answer)
            .where(
                Answer.application_id == application.id,
                Answer.question_id == place.question,
                Answer.row_id.is_not_distinct_from(place.row),
                Answer.owner_id.is_not_distinct_from(place.owner),
                Answer.confirmed_at.is_(None),
            )
            .values(confirmed_at=now)
        )
    application.changed_at = now
    application.revision += 1
    session.flush()  # the sheet is read again right after
    sheet = queries.sheet_of(session, application=application)
    return Filled(application, sheet.seen_with(filled.sheet.eyes))


def opens_on(case: Case | None) -> date | None:
    """Return the day from which the renewal is offered first of all; sending it is never barred."""
    return case.award_until - OPENS_BEFORE if case and case.award_until else None


def due_reminder(award_until: date, today: date) -> int | None:
    """Return which reminder has come last by today, in days before the end; None before the first.

    A reminder that was missed because no worker ran is made up for once, by the latest only.
    """
    left = (award_until - today).days
    return (
        min((days for days in REMIND_BEFORE if left <= days), default=None) if left >= 0 else None
    )


def remind(session: Session, *, now: datetime) -> int:
    """Remind everybody whose award ends soon and who has sent no renewal; return how many."""
    today = clock.local_date(now)
    last = today + timedelta(days=max(REMIND_BEFORE))
    sent = 0
    for case, citizens in queries.ending_awards(session, first=today, last=last, form=FORM):
        days = due_reminder(case.award_until, today) if case.award_until else None
        if days is not None and _claim(session, case=case, days=days, now=now):
            _write(session, case=case, citizens=citizens, days=days, now=now)
            sent += 1
    return sent


def _claim(session: Session, *, case: Case, days: int, now: datetime) -> bool:
    """Write down that this reminder goes out; it goes out once, and no earlier one after it."""
    claimed = session.execute(
        insert(RenewalReminder)
        .values(case_id=case.id, award_until=case.award_until, days_before=days, sent_at=now)
        .on_conflict_do_nothing()
        .returning(RenewalReminder.days_before)
    )
    return claimed.scalar() is not None


def _write(
    session: Session, *, case: Case, citizens: Sequence[Citizen], days: int, now: datetime
) -> None:
    for citizen in citizens:
        letters.send(
            session,
            citizen=citizen,
            template="renewal_reminder",
            now=now,
            context={"citizen": citizen, "path": f"/antraege/neu/{FORM}"},
        )
    audit.record(
        session,
        deed="applications.renewal_reminded",
        subject=("case", case.id),
        by=SYSTEM,
        now=now,
        case_id=case.id,
        days_before=days,
    )
