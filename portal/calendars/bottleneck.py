"""Why there is no common time, and what would help: the same search with one wish less."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person, StaffMember
from portal.calendars import search
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot
from portal.calendars.wishes import ANY_TIME, Filter, Seat, can_sit


@dataclass(frozen=True)
class Question:
    """What somebody looked for in vain."""

    type: AppointmentType
    channel: Channel
    citizen: Citizen
    seats: Sequence[Seat]
    filter: Filter
    start: date | None


@dataclass(frozen=True)
class Relief:
    """What could be left out or changed, and the first time there is then.

    One of the first three is set: the place of a seat, other wishes, another way.
    """

    slot: Slot | None
    seat: int | None = None
    wishes: bool = False
    channel: Channel | None = None


def reliefs(session: Session, question: Question, *, asker: Person, now: datetime) -> list[Relief]:
    """Return what would help, what costs least first: wishes, then another way, then a seat.

    It searches once for each, so it is asked only where nothing was found.
    """
    return [one for one in _attempts(session, question, asker, now) if one.slot is not None]


def _attempts(
    session: Session, question: Question, asker: Person, now: datetime
) -> Iterator[Relief]:
    def first(changed: Question) -> Slot | None:
        page = search.slot_page(
            session,
            type=changed.type,
            channel=changed.channel,
            citizen=changed.citizen,
            start=changed.start,
            seats=changed.seats,
            filter=changed.filter,
            asker=asker,
            now=now,
        )
        return next((slot for slots in page.days.values() for slot in slots), None)

    if question.filter != ANY_TIME:
        yield Relief(first(replace(question, filter=ANY_TIME)), wishes=True)
    for channel in question.type.channels:
        if channel != question.channel:
            yield Relief(first(replace(question, channel=channel)), channel=channel)
    for number in range(len(question.seats)) if len(question.seats) > 1 else ():
        fewer = [seat for place, seat in enumerate(question.seats) if place != number]
        yield Relief(first(replace(question, seats=fewer)), seat=number)


def nobody_for(session: Session, seats: Sequence[Seat]) -> list[int]:
    """Return the places of the seats on which nobody of the office can sit at all."""
    return [
        number
        for number, seat in enumerate(seats)
        if not session.scalar(
            select(func.count()).select_from(
                select(StaffMember.id).where(can_sit(seat)).limit(1).subquery()
            )
        )
    ]
