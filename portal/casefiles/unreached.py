"""Messages that did not arrive and belong to no file: each comes before who can act on it.

That may be somebody with an account and without a file, somebody of the office, or somebody whom
only the message names. A room that writes to people without an account says what its message is
`about` and puts it before the office itself, for it knows who looks after them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts import rules as rights
from portal.accounts.models import Citizen, Right, StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox import queries as items
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import queries as notifications
from portal.notifications.models import Message, MessageState

ABOUT_INSTANT, ABOUT_GUEST = "instant_application", "guest"
TOLD_ABOVE = (ABOUT_INSTANT, ABOUT_GUEST)
"""What messages to people without an account are about whom a room above puts before the office."""

KINDS = (
    ItemKind.ACCOUNT_UNREACHED,
    ItemKind.COLLEAGUE_UNREACHED,
    ItemKind.INSTANT_UNREACHED,
    ItemKind.GUEST_UNREACHED,
)


@dataclass(frozen=True)
class Whereto:
    """Whose work an item is: the team, who of it, of which file, and who must not get it."""

    team_id: UUID
    assignee_id: UUID | None = None
    case_id: UUID | None = None
    kept_from: Collection[UUID] = ()


def tell_of_account(
    session: Session, *, citizen: Citizen | None, message: Message, now: datetime
) -> None:
    """Put somebody without a file before the front desk, which looks after accounts.

    An account whose address was never proved is no person yet: whoever mistypes the address of a
    new account stands before the page that says so, and machines would fill the inbox.
    """
    if citizen is not None and not citizen.is_active:
        return
    desk = _front_desk(session)
    if desk is None:
        message.told_at = None  # nobody works here yet: it waits for who comes
        return
    put_before_office(
        session,
        kind=ItemKind.ACCOUNT_UNREACHED,
        message=message,
        person=citizen.name if citizen else message.address,
        whereto=Whereto(desk.team_id),
        now=now,
    )


def tell_of_colleague(
    session: Session, *, member: StaffMember, message: Message, now: datetime
) -> None:
    """Put somebody of the office before the lead; who has left needs no mail."""
    if member.is_active:
        put_before_office(
            session,
            kind=ItemKind.COLLEAGUE_UNREACHED,
            message=message,
            person=member.name,
            whereto=Whereto(member.team_id, kept_from=(member.id,)),
            now=now,
        )


def put_before_office(
    session: Session,
    *,
    kind: ItemKind,
    message: Message,
    person: str,
    whereto: Whereto,
    now: datetime,
) -> None:
    """Open one item for each person; what is lost later brings it up to date."""
    day = f"{clock.local(message.created_at):%d.%m.%Y}"
    way = gettext("SMS") if message.is_sms else gettext("E-Mail")
    subject_id = _open_about(session, kind, message) or message.id
    inbox.open_item(
        session,
        kind=kind,
        subject_id=subject_id,
        case_id=whereto.case_id,
        title=gettext("Nachricht kam nicht an"),
        person=person,
        reason=gettext("Die %(way)s vom %(day)s kam nicht an.", way=way, day=day),
        next_step=gettext("Person anders erreichen"),
        team_id=whereto.team_id,
        assignee_id=whereto.assignee_id,
        kept_from=whereto.kept_from,
        now=now,
    )
    audit.record(
        session,
        deed="casefiles.message_undelivered",
        subject=("message", subject_id),
        by=SYSTEM,
        now=now,
        case_id=whereto.case_id,
        message=message.id,
        template=message.template,
    )


def close_reached(session: Session, *, now: datetime) -> None:
    """Take away what has settled itself: a later message arrived there, or the address is gone."""
    rows = session.execute(
        select(WorkItem.kind, Message)
        .join(Message, Message.id == WorkItem.subject_id)
        .where(WorkItem.kind.in_(KINDS), WorkItem.closed_at.is_(None))
        .order_by(WorkItem.id)
    )
    for kind, message in rows.all():
        if _arrived_since(session, message):
            close(session, kind=kind, message=message, by=SYSTEM, now=now)


def close(session: Session, *, kind: ItemKind, message: Message, by: Acting, now: datetime) -> None:
    """Say that the person was reached, or needs no more."""
    inbox.close_items(session, kind=kind, subject_id=message.id, by=by, now=now)
    audit.record(
        session,
        deed="casefiles.undelivered_settled",
        subject=("message", message.id),
        by=by,
        now=now,
    )


def for_staff(session: Session, id: UUID, *, asker: StaffMember) -> tuple[Message, WorkItem]:
    """Return a lost message with the item in the asker's inbox; raise `NotFound` without one."""
    item = items.item_about(session, id, asker=asker)
    message = session.get(Message, id)
    if message is None or item is None or item.kind not in KINDS:
        raise NotFound
    return message, item


def lost_like(session: Session, message: Message) -> list[Message]:
    """Return what did not arrive at the same person of late, the newest first."""
    latest = notifications.latest_like(session, message)
    return [one for one in latest if one.state is MessageState.FAILED]


def addresses_of(person: Citizen | StaffMember) -> tuple[str, ...]:
    """Return where messages go to somebody."""
    return person.addresses if isinstance(person, Citizen) else (person.address,)


def numbers_of(person: Citizen | StaffMember | None) -> list[str]:
    """Return the telephone numbers at which somebody is reached instead."""
    mobile = person.mobile if isinstance(person, Citizen) else None
    return [number for number in (person.phone if person else None, mobile) if number]


def person_of(session: Session, message: Message) -> Citizen | StaffMember | None:
    """Return whose account a message went to; nobody for guests and who wrote without one."""
    if message.recipient_id is None:
        return None
    id = message.recipient_id
    return session.get(Citizen, id) or session.get(StaffMember, id)


def _front_desk(session: Session) -> StaffMember | None:
    """Return somebody who looks after accounts, else anybody with an inbox."""
    inboxes = accounts.staff_with_right(session, Right.USE_INBOX)
    desk = (one for one in inboxes if rights.can(one, Right.IDENTIFY_CITIZENS))
    return next(desk, inboxes[0] if inboxes else None)


def _arrived_since(session: Session, message: Message) -> bool:
    person = person_of(session, message)
    if person is None:
        last = notifications.latest_like(session, message, limit=1)
        return not any(one.state is MessageState.FAILED for one in last)
    return not notifications.unreached(
        session, recipient_id=person.id, addresses=addresses_of(person)
    )


def _open_about(session: Session, kind: ItemKind, message: Message) -> UUID | None:
    """Return what the open item about the same person is about: its first lost message."""
    return session.scalar(
        select(WorkItem.subject_id)
        .join(Message, Message.id == WorkItem.subject_id)
        .where(
            WorkItem.kind == kind,
            WorkItem.closed_at.is_(None),
            notifications.goes_to_same(message),
        )
        .order_by(WorkItem.id)
        .limit(1)
    )
