"""Who may do what: roles to rights as one table, and the questions that pages and services ask."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext

from portal.accounts.keys import LinkPurpose, Method, Passkey, PortalSession, SecretLink, TotpFactor
from portal.accounts.models import Person, Right, Role, StaffMember
from portal.accounts.passwords import COMMON
from portal.core.errors import Expired, InvalidInput, NotAllowed, NotFound, TooMany

_CASEWORK = frozenset({Right.USE_INBOX, Right.READ_FILES, Right.CHECK_DOCUMENTS})

_ADVICE = _CASEWORK | {
    Right.WRITE_MESSAGES,
    Right.MANAGE_APPOINTMENTS,
    Right.SUMMON,
    Right.HOLD_CONSULTATIONS,
    Right.READ_HEALTH_PAPERS,
}
_BENEFITS = _CASEWORK | {
    Right.WRITE_MESSAGES,
    Right.PROCESS_APPLICATIONS,
    Right.MANAGE_APPOINTMENTS,
    Right.SUMMON,
    Right.READ_HEALTH_PAPERS,
    Right.READ_BANK_PAPERS,
    Right.RECORD_REPRESENTATION,
}

# Who reads files reads those of the own team (`casefiles.walls`), unless the work is the whole
# house. Papers about health or money are read by those whose work needs them (§ 35 SGB I).
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.FRONT_DESK: _CASEWORK
    | {
        Right.READ_ALL_FILES,
        Right.MANAGE_APPOINTMENTS,
        Right.IDENTIFY_CITIZENS,
        Right.RECORD_REPRESENTATION,
        Right.SORT_PAPER,
    },
    Role.MAILROOM: _CASEWORK | {Right.READ_ALL_FILES, Right.IDENTIFY_CITIZENS, Right.SORT_PAPER},
    Role.BENEFIT_OFFICER: _BENEFITS | {Right.CARRY_BENEFIT_CASES, Right.HOLD_CONSULTATIONS},
    Role.INTEGRATION_OFFICER: _ADVICE,
    Role.CASE_MANAGER: _ADVICE,
    Role.TEAM_LEAD: _BENEFITS
    | {
        Right.SEE_TEAM,
        Right.STEER_CARE,
        Right.SEE_FIGURES,
        Right.APPROVE_ACCESS,
        Right.HOLD_FILES,
        Right.EXPORT_FILES,
        Right.EDIT_FORMS,
        Right.PUBLISH_FORMS,
        Right.RELEASE_DECISIONS,
    },
    Role.DATA_QUALITY_OFFICER: frozenset(
        {
            Right.USE_INBOX,
            Right.READ_FILES,
            Right.READ_ALL_FILES,
            Right.SEE_FIGURES,
            Right.HOLD_FILES,
            Right.EDIT_FORMS,
        }
    ),
    Role.MANAGEMENT: frozenset({Right.SEE_FIGURES}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER, Right.APPROVE_ACCESS}),
}


def roles_with(right: Right) -> frozenset[Role]:
    """Return the roles that carry `right`."""
    return frozenset(role for role, rights in RIGHTS.items() if right in rights)


def can(staff: StaffMember, right: Right) -> bool:
    """Tell whether one of the roles of `staff` carries `right`."""
    return staff.is_active and any(right in RIGHTS[held.role] for held in staff.roles)


def check(staff: StaffMember, right: Right) -> None:
    """Raise `NotFound` unless `staff` carries `right`: without it, the thing is not there."""
    if not can(staff, right):
        raise NotFound(
            gettext(
                "Diese Seite gibt es nicht, oder Ihnen fehlt ein Recht dafür. Ihre Teamleitung kann"
                " es vergeben."
            )
        )


def can_sign_in(person: Person) -> bool:
    """Tell whether the account is confirmed (citizen) or active (staff)."""
    if isinstance(person, StaffMember):
        return person.is_active
    return person.confirmed_at is not None


SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
_OURS = ("jobcenter", "grundsicherung", "grundsicherungsgeld", "bürgergeld", "passwort", "password")
_AROUND_A_WORD = "0123456789!?.,;:-_+*#$%&@ "
_LITTLE = 4
"""What is left of a password without well-known words must have at least so many signs."""


def check_password(password: str, *, about: Sequence[str] = ()) -> None:
    """Raise `InvalidInput` for a password that others would try; `about` are words of the person.

    No rule about the kinds of characters (ASVS 6.2.5): length is what counts. Digits and signs
    around a common word, or the words of the office and of the person alone, do not make one.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(
            gettext("Das Passwort braucht mindestens 8 Zeichen. Besser sind 12."), field="password"
        )
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(gettext("Höchstens 200 Zeichen."), field="password")
    folded = password.casefold()
    if {folded, folded.strip(_AROUND_A_WORD)} & COMMON or _is_little_but(folded, about):
        raise InvalidInput(
            gettext("Dieses Passwort ist leicht zu erraten. Bitte wählen Sie ein anderes."),
            field="password",
        )


def _is_little_but(folded: str, about: Sequence[str]) -> bool:
    """Tell whether next to nothing is left without the words of the office and the person."""
    known = sorted({*_OURS, *(word.casefold() for word in about)}, key=len, reverse=True)
    rest = folded
    for word in known:
        if len(word) >= _LITTLE:
            rest = rest.replace(word, "")
    return rest != folded and len(rest.strip(_AROUND_A_WORD)) < _LITTLE


