"""The law of asking somebody to a talk: who may, until when, which step follows which.

An invitation never threatens, a summons always says all of it, a hearing gives time to answer.
"""

from datetime import date, datetime, time, timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Right, StaffMember
from portal.appointments.law import earliest_summons, period
from portal.calendars import rules as calendars_rules
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import at_wall
from portal.core import clock, working_days
from portal.core.errors import Conflict, InvalidInput, PortalError
from portal.invitations import law
from portal.invitations.models import (
    Hearing,
    HearingState,
    Invitation,
    InvitationState,
    Summons,
    SummonsState,
)

# Invitations

_END = frozenset(
    {
        InvitationState.BOOKED,
        InvitationState.DECLINED,
        InvitationState.EXPIRED,
        InvitationState.WITHDRAWN,
    }
)
OPEN = frozenset({InvitationState.INVITED, InvitationState.REMINDED})

TRANSITIONS: dict[InvitationState, frozenset[InvitationState]] = {
    InvitationState.INVITED: _END | {InvitationState.REMINDED},
    InvitationState.REMINDED: _END,
    **dict.fromkeys(_END, frozenset()),
}

ENDED = "Diese Einladung ist beendet. Rufen Sie uns an, wenn Sie mit uns sprechen möchten."


def ends_at(answer_until: date) -> datetime:
    """Return the moment with which the last day for an answer is over, and with it the hold."""
    return at_wall(answer_until + timedelta(days=1), time())


def check_can_invite(
    type: AppointmentType,
    channel: Channel,
    answer_until: date,
    about: str,
    *,
    by: StaffMember,
    now: datetime,
) -> None:
    """Raise unless `by` may invite to this kind, and the invited have time and a free choice."""
    accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
    if not type.invited_can_choose:
        raise InvalidInput("Diesen Termin können Eingeladene nicht selbst wählen.", field="type")
    if channel not in type.channels:
        raise InvalidInput("Auf diesem Weg gibt es den Termin nicht.", field="channel")
    if calendars_rules.needs_video_reason(type, channel):
        raise InvalidInput(
            "Das erste Gespräch ist persönlich (§ 15 Absatz 4 SGB II). Laden Sie dazu nicht per"
            " Video ein.",
            field="channel",
        )
    today = clock.local_date(now)
    if not today + law.SHORTEST_ANSWER <= answer_until <= today + law.LONGEST_ANSWER:
        raise InvalidInput(
            f"Geben Sie {law.SHORTEST_ANSWER.days} bis {law.LONGEST_ANSWER.days} Tage Zeit.",
            field="answer_until",
        )
    if ends_at(answer_until) >= calendars_rules.latest_start(type, now=now):
        raise InvalidInput(
            "Nach diesem Tag gibt es keine Termine dieser Art mehr.", field="answer_until"
        )
    check_no_threat(about)


def check_no_threat(about: str) -> None:
    """Raise for words about consequences: an invitation has none (reference, domain, finding 3)."""
    folded = about.casefold()
    found = next((word for word in law.THREATS if word in folded), None)
    if found:
        raise InvalidInput(
            f"Eine Einladung ist freiwillig und droht mit nichts. Lassen Sie „{found}“ weg.",
            field="about",
        )


def is_open(invitation: Invitation, *, now: datetime) -> bool:
    """Tell whether the invited can still answer."""
    return invitation.state in OPEN and now < ends_at(invitation.answer_until)


def check_open(invitation: Invitation, *, now: datetime) -> None:
    """Raise unless the invited can still answer."""
    if not is_open(invitation, now=now):
        raise Conflict(ENDED)


def needs_reminder(invitation: Invitation, last_notice: datetime | None, *, now: datetime) -> bool:
    """Tell whether to remind: on day three, with two days left, a day after any other notice."""
    if invitation.state != InvitationState.INVITED:
        return False
    day = clock.local_date(now)
    waited = day - clock.local_date(invitation.invited_at)
    quiet = last_notice is None or now - last_notice >= law.ONE_NOTICE_PER
    left = invitation.answer_until - day
    return waited >= law.REMIND_AFTER and left >= law.REMIND_WITH_LEFT and quiet


# Summonses


