"""What the media process reports, written down: who came and went, what was said in the chat.

Events may come twice, late or out of order: each is harmless the second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import evidence
from portal.appointments.models import Booking, FactKind
from portal.audit import service as audit
from portal.consultations import holds, showing_out
from portal.consultations.guest_models import Guest
from portal.consultations.models import CHAT_LIMIT, ChatMessage, Consultation, Presence
from portal.consultations.roles import Person, name_of, participant_of
from portal.core.errors import InvalidInput, NotFound

# Why media let somebody go (`portal.media.rooms`): the line was dead, or media was started again.
CONNECTION_BROKE = frozenset({"lost", "restart"})


@dataclass(frozen=True)
class MediaEvent:
    """One event as the media process sends it (`portal.media.events`)."""

    id: UUID
    type: str
    room: UUID
    participant: str
    at: datetime
    data: Mapping[str, object]

    @classmethod
    def read(cls, body: object) -> Self:
        """Check the shape of an event; a wrong one is refused for good."""
        if not isinstance(body, Mapping):
            raise InvalidInput("Das ist kein Ereignis.")
        try:
            return cls(
                id=UUID(_text(body, "id")),
                type=_text(body, "type"),
                room=UUID(_text(body, "room")),
                participant=_text(body, "participant") if body.get("participant") else "",
                at=_moment(body, "at"),
                data=data_of(body),
            )
        except ValueError as error:
            raise InvalidInput("Das Ereignis ist unvollständig.") from error


def data_of(body: Mapping[str, object]) -> Mapping[str, object]:
    """Return what an event carries besides its head."""
    data = body.get("data")
    return data if isinstance(data, Mapping) else {}


def record(session: Session, *, event: MediaEvent) -> None:
    """Write one event down; what is known already changes nothing."""
    consultation = session.scalar(
        select(Consultation)
        .where(Consultation.id == event.room)
        .options(
            selectinload(Consultation.booking).options(
                selectinload(Booking.citizen),
                selectinload(Booking.staff_member),
                selectinload(Booking.others),
            )
        )
        .with_for_update(of=Consultation)
    )
    if consultation is None:
        raise NotFound
    if event.type == "joined":
        _joined(session, consultation, event)
    elif event.type == "left":
        _left(session, consultation, event)
    elif event.type == "chat":
        _said(session, consultation, event)
    elif event.type == "quality":
        _seen(session, consultation, event)
    elif event.type == "held":
        _held(session, consultation, event)
    elif event.type == "locked":
        holds.keep_lock(consultation, is_locked=event.data.get("locked") is True, at=event.at)


def _held(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    """Keep who is on hold: a node that starts again asks for it."""
    is_held = event.data.get("held") is True
    holds.keep(session, consultation, participant=event.participant, is_held=is_held, at=event.at)


def _joined(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    _held(session, consultation, event)
    if session.get(Presence, event.id) is not None:
        return
    person = _person(session, consultation, event.participant)
    for stay in _open_stays(session, consultation, event):
        # Media was killed and could not say goodbye: the stay ended when it was last heard of.
        stay.left_at = stay.last_seen_at
    session.add(
        Presence(
            id=event.id,
            consultation_id=consultation.id,
            participant=event.participant,
            name=name_of(person),
            joined_at=event.at,
            last_seen_at=event.at,
        )
    )
    _audit(session, "consultation.joined", consultation, event, by=person)


def _left(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    for stay in _open_stays(session, consultation, event):
        stay.left_at = event.at
        person = _person(session, consultation, event.participant)
        _audit(session, "consultation.left", consultation, event, by=person)
        _keep_failure(session, consultation, event)
    if event.data.get("reason") == "removed" and event.data.get("by"):
        _keep_removal(session, consultation, event)


def _keep_removal(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    """Keep that an officer showed somebody out; without a name it was the portal, which knows."""
    person = _person(session, consultation, event.participant)
    by = _person(session, consultation, _text(event.data, "by"))
    if isinstance(by, StaffMember):
        admitted = event.data.get("admitted")
        showing_out.keep(
            session,
            consultation,
            person=person,
            by=by,
            at=event.at,
            admitted=float(admitted) if isinstance(admitted, int | float) else 0.0,
        )


def _keep_failure(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    """Keep that the connection of the citizen broke; who hangs up has no failed connection."""
    person = _person(session, consultation, event.participant)
    if isinstance(person, Citizen) and event.data.get("reason") in CONNECTION_BROKE:
        evidence.note_fact(
            session,
            booking=consultation.booking,
            kind=FactKind.CONNECTION_FAILED,
            text=gettext("Die Verbindung ist abgebrochen."),
            at=event.at,
            said_by=person.name,
        )


def _seen(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    for stay in _open_stays(session, consultation, event):
        stay.last_seen_at = max(stay.last_seen_at, event.at)


def _said(session: Session, consultation: Consultation, event: MediaEvent) -> None:
    try:
        id, text = UUID(_text(event.data, "message")), _text(event.data, "text")
        at = _moment(event.data, "sent_at")
        client_id = _text(event.data, "client_id") if "client_id" in event.data else str(id)
    except ValueError as error:
        raise InvalidInput("Die Nachricht ist unvollständig.") from error
    if len(text) > CHAT_LIMIT:
        raise InvalidInput("Die Nachricht ist zu lang.")
    session.execute(
        insert(ChatMessage)
        .values(
            id=id,
            consultation_id=consultation.id,
            author=event.participant,
            author_name=name_of(_person(session, consultation, event.participant)),
            client_id=client_id,
            text=text,
            at=at,
            kept_from=holds.kept_out(session, consultation),
        )
        .on_conflict_do_nothing()
    )


def _open_stays(session: Session, consultation: Consultation, event: MediaEvent) -> list[Presence]:
    return list(
        session.scalars(
            select(Presence)
            .where(
                Presence.consultation_id == consultation.id,
                Presence.participant == event.participant,
                Presence.left_at.is_(None),
                Presence.joined_at <= event.at,
            )
            .order_by(Presence.joined_at, Presence.id)
        )
    )


def _person(session: Session, consultation: Consultation, participant: str) -> Person:
    """Return who this is: the citizen, an officer, a guest, also one whose link has ended."""
    booking = consultation.booking
    people: list[Person] = [booking.citizen, booking.staff_member]
    people += [other.staff_member for other in booking.others]
    for person in people:
        if participant == participant_of(person):
            return person
    kind, _, id = participant.partition(":")
    guest = session.get(Guest, UUID(id)) if kind == "guest" and _is_uuid(id) else None
    if guest is None or guest.booking_id != booking.id:
        raise NotFound
    return guest


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _audit(
    session: Session,
    deed: str,
    consultation: Consultation,
    event: MediaEvent,
    *,
    by: Person,
) -> None:
    booking = consultation.booking
    audit.record(
        session,
        deed=deed,
        subject=("booking", booking.id),
        by=by,
        now=event.at,
        case_id=booking.case_id,
    )


def _text(values: Mapping[str, object], key: str) -> str:
    """Return a text that the database can hold: no zero bytes, no half surrogates."""
    value = values.get(key)
    clean = (
        value.replace("\x00", "").encode("utf-8", "replace").decode()
        if isinstance(value, str)
        else ""
    )
    if not clean:
        raise ValueError(key)
    return clean


def _moment(values: Mapping[str, object], key: str) -> datetime:
    moment = datetime.fromisoformat(_text(values, key))
    if moment.tzinfo is None:
        raise ValueError(key)
    return moment
