"""Who may act for whom, in what, and how long: the law of representation as data and questions.

§ 13 SGB X power of attorney and companion, § 38 SGB II member of the benefit unit, §§ 1814 ff. BGB
guardian. Whether a representation counts right now is asked in `accounts.representing`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext

from portal.accounts.models import (
    Citizen,
    HelperInvitation,
    Power,
    Representation,
    RepresentationKind,
)
from portal.accounts.representing import is_in_force
from portal.core.errors import Expired, InvalidInput, NotAllowed, NotFound, PortalError

Kind = RepresentationKind

EVERYTHING = frozenset(Power)
_HELPING = EVERYTHING - {Power.BOOK}

# What each kind may have at most. A companion sits beside in a talk and opens no file (§ 13 (4)
# SGB X); what a guardian may do follows from the areas that the court has named.
AT_MOST: dict[Kind, frozenset[Power]] = {
    Kind.POWER_OF_ATTORNEY: EVERYTHING,
    Kind.GUARDIAN: EVERYTHING,
    Kind.COMPANION: frozenset(),
    Kind.HOUSEHOLD_MEMBER: EVERYTHING,
    Kind.HELPER: _HELPING,
    Kind.HELPER_ORGANISATION: _HELPING,
}

# What stands ticked when nobody has chosen yet. A member of the household may fill in for the other
# (§ 38 SGB II), but sends only what was allowed in so many words.
USUALLY: dict[Kind, frozenset[Power]] = {
    **AT_MOST,
    Kind.HOUSEHOLD_MEMBER: EVERYTHING - {Power.SEND, Power.BOOK},
    Kind.HELPER: _HELPING - {Power.SEND},
    Kind.HELPER_ORGANISATION: _HELPING - {Power.SEND},
}

A_SITTING = timedelta(hours=4)
A_YEAR = timedelta(days=365)

# A court looks at a guardianship again after seven years at the latest (§ 294 (3), § 295 (2)
# FamFG).
LONGEST: dict[Kind, timedelta] = {
    Kind.POWER_OF_ATTORNEY: 3 * A_YEAR,
    Kind.GUARDIAN: timedelta(days=7 * 366),
    Kind.COMPANION: A_YEAR,
    Kind.HOUSEHOLD_MEMBER: A_YEAR,
    Kind.HELPER: timedelta(days=31),
    Kind.HELPER_ORGANISATION: A_SITTING,
}

GIVEN_BY_THE_PERSON = (Kind.POWER_OF_ATTORNEY, Kind.HOUSEHOLD_MEMBER, Kind.COMPANION)
RECORDED_BY_THE_OFFICE = (Kind.GUARDIAN, Kind.POWER_OF_ATTORNEY)

CODE_LASTS: dict[Kind, timedelta] = {
    **dict.fromkeys(Kind, timedelta(hours=24)),
    Kind.HELPER: timedelta(minutes=15),
}
"""How long a code waits: minutes for who sits beside, a day for who gets it by telephone."""

TOLD_BEFORE = timedelta(days=7)
LONG = timedelta(days=32)
"""Only who was trusted for longer than this is told a week before the end."""


class Period(StrEnum):
    """How long somebody may act, as people choose it."""

    SITTING = "sitting"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    THREE_YEARS = "three_years"


PERIODS: dict[Period, timedelta] = {
    Period.SITTING: A_SITTING,
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=31),
    Period.QUARTER: timedelta(days=92),
    Period.YEAR: A_YEAR,
    Period.THREE_YEARS: 3 * A_YEAR,
}


class TaskArea(StrEnum):
    """What a court may give a guardian to do (§ 1815 BGB), as far as the office is concerned."""

    AUTHORITIES = "authorities"
    ASSETS = "assets"
    HOUSING = "housing"
    HEALTH = "health"
    POST = "post"


AREA_GIVES: dict[TaskArea, frozenset[Power]] = {
    TaskArea.AUTHORITIES: EVERYTHING,
    TaskArea.ASSETS: EVERYTHING,
    TaskArea.HOUSING: frozenset({Power.SEE, Power.UPLOAD, Power.BOOK}),
    TaskArea.HEALTH: frozenset({Power.SEE, Power.UPLOAD}),
    TaskArea.POST: frozenset({Power.SEE}),
}


def powers_of_areas(areas: Iterable[TaskArea]) -> frozenset[Power]:
    """Return what a guardian with these areas may do; at least one area must be named."""
    named = list(areas)
    if not named:
        raise InvalidInput(
            gettext("Wählen Sie mindestens einen Aufgabenkreis aus dem Betreuerausweis."),
            field="areas",
        )
    return frozenset().union(*(AREA_GIVES[area] for area in named))


def powers_given(kind: Kind, wanted: Iterable[Power]) -> frozenset[Power]:
    """Return the powers that this kind gets of those wanted; who does anything sees the file too.

    Raise `InvalidInput` when none is wanted of somebody who is there to act, or one that this kind
    never has.
    """
    powers = frozenset(wanted)
    if not AT_MOST[kind]:
        return AT_MOST[kind]
    if not powers:
        raise InvalidInput(gettext("Wählen Sie, was die Person darf."), field="powers")
    if powers - AT_MOST[kind]:
        raise InvalidInput(gettext("Das lässt sich hier nicht erlauben."), field="powers")
    return powers | {Power.SEE}


def ends_at(kind: Kind, period: Period, *, now: datetime) -> datetime:
    """Return when a representation of this kind ends that begins now."""
    lasts = PERIODS[period]
    if lasts > LONGEST[kind]:
        raise InvalidInput(gettext("So lange geht das nicht. Wählen Sie weniger."), field="period")
    return now + lasts


def check_period(
    kind: Kind, *, starts_at: datetime, ends_at: datetime | None, now: datetime
) -> None:
    """Raise unless this kind may last from then until then; only a guardian may have no end."""
    if ends_at is None:
        if kind is not Kind.GUARDIAN:
            raise InvalidInput(gettext("Geben Sie an, bis wann das gilt."), field="ends_on")
        return
    if ends_at <= max(starts_at, now):
        raise InvalidInput(gettext("Dieser Tag ist schon vorbei."), field="ends_on")
    if ends_at - max(starts_at, now) > LONGEST[kind] + timedelta(days=1):
        raise InvalidInput(gettext("So lange geht das nicht. Wählen Sie weniger."), field="ends_on")


def is_for_a_sitting(invitation: HelperInvitation) -> bool:
    """Tell whether the help ends with the session in which the code is taken."""
    return invitation.help_ends_at - invitation.created_at <= A_SITTING


def kind_taken(invitation: HelperInvitation, *, organisation: str | None) -> Kind:
    """Return by what right somebody acts who takes this code, maybe for an organisation."""
    if not organisation:
        return invitation.kind
    if invitation.kind is not Kind.HELPER:
        raise InvalidInput(
            gettext("Eine Vollmacht bekommt immer ein Mensch, keine Stelle."), field="organisation"
        )
    return Kind.HELPER_ORGANISATION


def check_can_accept(invitation: HelperInvitation | None, by: Citizen, *, now: datetime) -> None:
    """Raise unless `by` may take this code now."""
    check_is_open(invitation, now=now)
    if invitation is not None and invitation.principal_id == by.id:
        raise InvalidInput(
            gettext(
                "Das ist Ihr eigener Code. Zeigen Sie ihn der Person, die für Sie handeln soll."
            )
        )


def check_is_open(invitation: HelperInvitation | None, *, now: datetime) -> None:
    """Raise `Expired` for a code that is wrong, used, withdrawn or too old: nobody learns which."""
    if (
        invitation is None
        or invitation.accepted_at is not None
        or invitation.withdrawn_at is not None
        or now >= invitation.expires_at
    ):
        raise Expired(
            gettext(
                "Dieser Code stimmt nicht, wurde schon benutzt oder ist abgelaufen. Bitten Sie um"
                " einen neuen."
            )
        )


def needs_consent(guardians: Sequence[Representation], *, now: datetime) -> bool:
    """Tell whether a reservation of consent stands: own declarations need the guardian's.

    § 1825 BGB. It keeps nobody from handing in a paper or filing an application.
    """
    return any(
        one.kind is Kind.GUARDIAN and one.consent_reserved and is_in_force(one, now=now)
        for one in guardians
    )


def check_can_invite(kind: Kind, guardians: Sequence[Representation], *, now: datetime) -> None:
    """Raise unless a person with these guardians may trust somebody by themselves now.

    To be helped for a while is a small matter (§ 1825 (3) BGB); a power of attorney is none.
    """
    if kind in {Kind.POWER_OF_ATTORNEY, Kind.HOUSEHOLD_MEMBER} and needs_consent(
        guardians, now=now
    ):
        raise NotAllowed(
            gettext(
                "Dafür brauchen Sie die Zustimmung Ihrer Betreuerin oder Ihres Betreuers. Bitte"
                " rufen Sie uns zusammen an."
            )
        )


def check_can_end(representation: Representation, by: Citizen) -> None:
    """Raise unless this citizen may end it: either side may, but a guardianship ends at court."""
    if by.id not in {representation.principal_id, representation.representative_id}:
        raise NotFound
    if representation.kind is Kind.GUARDIAN:
        raise NotAllowed(
            gettext(
                "Eine rechtliche Betreuung beendet nur das Gericht. Ist sie zu Ende, rufen Sie uns"
                " bitte an."
            )
        )


def can_end(representation: Representation, by: Citizen) -> bool:
    """Tell whether this citizen may end it."""
    try:
        check_can_end(representation, by)
    except PortalError:
        return False
    return True


def can_act(representation: Representation) -> bool:
    """Tell whether there is anything that the representative may do; a companion does nothing."""
    return bool(representation.powers)


def check_can_switch(representation: Representation, by: Citizen, *, now: datetime) -> None:
    """Raise `NotFound` unless `by` may act through this representation now."""
    if (
        representation.representative_id != by.id
        or not can_act(representation)
        or not is_in_force(representation, now=now)
    ):
        raise NotFound(gettext("Sie dürfen für diese Person nicht handeln."))


def is_long(representation: Representation) -> bool:
    """Tell whether both sides are told before it ends."""
    ends = representation.ends_at
    return ends is not None and ends - representation.starts_at >= LONG
