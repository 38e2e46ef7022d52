"""Reading along: who applies lets one person of the office see the draft, for half an hour.

On the telephone or at the counter the person reads out a code; whoever of the office types it sees
the draft as it stands, without a way to change it. Everything they open is written down and stands
on the page of the draft. Either side ends it at once.
"""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import slowdown
from portal.accounts.models import Citizen, StaffMember
from portal.accounts.service.secrets import hash_of, new_code, plain_code
from portal.applications import queries, reading_queries, reading_rules, rules
from portal.applications.models import Application
from portal.applications.reading_along import DraftReading
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.casefiles import queries as casefiles
from portal.casefiles.readings import SAME_READING
from portal.casefiles.walls import Ground, Why
from portal.core.db import new_id
from portal.core.errors import Conflict, Expired, NotAllowed


def invite(
    session: Session, *, application: Application, by: Citizen, now: datetime
) -> tuple[DraftReading, str]:
    """Draw a code for somebody of the office; an earlier one is worth nothing any more.

    Raise `Conflict` while somebody reads along.
    """
    application = queries.to_change(session, application=application)
    rules.check_can_edit(application)
    earlier = reading_queries.not_ended(session, application=application)
    if earlier is not None and reading_rules.is_running(earlier, now=now):
        raise Conflict(gettext("Es liest schon jemand mit. Beenden Sie das zuerst."))
    if earlier is not None:
        earlier.ended_at = now
    session.flush()  # the earlier code gives its place free
    code = new_code(reading_rules.CODE_LENGTH)
    reading = DraftReading(
        id=new_id(),
        application=application,
        code_hash=hash_of(plain_code(code)),
        made_at=now,
        expires_at=now + reading_rules.CODE_LASTS,
    )
    session.add(reading)
    session.flush()  # the page of the code names it
    record(session, "reading_invited", reading, by=by, now=now)
    return reading, code


def take(
    session: Session, *, code: str, tries: slowdown.Tries, by: StaffMember, now: datetime
) -> DraftReading:
    """Take a code: from now on `by` reads along. `TooMany` while a wait lasts.

    The caller counts wrong codes with `tries`, in a transaction that stays.
    """
    tries.check(session, known=False, now=now)
    reading = reading_queries.by_hash(session, hash_of(plain_code(code)))
    reading_rules.check_code_is_open(reading, now=now)
    if reading is None:
        raise Expired("")
    if reading_queries.is_kept_apart(session, application=reading.application, asker=by):
        raise NotAllowed(
            gettext(
                "Hier dürfen Sie nicht mitlesen: Für Sie ist eine Befangenheit eingetragen. Bitten"
                " Sie jemanden aus Ihrem Team."
            )
        )
    reading.staff_member, reading.opened_at = by, now
    reading.expires_at = now + reading_rules.READING_LASTS
    record(session, "reading_taken", reading, by=by, now=now)
    return reading


def note_opening(
    session: Session, *, reading: DraftReading, by: StaffMember, now: datetime
) -> None:
    """Write down that `by` opened the draft; a reload is the same reading."""
    for event in audit_queries.latest_about(session, kind="draft_reading", id=reading.id):
        if event.deed == reading_queries.READ and event.at > now - SAME_READING:
            return
    why = Why(Ground.INVITED).facts
    record(session, "draft_read", reading, by=by, now=now, why=why)


def end(
    session: Session, *, reading: DraftReading, by: Citizen | StaffMember, now: datetime
) -> None:
    """Close the draft at once: the next request of who reads along opens nothing."""
    reading = reading_queries.to_change(session, reading=reading)
    if reading.ended_at is None:
        reading.ended_at = now
        record(session, "reading_ended", reading, by=by, now=now)


def record(
    session: Session,
    deed: str,
    reading: DraftReading,
    *,
    by: Citizen | StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    """Write a deed of reading along down, in the file of who applies if there is one."""
    citizen = reading.application.citizen
    case = casefiles.case_of(session, asker=citizen)
    audit.record(
        session,
        deed=f"applications.{deed}",
        subject=("draft_reading", reading.id),
        by=by,
        now=now,
        case_id=case.id if case else None,
        application=reading.application.id,
        owner=citizen.id,
        **facts,
    )
