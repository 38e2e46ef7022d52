"""Reading consultations for pages, filtered by the asker. Not yours is not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingOfficer, BookingState
from portal.appointments.queries import joined_by
from portal.appointments.rules import ROOM_OPENS_BEFORE
from portal.calendars.models import Channel
from portal.casefiles import walls
from portal.casefiles.models import Document
from portal.consultations import holds
from portal.consultations.guest_models import Guest
from portal.consultations.models import (
    ChatMessage,
    Consultation,
    ConsultationState,
    NoteRemark,
    Presence,
    TalkPaper,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.roles import Person, participant_of
from portal.consultations.rules import CLOSES_AFTER, COUNTS_FOR
from portal.core.clock import BERLIN, local_date
from portal.core.errors import NotFound

WAITS = (WaitingState.WAITING, WaitingState.SENT_BACK)


@dataclass(frozen=True)
class Room:
    """A booking by video with what has happened around it so far."""

    booking: Booking
    consultation: Consultation | None
    tickets: Sequence[WaitingTicket]

    @property
    def ticket(self) -> WaitingTicket | None:
        """Return the place of the citizen of the booking."""
        return self._place("citizen", self.booking.citizen_id)

    def place_of(self, person: Person) -> WaitingTicket | None:
        """Return the place of somebody who takes part."""
        return self._place("guest" if isinstance(person, Guest) else person.actor.kind, person.id)

    def _place(self, kind: str, id: UUID) -> WaitingTicket | None:
        own = (one for one in self.tickets if (one.person_kind, one.person_id) == (kind, id))
        return next(own, None)


def room_for(session: Session, id: UUID, *, asker: Citizen | StaffMember) -> Room:
    """Return the room of a booking of the asker."""
    found = session.execute(_rooms(session, asker).where(Booking.id == id)).unique().first()
    if found is None:
        raise NotFound
    booking, consultation = found
    return Room(booking, consultation, _tickets_of(session, [consultation]))


def room_of_guest(session: Session, guest: Guest) -> Room:
    """Return the room to which a guest was invited; the guest brings the booking."""
    consultation = session.scalar(
        select(Consultation).where(Consultation.booking_id == guest.booking_id)
    )
    return Room(guest.booking, consultation, _tickets_of(session, [consultation]))


def rooms_of_day(session: Session, *, asker: StaffMember, now: datetime) -> Sequence[Room]:
    """Return the talks of the officer on the day of `now`, in their order.

    A talk whose door is open belongs to it, too, on both sides of midnight: somebody waits there.
    """
    day = local_date(now)
    begins = datetime.combine(day, time(), BERLIN)
    ends = datetime.combine(day + timedelta(days=1), time(), BERLIN)
    found = session.execute(
        _rooms(session, asker)
        .where(
            Booking.starts_at < max(ends, now + ROOM_OPENS_BEFORE),
            or_(Booking.starts_at >= begins, Booking.ends_at >= now - CLOSES_AFTER),
            Booking.state.not_in([BookingState.CANCELLED, BookingState.HELD]),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).unique()
    rooms = [(booking, consultation) for booking, consultation in found]
    tickets = _tickets_of(session, [consultation for _, consultation in rooms])
    return [
        Room(booking, talk, [t for t in tickets if talk and t.consultation_id == talk.id])
        for booking, talk in rooms
    ]


def waiting_ticket_for(session: Session, id: UUID, *, asker: StaffMember) -> WaitingTicket:
    """Return a place in the waiting room of one of the officer's talks."""
    ticket = session.scalar(
        select(WaitingTicket)
        .join(WaitingTicket.consultation)
        .join(Consultation.booking)
        .where(WaitingTicket.id == id, _own(session, asker))
        .options(
            contains_eager(WaitingTicket.consultation)
            .contains_eager(Consultation.booking)
            .options(selectinload(Booking.others), selectinload(Booking.citizen))
        )
    )
    if ticket is None:
        raise NotFound
    return ticket


def is_admitted(session: Session, *, consultation_id: UUID, participant: str) -> bool:
    """Tell whether somebody, under their name in the media process, is let in at the moment."""
    kind, _, id = participant.partition(":")
    admitted = exists().where(
        WaitingTicket.consultation_id == consultation_id,
        WaitingTicket.person_kind == kind,
        WaitingTicket.person_id == UUID(id),
        WaitingTicket.state == WaitingState.ADMITTED,
    )
    return bool(session.scalar(select(admitted)))


