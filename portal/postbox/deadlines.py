"""From which day a letter counts and until when one can act against it, kept with the reasons.

The answer follows from the facts of delivery and may change with them: a letter that nobody opened
in the portal and that was posted counts by the post, one that came late from the day it came. The
letter shows the answer of today; each answer is kept with its number, and none is ever changed.
"""

from datetime import date, datetime

from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit.models import SYSTEM
from portal.postbox import queries, rules, shown
from portal.postbox.models import Letter, LetterDeadline
from portal.postbox.steps import record


def settle(session: Session, *, letter: Letter, now: datetime, land: str) -> None:
    """Keep the day a letter counts from, the last day of its remedy and why, if they are new."""
    counted = rules.delivery(letter)
    if counted is None:
        _take_back(session, letter, now=now)
        return
    until = rules.remedy_until(letter, land=land)
    why = reason(letter)
    is_same = (letter.counts_from, letter.remedy_until) == (counted.day, until)
    # A notice that came back is another reason, even where it leaves the day as it was.
    if is_same and (letter.failure is None or letter.deadline_reason == why):
        return
    letter.counts_from, letter.remedy_until = counted.day, until
    letter.deadline_reason, letter.deadline_at = why, now
    number = queries.answers_to(session, letter_id=letter.id) + 1
    session.add(
        LetterDeadline(
            letter_id=letter.id,
            number=number,
            counts_from=counted.day,
            remedy_until=until,
            reason=why,
            settled_at=now,
        )
    )
    record(
        session,
        "postbox.deadline_settled",
        letter,
        SYSTEM,
        now,
        counts_from=counted.day.isoformat(),
        remedy_until=_written(until),
        land=land,
        number=number,
    )


def _take_back(session: Session, letter: Letter, *, now: datetime) -> None:
    """Show no day any more where letter or notice came back and nobody has opened it yet.

    The answer that was kept stays among the earlier ones, and the trail says why it fell.
    """
    if letter.counts_from is None or not rules.counts_no_more(letter):
        return
    record(
        session,
        "postbox.deadline_taken_back",
        letter,
        SYSTEM,
        now,
        counts_from=letter.counts_from.isoformat(),
        remedy_until=_written(letter.remedy_until),
        failure=letter.failure,
        returned_on=_written(letter.returned_on),
    )
    letter.counts_from = letter.remedy_until = None
    letter.deadline_reason = letter.deadline_at = None


def note_flawed_instruction(
    session: Session, *, letter: Letter, by: StaffMember, now: datetime, land: str
) -> None:
    """Note that the instruction on the remedy is missing or wrong: it is a year (§ 66 (2) SGG)."""
    rules.check_can_note_flaw(letter)
    letter.is_instructed = False
    record(session, "postbox.instruction_flawed", letter, by, now)
    settle(session, letter=letter, now=now, land=land)


def reason(letter: Letter) -> str:
    """Say in German why a letter counts from its day and how its remedy is counted."""
    counted, term = rules.delivery(letter), rules.term_of(letter)
    if counted is None:
        return ""
    with force_locale("de"):
        words = [shown.reasoning(counted)]
        if term is not None:
            words.append(shown.term_reasoning(term))
    return " ".join(words)


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None
