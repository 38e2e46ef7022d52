"""Messages that did not arrive come before the office: somebody must reach the person otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import queries, unreached
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import queries as notifications
from portal.notifications.models import Message

SHOWN_FOR = timedelta(days=90)


def tell(session: Session, *, now: datetime) -> None:
    """Put each person whose messages come back before the office, once for each case.

    Who belongs to no case comes before who can reach them (`unreached`).
    """
    lost = notifications.untold(session, besides=unreached.TOLD_ABOVE)
    ids = {message.recipient_id for message in lost if message.recipient_id}
    people, colleagues = _citizens(session, ids), _colleagues(session, ids)
    for message in lost:
        message.told_at = now
        id = message.recipient_id
        citizen = people.get(id)
        case = queries.case_of(session, asker=citizen) if citizen else None
        if citizen and case:
            _open(session, case, citizen, message, now=now)
        elif member := colleagues.get(id):
            unreached.tell_of_colleague(session, member=member, message=message, now=now)
        elif citizen or id is None:
            unreached.tell_of_account(session, citizen=citizen, message=message, now=now)
    session.flush()  # what has settled itself is asked of the table
    close_reached(session, now=now)
    unreached.close_reached(session, now=now)


def close_reached(session: Session, *, now: datetime) -> None:
    """Take away what has settled itself: later messages arrived, at every address of the case."""
    for case in session.scalars(
        select(Case)
        .join(WorkItem, WorkItem.subject_id == Case.id)
        .where(WorkItem.kind == ItemKind.MESSAGE_FAILED, WorkItem.closed_at.is_(None))
        .order_by(Case.id)
    ):
        people = [member.citizen for member in case.members]
        if not any(
            notifications.unreached(session, recipient_id=one.id, addresses=one.addresses)
            for one in people
        ):
            close(session, case=case, by=SYSTEM, now=now)


def close(session: Session, *, case: Case, by: Acting, now: datetime) -> None:
    """Say that the person was reached, or needs no more."""
    inbox.close_items(session, kind=ItemKind.MESSAGE_FAILED, subject_id=case.id, by=by, now=now)
    audit.record(
        session,
        deed="casefiles.undelivered_settled",
        subject=("case", case.id),
        by=by,
        now=now,
        case_id=case.id,
    )


def of_case(session: Session, case: Case, *, now: datetime) -> Sequence[Message]:
    """Return what did not arrive at the people of a case lately, newest first."""
    ids = [member.citizen_id for member in case.members]
    return notifications.failed_of(session, ids, since=now - SHOWN_FOR)


def _citizens(session: Session, ids: set[UUID]) -> dict[UUID | None, Citizen]:
    found = session.scalars(select(Citizen).where(Citizen.id.in_(ids)).order_by(Citizen.id))
    return {one.id: one for one in found}


def _colleagues(session: Session, ids: set[UUID]) -> dict[UUID | None, StaffMember]:
    found = session.scalars(
        select(StaffMember).where(StaffMember.id.in_(ids)).order_by(StaffMember.id)
    )
    return {one.id: one for one in found}


def _open(
    session: Session, case: Case, citizen: Citizen, message: Message, *, now: datetime
) -> None:
    day = f"{clock.local(message.created_at):%d.%m.%Y}"
    way = gettext("SMS") if message.is_sms else gettext("E-Mail")
    inbox.open_item(
        session,
        kind=ItemKind.MESSAGE_FAILED,
        subject_id=case.id,
        case_id=case.id,
        title=gettext("Nachricht kam nicht an"),
        person=citizen.name,
        reason=gettext("Die %(way)s vom %(day)s kam nicht an.", way=way, day=day),
        next_step=gettext("Person anders erreichen"),
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id or case.integration_officer_id,
        now=now,
    )
    audit.record(
        session,
        deed="casefiles.message_undelivered",
        subject=("case", case.id),
        by=SYSTEM,
        now=now,
        case_id=case.id,
        message=message.id,
        template=message.template,
    )