def waiting_before(session: Session, *, ticket: WaitingTicket, booking: Booking) -> int:
    """Count who waits for the same officer and has an earlier appointment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(WaitingTicket)
            .join(WaitingTicket.consultation)
            .join(Consultation.booking)
            .where(
                Booking.staff_member_id == booking.staff_member_id,
                Booking.starts_at < booking.starts_at,
                Consultation.state == ConsultationState.OPEN,
                WaitingTicket.state.in_(WAITS),
                WaitingTicket.last_seen_at >= ticket.last_seen_at - COUNTS_FOR,
            )
        )
        or 0
    )


def waiting_for(session: Session, officer: UUID, *, now: datetime) -> int:
    """Count the citizens who wait for an officer and whose page is still open."""
    return (
        session.scalar(
            select(func.count())
            .select_from(WaitingTicket)
            .join(WaitingTicket.consultation)
            .join(Consultation.booking)
            .where(
                Booking.staff_member_id == officer,
                WaitingTicket.person_kind == "citizen",
                WaitingTicket.state.in_(WAITS),
                WaitingTicket.last_seen_at >= now - COUNTS_FOR,
            )
        )
        or 0
    )


def history_of(
    session: Session, *, consultation: Consultation | None, viewer: Person
) -> list[dict[str, str]]:
    """Return the chat of a talk, oldest first, in the shape of the media process.

    Who is on hold sees nothing of it, and later nothing of what was said meanwhile: media withheld
    that, too.
    """
    who = participant_of(viewer)
    if consultation is None or holds.is_held(session, consultation, who):
        return []
    messages = session.scalars(
        select(ChatMessage)
        .where(
            ChatMessage.consultation_id == consultation.id,
            or_(ChatMessage.author == who, ~ChatMessage.kept_from.contains([who])),
        )
        .order_by(ChatMessage.at, ChatMessage.id)
    )
    return [
        {
            "id": str(message.id),
            "from": message.author,
            "name": message.author_name,
            "text": message.text,
            "at": message.at.isoformat(),
        }
        for message in messages
    ]


def presences_of(session: Session, *, consultation: Consultation) -> Sequence[Presence]:
    """Return who was in the talk from when to when, in the order of coming."""
    return session.scalars(
        select(Presence)
        .where(Presence.consultation_id == consultation.id)
        .order_by(Presence.joined_at, Presence.id)
    ).all()


def joining_officers(session: Session, booking: Booking) -> Sequence[BookingOfficer]:
    """Return who of the office joins the one who leads, in their order."""
    return session.scalars(
        select(BookingOfficer)
        .where(BookingOfficer.booking_id == booking.id)
        .order_by(BookingOfficer.position, BookingOfficer.staff_member_id)
    ).all()


def remarks_of(session: Session, *, consultation: Consultation | None) -> Sequence[NoteRemark]:
    """Return what the citizen said about the note, the oldest first."""
    if consultation is None:
        return []
    return session.scalars(
        select(NoteRemark)
        .where(NoteRemark.consultation_id == consultation.id)
        .order_by(NoteRemark.at, NoteRemark.id)
    ).all()


def papers_of(session: Session, *, consultation: Consultation | None) -> Sequence[Document]:
    """Return what was handed in during a talk, in the order of coming."""
    if consultation is None:
        return []
    return session.scalars(
        select(Document)
        .join(TalkPaper, TalkPaper.document_id == Document.id)
        .where(TalkPaper.consultation_id == consultation.id)
        .order_by(TalkPaper.at, Document.id)
    ).all()


def arrival_of(session: Session, *, consultation: Consultation) -> datetime | None:
    """Return when the first person came to the waiting room."""
    return session.scalar(
        select(func.min(WaitingTicket.arrived_at)).where(
            WaitingTicket.consultation_id == consultation.id
        )
    )


def consultation_with_people(session: Session, id: UUID) -> Consultation | None:
    """Return a talk with booking, citizen and officer, and what comes next, for the jobs."""
    return session.scalar(
        select(Consultation)
        .where(Consultation.id == id)
        .options(
            selectinload(Consultation.next_booking).selectinload(Booking.staff_member),
            selectinload(Consultation.next_invitation),
            selectinload(Consultation.booking).options(
                selectinload(Booking.citizen), selectinload(Booking.staff_member)
            ),
        )
    )


def _rooms(session: Session, asker: Citizen | StaffMember) -> Select[Booking, Consultation]:
    people = [contains_eager(Booking.citizen), contains_eager(Booking.staff_member)]
    if isinstance(asker, StaffMember):
        people.append(selectinload(Booking.others))
    return (
        select(Booking, Consultation)
        .outerjoin(Consultation, Consultation.booking_id == Booking.id)
        .join(Booking.citizen)
        .join(Booking.staff_member)
        .where(Booking.channel == Channel.VIDEO, _own(session, asker))
        .options(*people)
    )


def _own(session: Session, asker: Citizen | StaffMember) -> ColumnElement[bool]:
    """Return the condition that it is the asker's talk: the citizen's, or one the officer leads or
    joins. A conflict of interest closes it, too.
    """
    if isinstance(asker, Citizen):
        return Booking.citizen_id == asker.id
    closed = walls.keeps_apart(walls.standing_of(session, asker), Booking.citizen_id.expression)
    return and_(joined_by([asker.id]), ~closed)


def _tickets_of(
    session: Session, consultations: Sequence[Consultation | None]
) -> Sequence[WaitingTicket]:
    ids = [consultation.id for consultation in consultations if consultation]
    if not ids:
        return []
    return session.scalars(
        select(WaitingTicket)
        .where(WaitingTicket.consultation_id.in_(ids))
        .order_by(WaitingTicket.arrived_at, WaitingTicket.id)
    ).all()
