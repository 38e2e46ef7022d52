"""What lies on the desks of the office: items, views, messages, notes, questions."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox import follow_ups
from portal.inbox.models import ItemKind
from tests.factories import accounts, casework, consultations, inbox, messages
from tests.factories.notifications import lost_link


def work_of(
    session: Session, *, citizen: Citizen, officer: StaffMember, case: Case, now: datetime
) -> list[str]:
    """Fill the desk of an officer; return the addresses that no page leads to."""
    item = inbox.work_item(session, team_of=officer)
    put_off = {"day": clock.local_date(now) + timedelta(days=7), "note": "Nachsehen"}
    shared = {"is_private": False, "by": officer, "now": now, "land": "HE"}
    follow_ups.put(session, item=item, **put_off, **shared)
    seen = inbox.work_item(session, team_of=officer)
    inbox.work_item(session, team_of=officer, kind=ItemKind.APPOINTMENT_CANCELLED)
    inbox.saved_view(session, officer)
    inbox.taken_together(session, officer, seen)
    written = messages.thread(session, citizen)
    messages.answered(session, written, officer)
    messages.replied(session, written, citizen)
    blocks = [messages.block(session, officer, name=name) for name in ("Gruß", "Frist")]
    inbox.work_item(session, team_of=officer)
    session.flush()
    casework.note(session, case, officer)
    casework.question(session, case, officer, accounts.staff_member(session, Role.CASE_MANAGER))
    talk = consultations.booking(
        session, citizen=citizen, officer=officer, starts_in=timedelta(days=5)
    )
    walk_in = f"/amt/termine/neu/konto/{accounts.citizen(session).id}"
    return [
        f"/amt/eingang/{item.id}/weg",
        f"/amt/nicht-angekommen/{lost_link(session, talk, now=now).id}",
        walk_in,
        f"{walk_in}/{talk.type.key}",
        f"/amt/wiedervorlagen/zu/{item.id}",
        f"/nachrichten/{written.id}",
        f"/amt/nachrichten/{written.id}",
        f"/amt/nachrichten/bausteine/{blocks[0].id}",
    ]
