"""A letter that came back from the post: it is not delivered, and waits to be sent anew.

The posting that came back stands in its own row; the letter is as it was before it was posted.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.core import clock
from portal.postbox import deadlines, rules
from portal.postbox.models import Letter, LetterReturn, PrintReason
from portal.postbox.steps import ask_for_print, record


def note(
    session: Session,
    *,
    letter: Letter,
    returned_on: date,
    words: str,
    by: StaffMember,
    now: datetime,
    land: str,
) -> None:
    """Note that a posted letter came back, and with which words; `letter` is locked.

    Then it announces nothing: the day it counted from and its deadline are taken back, and it is
    put before the office to be sent anew.
    """
    posted_on = rules.posting_of(letter, returned_on, today=clock.local_date(now))
    session.add(
        LetterReturn(
            letter_id=letter.id,
            posted_on=posted_on,
            posted_by_name=letter.posted_by_name or "",
            returned_on=returned_on,
            words=words,
            noted_at=now,
            noted_by_name=by.name,
        )
    )
    letter.returned_on = returned_on
    letter.posted_on = letter.posted_by_name = None
    letter.printed_at = letter.printed_by_name = None  # what came back is not sent again
    letter.arrived_on = None
    facts = {"posted_on": posted_on.isoformat(), "returned_on": returned_on.isoformat()}
    record(session, "postbox.returned", letter, by, now, **facts)
    deadlines.settle(session, letter=letter, now=now, land=land)
    ask_for_print(session, letter=letter, reason=PrintReason.RETURNED, now=now)
