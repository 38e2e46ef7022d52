"""What the start page of citizens shows, gathered from below; a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import correction_queries, part_queries
from portal.applications import queries as applications
from portal.applications.models import Application
from portal.appointments import queries as appointments
from portal.appointments import waiting
from portal.appointments.models import Booking
from portal.appointments.rules import can_join
from portal.appointments.waiting_models import SlotOffer
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.home import rules
from portal.home.rules import Task
from portal.invitations import queries as invitations
from portal.messages import queries as messages
from portal.representation import queries as representations
from portal.representation import rules as representation_rules
from portal.representation import words


@dataclass(frozen=True)
class Overview:
    """What a citizen sees first: what to do, the application, the appointments, the case.

    `offer` is a freed time that is held for a few minutes: it stands before everything else.
    """

    offer: SlotOffer | None
    tasks: list[Task]
    open_talks: Sequence[Booking]
    application: Application | None
    case: Case | None
    unread: int
    today: date


def overview(session: Session, *, asker: Citizen, now: datetime) -> Overview:
    """Return the overview of a citizen."""
    today = clock.local_date(now)
    case = casefiles.case_of(session, asker=asker)
    requests = casefiles.open_requests_of(session, asker=asker)
    application = applications.latest_of(session, asker=asker)
    bookings = appointments.next_bookings(session, asker=asker, now=now)
    open_talks = [booking for booking in bookings if can_join(booking, now=now)]
    tasks = rules.tasks(
        requests=requests,
        bookings=[one for one in bookings if one not in open_talks and not one.is_summons],
        application=application,
        case=case,
        today=today,
        rounds=correction_queries.to_answer(session, asker=asker),
        parts=() if asker.represented_by else part_queries.held_by(session, asker=asker),
        calls=invitations.calls_of(session, asker=asker, now=now),
    )
    offer = waiting.open_offer_of(session, asker=asker, now=now)
    unread = messages.unread_of(session, asker=asker)
    return Overview(offer, tasks, open_talks, application, case, unread, today)


@dataclass(frozen=True)
class Client:
    """Somebody for whom the citizen may act, and what is open there."""

    id: UUID
    name: str
    kind: str
    until: str
    open: int
    due_on: date | None


def clients(session: Session, *, asker: Citizen, now: datetime) -> list[Client]:
    """Return for whom the citizen may act, what is due first at the top; two queries."""
    held = [
        one
        for one in representations.held_by(session, asker=asker, now=now)
        if representation_rules.can_act(one)
    ]
    if not held:
        return []
    waiting = casefiles.open_requests_through(session, representations=held)
    found = [
        Client(
            one.id,
            one.principal.name,
            words.kind_of(one),
            words.until(one, now=now),
            *waiting[one.id],
        )
        for one in held
    ]
    return sorted(found, key=lambda client: (client.due_on is None, client.due_on or date.max))
