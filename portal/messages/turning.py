"""What a message is turned into: a request for a paper, an invitation to a talk.

Each is one step with the deed of the room below; the thread keeps the link, and that is the answer.
The mail about it is the one of that room, so that nobody gets two.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles import asking, kinds
from portal.casefiles.models import DocumentKind, EvidenceRequest
from portal.invitations import at_once
from portal.invitations.models import Invitation
from portal.messages import rules
from portal.messages.models import EntryKind, Thread
from portal.messages.service import record, write_answer


def ask_for_paper(
    session: Session,
    *,
    thread: Thread,
    kind: DocumentKind,
    why: str,
    due_on: date,
    by: StaffMember,
    land: str,
    now: datetime,
) -> EvidenceRequest:
    """Ask the person of the thread for a paper; it becomes a task of theirs."""
    rules.check_writes(by)
    rules.check_is_open(thread)
    made = asking.ask(
        session,
        case=thread.case,
        owner=thread.citizen,
        kind=kind,
        why=why.strip() or kinds.usual_why(kind),
        due_on=due_on,
        by=by,
        now=now,
    )
    session.flush()  # the entry refers to the row
    write_answer(
        session,
        thread=thread,
        kind=EntryKind.REQUEST,
        text=made.title,
        by=by,
        land=land,
        now=now,
        request_id=made.id,
    )
    record(session, "messages.turned_into_request", thread, by, now, request=made.id)
    return made


def invite(
    session: Session, *, thread: Thread, by: StaffMember, land: str, now: datetime
) -> Invitation:
    """Invite the person of the thread to the usual talk, with one tap and without consequences."""
    rules.check_writes(by)
    rules.check_is_open(thread)
    made = at_once.invite(session, case=thread.case, citizen=thread.citizen, by=by, now=now)
    write_answer(
        session,
        thread=thread,
        kind=EntryKind.INVITATION,
        text=made.type.name,
        by=by,
        land=land,
        now=now,
        invitation_id=made.id,
    )
    record(session, "messages.turned_into_invitation", thread, by, now, invitation=made.id)
    return made
