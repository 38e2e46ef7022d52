"""Who may invite whom to a talk, how long a link opens it, and what a guest sees. No I/O."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingOfficer, BookingState
from portal.calendars.models import Channel
from portal.consultations import roles, rules
from portal.consultations.guest_models import Guest, GuestRole
from portal.consultations.models import Consultation, ConsultationState
from portal.core.errors import Conflict, Expired, NotAllowed, NotFound, PortalError
from portal.media.tickets import SEATS


class GuestStage(StrEnum):
    """What a guest sees before the stages of everybody (`rules.Stage`)."""

    INVITED = "invited"
    OTHER_DEVICE = "other_device"


def most_guests(others: Sequence[BookingOfficer]) -> int:
    """Return for how many guests a talk has seats, beside the citizen and its officers."""
    citizen, leading = 1, 1
    return SEATS - citizen - leading - len(others)


def check_is_still_planned(
    booking: Booking, consultation: Consultation | None, *, now: datetime
) -> None:
    """Raise when there is no talk any more to which somebody could be invited."""
    running = rules.state_of(consultation) == ConsultationState.RUNNING
    if rules.state_of(consultation) == ConsultationState.ENDED:
        raise Expired(gettext("Dieses Gespräch ist beendet."))
    if booking.channel != Channel.VIDEO:
        raise NotFound
    if booking.state != BookingState.BOOKED and not running:
        raise Expired(gettext("Dieser Termin findet nicht statt."))
    if rules.is_over(booking, now=now) and not running:
        raise Expired(gettext("Die Zeit für dieses Gespräch ist vorbei."))


def check_can_invite(
    booking: Booking,
    consultation: Consultation | None,
    guests: Sequence[Guest],
    others: Sequence[BookingOfficer],
    *,
    role: GuestRole,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    """Ask whether `by` may invite one more person in this role; `others` join the officer."""
    rules.check_takes_part(booking, by)
    check_is_still_planned(booking, consultation, now=now)
    allowed = roles.INVITED_BY_CITIZENS if isinstance(by, Citizen) else roles.INVITED_BY_OFFICERS
    if role not in allowed:
        raise NotAllowed(gettext("Diese Person kann nur das Jobcenter einladen."))
    if len([guest for guest in guests if guest.ended_at is None]) >= most_guests(others):
        raise Conflict(
            gettext(
                "Mehr Personen passen nicht in dieses Gespräch. Nehmen Sie zuerst eine Einladung"
                " zurück."
            )
        )


def can_invite(
    booking: Booking,
    consultation: Consultation | None,
    guests: Sequence[Guest],
    others: Sequence[BookingOfficer],
    *,
    by: Citizen | StaffMember,
    now: datetime,
) -> bool:
    """Tell whether `by` may invite somebody now."""
    role = GuestRole.COMPANION
    return _can(
        lambda: check_can_invite(booking, consultation, guests, others, role=role, by=by, now=now)
    )


def check_can_end(booking: Booking, guest: Guest, *, by: Citizen | StaffMember) -> None:
    """Ask whether an invitation can be taken back: by the officers and the citizen of the talk."""
    rules.check_takes_part(booking, by)
    if guest.ended_at is not None:
        raise Expired(gettext("Diese Einladung gilt schon nicht mehr."))


def check_is_valid(guest: Guest) -> None:
    """Raise for an invitation that was taken back."""
    if guest.ended_at is not None:
        raise Expired(
            gettext(
                "Diese Einladung gilt nicht mehr. Fragen Sie die Person, die Sie eingeladen hat."
            )
        )


def stage(guest: Guest, common: rules.Stage, *, on_this_device: bool) -> GuestStage | rules.Stage:
    """Tell what a guest sees: who has not agreed sees the invitation, a second device a question.

    Once the talk is over or called off, nobody is asked anything any more.
    """
    if common in {rules.Stage.CANCELLED, rules.Stage.CLOSED, rules.Stage.ENDED}:
        return common
    if guest.agreed_at is None:
        return GuestStage.INVITED
    return common if on_this_device else GuestStage.OTHER_DEVICE


def _can(check: Callable[[], None]) -> bool:
    try:
        check()
    except PortalError:
        return False
    return True