# A link that lets somebody in works for ten minutes (ASVS 6.5.5, check 7); the others only prove
# that an address is read.
LINK_LASTS = {
    LinkPurpose.CONFIRM_ADDRESS: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(minutes=10),
    LinkPurpose.CHANGE_FROM: timedelta(hours=24),
    LinkPurpose.CHANGE_TO: timedelta(hours=24),
    LinkPurpose.INVITATION: timedelta(hours=72),
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


# Sessions


@dataclass(frozen=True)
class Assurance:
    """What a way to sign in proves: the level it gives a citizen, and whether it opens the office.

    `phishable` ways can be given away on a false page; an administrator may not use them (check 2).
    """

    level: int
    opens_office: bool = False
    phishable: bool = True


# Every way that leads to a session (check 1). A provider says its level with each answer.
SIGN_IN_METHODS: dict[Method, Assurance] = {
    Method.PASSWORD: Assurance(level=1),
    Method.PASSWORD_AND_CODE: Assurance(level=1, opens_office=True),
    Method.PASSWORD_AND_PASSKEY: Assurance(level=1, opens_office=True, phishable=False),
    Method.PASSKEY: Assurance(level=1, opens_office=True, phishable=False),
    Method.PROVIDER: Assurance(level=3),
    Method.INVITATION: Assurance(level=1),
    Method.DEMO: Assurance(level=3, opens_office=True, phishable=False),
}


def is_better(method: Method, *, than: Method) -> bool:
    """Tell whether `method` proves more than another: it opens the office, or cannot be phished."""
    new, old = SIGN_IN_METHODS[method], SIGN_IN_METHODS[than]
    return (new.opens_office, not new.phishable) > (old.opens_office, not old.phishable)


@dataclass(frozen=True)
class Lifetime:
    """How long a session lives: without a sign of life, and at all."""

    idle: timedelta
    absolute: timedelta


# Shorter the more the session is trusted (ASVS 7.3.1, 7.3.2). The idle time can be extended as
# often as wanted (WCAG 2.2.1); what was typed is kept past the end of either.
LIFETIMES = {
    1: Lifetime(idle=timedelta(minutes=60), absolute=timedelta(hours=12)),
    2: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=8)),
    3: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=4)),
}
OFFICE_LIFETIME = Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=10))

WARNED_BEFORE = timedelta(minutes=3)
SEEN_AGAIN_AFTER = timedelta(minutes=1)
"""A session writes down that it was used, but not more often than this."""

PROVED_LATELY = timedelta(minutes=10)
"""How long a proof lasts before export, deletion or a change of the keys (ASVS 7.5.3)."""


def lifetime_of(session: PortalSession) -> Lifetime:
    """Return how long this session may live."""
    return OFFICE_LIFETIME if session.staff_member_id else LIFETIMES[session.level]


def ends_at(session: PortalSession) -> datetime:
    """Return when the session ends if nothing more happens."""
    lasts = lifetime_of(session)
    return min(session.seen_at + lasts.idle, session.started_at + lasts.absolute)


def is_live(session: PortalSession, *, now: datetime) -> bool:
    """Tell whether the session still opens anything; ended once is ended for good."""
    return session.ended_at is None and now < ends_at(session)


def is_seen_anew(session: PortalSession, *, now: datetime) -> bool:
    """Tell whether it is time to write down that the session was used."""
    return now - session.seen_at >= SEEN_AGAIN_AFTER


def has_proved_lately(session: PortalSession, *, now: datetime) -> bool:
    """Tell whether the person has shown a short while ago who they are."""
    return now - session.stepped_up_at < PROVED_LATELY


def needs_unphishable_key(member: StaffMember) -> bool:
    """Tell whether this person must sign in with a passkey: whoever gives rights to others."""
    return any(Right.ADMINISTER in RIGHTS[held.role] for held in member.roles)


def opens_office(session: PortalSession, member: StaffMember) -> bool:
    """Tell whether this sign-in is enough for the work of `member` (checks 2, 6.3.3)."""
    way = SIGN_IN_METHODS[session.method]
    return way.opens_office and not (way.phishable and needs_unphishable_key(member))


# Second factors

STEP_LASTS = timedelta(minutes=10)
KEPT_FORM_LASTS = timedelta(hours=1)
CONTACT_CHANGE_LASTS = timedelta(hours=24)
RECOVERY_CODES = 10
MOST_PASSKEYS = 10


@dataclass(frozen=True)
class Factors:
    """What a person could prove themselves with besides the password."""

    totp: TotpFactor | None
    passkeys: Sequence[Passkey]
    recovery_codes_left: int

    @property
    def has_app(self) -> bool:
        """Tell whether codes of an app are asked for."""
        return self.totp is not None and self.totp.confirmed_at is not None

    @property
    def is_second_factor_on(self) -> bool:
        """Tell whether the password alone is not enough.

        A passkey is a second factor only where an app is, too, or where the office demands one: a
        citizen who lost a device with its passkey still gets in with the password.
        """
        return self.has_app


def asks_second_factor(person: Person, factors: Factors) -> bool:
    """Tell whether the password of this person alone opens nothing."""
    return isinstance(person, StaffMember) or factors.is_second_factor_on


def can_drop(person: Person, factors: Factors, *, passkey: Passkey | None = None) -> bool:
    """Tell whether a factor (the passkey, else the app) can go: the last way in must stay."""
    passkeys_left = len(factors.passkeys) - (passkey is not None)
    app_left = factors.has_app and passkey is not None
    if isinstance(person, StaffMember):
        if needs_unphishable_key(person) and passkeys_left == 0:
            return False
        return passkeys_left > 0 or app_left
    return passkeys_left > 0 or person.password_hash is not None


def check_can_drop(person: Person, factors: Factors, *, passkey: Passkey | None = None) -> None:
    """Raise unless another way in is left."""
    if not can_drop(person, factors, passkey=passkey):
        raise NotAllowed(
            gettext(
                "Das ist Ihr letzter Schlüssel. Richten Sie zuerst einen anderen ein, sonst kommen"
                " Sie nicht mehr hinein."
            )
        )