def check_can_summon(
    starts_at: datetime, expected: date, about: str, *, by: StaffMember, land: str
) -> None:
    """Raise unless `by` may summon and the letter arrives long enough before the appointment.

    `expected` is the day on which the letter will count.
    """
    accounts_rules.check(by, Right.SUMMON)
    day = clock.local_date(starts_at)
    if day < earliest_summons(expected):
        raise InvalidInput(
            "Das ist zu früh: Der Brief gilt erst am "
            f"{expected:%d.%m.%Y}, danach braucht die Person Zeit. Der früheste Tag ist der "
            f"{earliest_summons(expected):%d.%m.%Y}.",
            field="slot",
        )
    if not working_days.is_working_day(day, land=land):
        raise InvalidInput(
            "An diesem Tag ist das Jobcenter geschlossen. Niemand wird dann einbestellt.",
            field="slot",
        )
    if not about.strip():
        raise InvalidInput("Sagen Sie in einfachen Worten, worum es geht.", field="about")


def is_in_time(summons: Summons, deemed: date | None) -> bool:
    """Tell whether the letter came to count long enough before the appointment."""
    return deemed is not None and summons.booking.day >= earliest_summons(deemed)


def check_can_give_reason(summons: Summons) -> None:
    """Raise unless a reason can still change something; after the appointment it still can."""
    if summons.state != SummonsState.ISSUED:
        raise Conflict("Zu diesem Termin müssen Sie nichts mehr sagen.")
    if summons.decided_at is not None:
        raise Conflict("Über Ihren Grund ist entschieden. Rufen Sie uns bitte an.")


def can_give_reason(summons: Summons) -> bool:
    """Tell whether a reason can still change something."""
    try:
        check_can_give_reason(summons)
    except PortalError:
        return False
    return True


def check_can_decide(summons: Summons, *, by: StaffMember) -> None:
    """Raise unless a reason waits for an answer."""
    accounts_rules.check(by, Right.SUMMON)
    if summons.reason is None:
        raise Conflict("Es ist kein Grund genannt.")
    if summons.state != SummonsState.ISSUED or summons.decided_at is not None:
        raise Conflict("Darüber ist schon entschieden.")


def check_can_withdraw(summons: Summons, *, by: StaffMember, now: datetime) -> None:
    """Raise unless the summons stands and its time has not begun."""
    accounts_rules.check(by, Right.SUMMON)
    if summons.state != SummonsState.ISSUED or now >= summons.booking.starts_at:
        raise Conflict("Diese Meldeaufforderung kann nicht mehr zurückgenommen werden.")


# Hearings


def hearing_until(expected: date, *, land: str) -> date:
    """Return until when to answer a hearing whose letter counts on `expected` (§ 26 (3) SGB X)."""
    length = timedelta(days=period(law.HEARING_PERIOD, expected).days)
    return working_days.on_or_after(expected + length, land=land)


def is_answerable(hearing: Hearing) -> bool:
    """Tell whether an answer can come: until the office has closed the hearing, late ones too."""
    return hearing.state == HearingState.OPEN


def check_answerable(hearing: Hearing) -> None:
    """Raise unless an answer can come."""
    if not is_answerable(hearing):
        raise Conflict("Diese Anhörung ist schon beantwortet oder beendet.")


def can_extend(hearing: Hearing) -> bool:
    """Tell whether the citizen can have more time by one tap: once, even when it is over."""
    return is_answerable(hearing) and hearing.extended_at is None


def check_can_extend(hearing: Hearing) -> None:
    """Raise unless more time can be had by one tap (§ 26 (7) SGB X)."""
    check_answerable(hearing)
    if hearing.extended_at is not None:
        raise Conflict(
            gettext("Sie haben schon einmal mehr Zeit bekommen. Rufen Sie uns bitte an.")
        )


def extended_until(hearing: Hearing, *, today: date, land: str) -> date:
    """Return the last day after an extension, counted from today where the old one is over."""
    length = timedelta(days=period(law.HEARING_EXTENSION, today).days)
    return working_days.on_or_after(max(hearing.answer_until, today) + length, land=land)


def check_can_hear(planned: str, facts: str, *, by: StaffMember) -> None:
    """Raise unless `by` may hear people and says what is planned and by which facts."""
    accounts_rules.check(by, Right.SUMMON)
    if not planned.strip():
        raise InvalidInput("Sagen Sie, was geplant ist.", field="planned")
    if not facts.strip():
        raise InvalidInput("Nennen Sie die Tatsachen, auf die Sie sich stützen.", field="facts")
