"""The verbs of letters: write one, note that it was opened, print and post it.

Every room that writes to citizens calls `write`: it brings the words as a versioned template in
`templates/letters/` and the data as plain values, and the postbox does the rest. What the worker
does stands in `filing` and `following`, the consent in `consenting`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Acting
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.postbox import addressing, deadlines, jobs, rules
from portal.postbox.models import Letter, LetterKind
from portal.postbox.steps import record

ARRIVED = "letter_arrived"


def write(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    kind: LetterKind,
    subject: str,
    template: str,
    version: int,
    content: Mapping[str, Any],
    by: Acting,
    now: datetime,
    notice: str = ARRIVED,
    notice_path: str | None = None,
    author: str | None = None,
    signed_by: str | None = None,
    is_abroad: bool = False,
) -> Letter:
    """Write a letter to a citizen of a case; the worker makes its PDF and delivers it.

    `content` holds plain JSON values, dates already in words: the letter says for ever what it says
    today. `notice` is the message that tells of it; it leads to the letter, or to `notice_path`.
    `author` is who has prepared it, if that is not `by`; `signed_by` answers for it.
    """
    to = addressing.route(session, kind=kind, citizen=citizen, now=now)
    letter = Letter(
        id=new_id(),
        case=case,
        citizen=citizen,
        kind=kind,
        subject=subject,
        template=template,
        template_version=version,
        content={**content, **to.content(citizen)},
        written_at=now,
        written_by_name=author or by.actor.name,
        way=to.way,
        consent=to.consent,
        notice=notice,
        notice_path=notice_path,
        print_reason=to.why,
        print_asked_at=now if to.why else None,
        signed_by_name=signed_by,
        is_abroad=is_abroad,
    )
    session.add(letter)
    session.flush()  # the job and the trail need the row, the database draws its number
    record(
        session,
        "postbox.written",
        letter,
        by,
        now,
        kind=kind.value,
        template=f"{template}_{version}",
        way=to.way.value,
        consent=to.consent.version if to.consent else None,
    )
    jobs.file_letter.enqueue(session, letter_id=str(letter.id))
    return letter


def note_view(
    session: Session, *, letter: Letter, by: Citizen, now: datetime, is_download: bool = False
) -> None:
    """Write down when a letter was opened first, and when it was saved first: facts of delivery."""
    if letter.first_viewed_at is None:
        letter.first_viewed_at, letter.first_viewed_by_name = now, by.actor.name
        record(session, "postbox.viewed", letter, by, now)
    if is_download and letter.downloaded_at is None:
        letter.downloaded_at = now
        record(session, "postbox.downloaded", letter, by, now)


def note_opened(session: Session, *, letter: Letter, by: StaffMember, now: datetime) -> None:
    """Write down that somebody of the office has opened a letter."""
    record(session, "postbox.opened", letter, by, now)


def hold_back(session: Session, *, letter: Letter, by: Acting, now: datetime) -> None:
    """Keep a letter in the house that is not true any more; one that was posted stays posted.

    What was provided in the portal stays there: whoever opens it learns what has become of it.
    """
    if letter.posted_on is not None or letter.held_back_at is not None:
        return
    letter.held_back_at, letter.held_back_by_name = now, by.actor.name
    record(session, "postbox.held_back", letter, by, now)
    inbox.close_items(session, kind=ItemKind.LETTER_TO_PRINT, subject_id=letter.id, by=by, now=now)


# On paper


def mark_printed(session: Session, *, letter: Letter, by: StaffMember, now: datetime) -> None:
    """Note the first print; a second print changes nothing."""
    rules.check_can_print(letter)
    if letter.printed_at is None:
        if letter.print_asked_at is None:  # somebody prints what nobody has asked for: a copy
            return
        letter.printed_at, letter.printed_by_name = now, by.name
        record(session, "postbox.printed", letter, by, now)


def mark_posted(
    session: Session,
    *,
    letter: Letter,
    posted_on: date,
    by: StaffMember,
    now: datetime,
    land: str,
) -> None:
    """Note on which day a letter was handed to the post: from it the fourth day counts."""
    rules.check_can_post(letter, posted_on, today=clock.local_date(now))
    letter.posted_on, letter.posted_by_name = posted_on, by.name
    letter.returned_on = None
    record(session, "postbox.posted", letter, by, now, posted_on=posted_on.isoformat())
    deadlines.settle(session, letter=letter, now=now, land=land)
    inbox.close_items(session, kind=ItemKind.LETTER_TO_PRINT, subject_id=letter.id, by=by, now=now)
