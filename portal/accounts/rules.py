"""Who may do what: roles to rights as one table, and the questions that pages and services ask."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext

from portal.accounts.models import Citizen, LinkPurpose, Right, Role, SecretLink, StaffMember
from portal.accounts.passwords import COMMON
from portal.core.errors import Expired, InvalidInput, NotAllowed, TooMany

_CASEWORK = frozenset({Right.USE_INBOX, Right.READ_FILES, Right.CHECK_DOCUMENTS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.FRONT_DESK: _CASEWORK | {Right.MANAGE_APPOINTMENTS},
    Role.MAILROOM: _CASEWORK,
    Role.BENEFIT_OFFICER: _CASEWORK
    | {Right.PROCESS_APPLICATIONS, Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.INTEGRATION_OFFICER: _CASEWORK | {Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.CASE_MANAGER: _CASEWORK | {Right.MANAGE_APPOINTMENTS, Right.HOLD_CONSULTATIONS},
    Role.TEAM_LEAD: _CASEWORK
    | {Right.PROCESS_APPLICATIONS, Right.MANAGE_APPOINTMENTS, Right.SEE_TEAM, Right.SEE_FIGURES},
    Role.DATA_QUALITY_OFFICER: frozenset({Right.USE_INBOX, Right.READ_FILES, Right.SEE_FIGURES}),
    Role.MANAGEMENT: frozenset({Right.SEE_FIGURES}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER}),
}


def can(staff: StaffMember, right: Right) -> bool:
    """Tell whether one of the roles of `staff` carries `right`."""
    return staff.is_active and any(right in RIGHTS[held.role] for held in staff.roles)


def check(staff: StaffMember, right: Right) -> None:
    """Raise `NotAllowed` unless `staff` carries `right`."""
    if not can(staff, right):
        raise NotAllowed(
            gettext("Für diese Seite fehlt Ihnen ein Recht. Ihre Teamleitung kann es vergeben.")
        )


def can_sign_in(person: Citizen | StaffMember) -> bool:
    """Tell whether the account is confirmed (citizen) or active (staff)."""
    if isinstance(person, StaffMember):
        return person.is_active
    return person.confirmed_at is not None


SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
_OURS = ("jobcenter", "grundsicherung", "bürgergeld", "passwort", "password")


def check_password(password: str, *, about: Sequence[str] = ()) -> None:
    """Raise `InvalidInput` for a password that others would try; `about` are words of the person.

    No rule about the kinds of characters (ASVS 6.2.5): length is what counts.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(
            gettext("Das Passwort braucht mindestens 8 Zeichen. Besser sind 12."), field="password"
        )
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(gettext("Höchstens 200 Zeichen."), field="password")
    folded = password.casefold()
    core = folded.strip("0123456789!?.,-_ ")
    if folded in COMMON or core in {*_OURS, *(word.casefold() for word in about if word)}:
        raise InvalidInput(
            gettext("Dieses Passwort ist leicht zu erraten. Bitte wählen Sie ein anderes."),
            field="password",
        )


LINK_LASTS = {
    LinkPurpose.CONFIRM_EMAIL: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
}


def check_link(link: SecretLink, *, now: datetime) -> None:
    """Raise `Expired` for a link that was used or is too old."""
    if link.used_at is not None or now >= link.expires_at:
        raise Expired(
            gettext(
                "Dieser Link wurde schon benutzt oder ist abgelaufen. Fordern Sie einen neuen an."
            )
        )


@dataclass(frozen=True)
class Slowdown:
    """How fast something may be tried: some times freely, then with waits that double."""

    free: int
    longest: timedelta
    within: timedelta = timedelta(hours=1)


# Nobody is ever locked out: the wait ends, and a browser that has signed in to this account before
# does not feel what strangers try from elsewhere (OWASP ASVS 6.1.1, 6.3.1).
PERSON_FROM_NETWORK = Slowdown(free=5, longest=timedelta(minutes=5))
PERSON_FROM_ANYWHERE = Slowdown(free=20, longest=timedelta(seconds=15))
NETWORK = Slowdown(free=50, longest=timedelta(minutes=1))
MAILS_TO_ONE_ADDRESS = 3


def wait(attempts: Sequence[datetime], slowdown: Slowdown, *, now: datetime) -> timedelta:
    """Return how long to wait before the next try; `attempts` are the failed ones, in any order."""
    recent = [at for at in attempts if now - at < slowdown.within]
    if len(recent) < slowdown.free:
        return timedelta(0)
    doublings = min(len(recent) - slowdown.free + 1, 20)
    until = max(recent) + min(timedelta(seconds=2**doublings), slowdown.longest)
    return max(until - now, timedelta(0))


def check_may_try(attempts: Sequence[datetime], slowdown: Slowdown, *, now: datetime) -> None:
    """Raise `TooMany` with the seconds to wait."""
    left = wait(attempts, slowdown, now=now)
    if left:
        seconds = int(left.total_seconds()) + 1
        raise TooMany(
            gettext(
                "Zu viele Versuche. Bitte warten Sie %(seconds)s Sekunden und versuchen Sie es dann"
                " noch einmal.",
                seconds=seconds,
            ),
            retry_after=seconds,
        )


def network_of(address: str) -> str:
    """Return what counts as one origin: an IPv4 address, or the /64 that one IPv6 household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


LONGEST_SESSION = timedelta(hours=12)


def is_session_over(since: datetime, *, now: datetime) -> bool:
    """Tell whether somebody who signed in at `since` must do so again (ASVS 7.3.2)."""
    return now - since >= LONGEST_SESSION
