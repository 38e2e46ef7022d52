"""Who may do what in a talk: one table from role to rights, decided here and enforced by media."""

from collections.abc import Mapping

from portal.accounts.models import Citizen, StaffMember
from portal.consultations.guest_models import Guest, GuestRole
from portal.media.tickets import Right

Person = Citizen | StaffMember | Guest
"""Whoever takes part in a talk."""

OFFICER, CITIZEN = "officer", "citizen"

_SPEAKS = frozenset({Right.ENTER, Right.AUDIO, Right.VIDEO, Right.CHAT})

RIGHTS: Mapping[str, frozenset[Right]] = {
    OFFICER: _SPEAKS | {Right.SCREEN, Right.POINT, Right.MODERATE},
    CITIZEN: _SPEAKS | {Right.SCREEN, Right.POINT},
    GuestRole.INTERPRETER: _SPEAKS | {Right.POINT},
    GuestRole.COMPANION: _SPEAKS | {Right.POINT},
    GuestRole.PARTNER: _SPEAKS | {Right.POINT},
    GuestRole.COLLEAGUE: _SPEAKS | {Right.SCREEN, Right.POINT},
    GuestRole.HELPER: frozenset({Right.ENTER}),  # listed for all, sends nothing
}

SEES_TABLE = frozenset({role for role, rights in RIGHTS.items() if Right.POINT in rights})
"""Who sees the page that is shown to all: who takes part in what is said about it.

Who only listens in does not get to see papers of the file.
"""

# Media knows no partner: who comes along is a companion there.
_IN_MEDIA: Mapping[str, str] = {GuestRole.PARTNER: GuestRole.COMPANION}

INVITED_BY_CITIZENS = (GuestRole.COMPANION, GuestRole.PARTNER, GuestRole.INTERPRETER)
INVITED_BY_OFFICERS = tuple(GuestRole)


def role_of(person: Person) -> str:
    """Return the role in which somebody takes part."""
    if isinstance(person, Guest):
        return person.role.value
    return CITIZEN if isinstance(person, Citizen) else OFFICER


def media_role(person: Person) -> str:
    """Return the role under which media lists somebody."""
    role = role_of(person)
    return str(_IN_MEDIA.get(role, role))


def rights_of(person: Person) -> frozenset[str]:
    """Return what somebody may do in the room."""
    return frozenset(right.value for right in RIGHTS[role_of(person)])


def sees_table(person: Person) -> bool:
    """Tell whether a page that is shown to all is shown to this person, too."""
    return is_at_table(role_of(person))


def is_at_table(role: str) -> bool:
    """Tell the same of a role, as a place in the waiting room keeps it."""
    return role in SEES_TABLE


def participant_of(person: Person) -> str:
    """Return the name of a person in the media process."""
    return f"{person.actor.kind}:{person.id}"


def name_of(person: Person) -> str:
    """Return the name under which others see somebody."""
    return person.shown_name if isinstance(person, Guest) else person.name
