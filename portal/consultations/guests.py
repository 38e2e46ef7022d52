"""The deeds around a guest: invite, agree, change the device, end, tell of a move, forget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.accounts.service.secrets import hash_of
from portal.appointments import queries as appointments
from portal.appointments.models import Booking, BookingOfficer, BookingState
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import unreached
from portal.consultations import guest_codes, guest_queries, guest_rules, showing_out
from portal.consultations.guest_models import Guest, GuestRole
from portal.consultations.models import Consultation, WaitingState, WaitingTicket
from portal.consultations.queries import Room
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind
from portal.notifications import queries as notifications_queries
from portal.notifications import service as notifications


@dataclass(frozen=True)
class Wanted:
    """Whom somebody invites: the role, the name as the inviter knows it, where the link goes.

    Without an address the inviter hands the link on; a colleague with an account needs no link.
    """

    role: GuestRole
    called: str
    address: str | None = None
    colleague: StaffMember | None = None


def invite(
    session: Session,
    *,
    room: Room,
    wanted: Wanted,
    link: Callable[[Guest, str], str],
    by: Citizen | StaffMember,
    now: datetime,
) -> tuple[Guest, str]:
    """Invite somebody to one talk; return the row and the secret of the link, which is not kept.

    `link` makes the address of the guest's page from row and secret. Who is invited by the account
    of a colleague gets no secret (an empty text).
    """
    booking = room.booking
    session.execute(select(Booking.id).where(Booking.id == booking.id).with_for_update())
    guests = guest_queries.guests_of(session, booking)
    others = appointments.others_of(session, booking)
    guest_rules.check_can_invite(
        booking, room.consultation, guests, others, role=wanted.role, by=by, now=now
    )
    _check_colleague(wanted, booking, others, guests)
    code = "" if wanted.colleague else guest_codes.new_code()
    guest = Guest(
        booking_id=booking.id,
        role=wanted.role,
        called=wanted.colleague.name if wanted.colleague else wanted.called,
        staff_member_id=wanted.colleague.id if wanted.colleague else None,
        secret_hash=hash_of(code) if code else None,
        invited_by_kind=by.actor.kind,
        invited_by_id=by.id,
        invited_by=by.name,
        invited_at=now,
        address=wanted.address,
        told_at=booking.starts_at if wanted.address else None,
    )
    session.add(guest)
    session.flush()  # the link and the trail name the id
    if wanted.address:
        _write(session, guest, booking, "guest_invited", link(guest, code), now=now)
    _record(session, "consultation.guest_invited", guest, booking, by=by, now=now)
    return guest, code


def _check_colleague(
    wanted: Wanted, booking: Booking, others: Sequence[BookingOfficer], guests: Sequence[Guest]
) -> None:
    colleague = wanted.colleague
    if colleague is None:
        return
    if colleague.id in {booking.staff_member_id, *(other.staff_member_id for other in others)}:
        raise InvalidInput(gettext("Diese Person führt das Gespräch schon."), field="colleague")
    taken = {one.staff_member_id for one in guests if one.ended_at is None}
    if colleague.id in taken:
        raise Conflict(gettext("Diese Person ist schon eingeladen."), field="colleague")


def agree(session: Session, *, guest: Guest, name: str, device: str, now: datetime) -> None:
    """Keep that the guest has promised to keep things to themselves, under which name and where."""
    guest_rules.check_is_valid(guest)
    guest.name, guest.agreed_at = name, now
    _bind(guest, device, now=now)
    _record(session, "consultation.guest_agreed", guest, guest.booking, by=guest, now=now)


def take_over(session: Session, *, guest: Guest, device: str, now: datetime) -> None:
    """Let the guest go on with another device; the one before is out."""
    guest_rules.check_is_valid(guest)
    _bind(guest, device, now=now)
    _record(session, "consultation.guest_changed_device", guest, guest.booking, by=guest, now=now)


def is_on(guest: Guest, device: str) -> bool:
    """Tell whether this is the device with which the guest takes part."""
    return bool(device) and guest.device_hash == _device_hash(guest, device)


def end(
    session: Session,
    *,
    room: Room,
    guest: Guest,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    """Take an invitation back: the link opens nothing any more, who is inside is shown out."""
    guest_rules.check_can_end(room.booking, guest, by=by)
    _end(session, guest, room.consultation, by=by, now=now)
    _record(session, "consultation.guest_ended", guest, room.booking, by=by, now=now)


def _end(
    session: Session,
    guest: Guest,
    consultation: Consultation | None,
    *,
    by: Acting,
    now: datetime,
) -> None:
    guest.ended_at, guest.ended_by = now, by.actor.name
    guest.address = None
    if consultation is None:
        return
    ticket = session.scalar(
        select(WaitingTicket)
        .where(
            WaitingTicket.consultation_id == consultation.id,
            WaitingTicket.person_kind == guest.actor.kind,
            WaitingTicket.person_id == guest.id,
        )
        .with_for_update()
    )
    if ticket is None or ticket.state == WaitingState.LEFT:
        return
    if ticket.state == WaitingState.ADMITTED:
        showing_out.order(session, ticket)
    ticket.state = WaitingState.LEFT
    ticket.admitted_at = ticket.admitted_by_id = None


def tell_of_changes(session: Session, *, now: datetime) -> None:
    """Write to the guests whose appointment was moved or called off since they were told."""
    for guest in guest_queries.guests_to_tell(session, now=now):
        booking = guest.booking
        if booking.state == BookingState.CANCELLED:
            _write(session, guest, booking, "guest_cancelled", "", now=now)
            _end(session, guest, None, by=SYSTEM, now=now)
        else:
            _write(session, guest, booking, "guest_moved", "", now=now)
            guest.told_at = booking.starts_at


def tell_undelivered(session: Session, *, now: datetime) -> None:
    """Put links and words that did not reach a guest before the officer, while the talk is ahead.

    The address goes when an invitation ends: then the item names the address that was written to.
    """
    for message in notifications_queries.untold(session, about=unreached.ABOUT_GUEST):
        message.told_at = now
        booking = guest_queries.talk_ahead(session, message.about_id, now=now)
        if booking is None:
            continue
        names = {one.address: one.shown_name for one in guest_queries.guests_of(session, booking)}
        unreached.put_before_office(
            session,
            kind=ItemKind.GUEST_UNREACHED,
            message=message,
            person=names.get(message.address, message.address),
            whereto=unreached.Whereto(
                booking.staff_member.team_id, booking.staff_member_id, booking.case_id
            ),
            now=now,
        )


def forget(session: Session, *, before: datetime) -> None:
    """Let go of addresses and devices of guests whose talk was over `before`; names stay."""
    for guest in guest_queries.guests_to_forget(session, before=before):
        guest.address = guest.device_hash = guest.device_at = None


def _bind(guest: Guest, device: str, *, now: datetime) -> None:
    guest.device_hash, guest.device_at = _device_hash(guest, device), now


def _device_hash(guest: Guest, device: str) -> str:
    return hash_of(f"{guest.id}:{device}")


def _write(
    session: Session, guest: Guest, booking: Booking, template: str, url: str, *, now: datetime
) -> None:
    """Send a message without the name of the citizen or what the talk is about."""
    notifications.send(
        session,
        template=template,
        address=guest.address,
        recipient_id=None,
        about=(unreached.ABOUT_GUEST, booking.id),
        now=now,
        context={"starts_at": booking.starts_at, "url": url},
    )


def _record(
    session: Session, deed: str, guest: Guest, booking: Booking, *, by: Acting, now: datetime
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("booking", booking.id),
        by=by,
        now=now,
        case_id=booking.case_id,
        guest=guest.id,
        role=guest.role.value,
    )
