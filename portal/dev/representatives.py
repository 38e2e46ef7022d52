"""Who acts for whom in the demo office: a guardian, a daughter, a helper, a code that waits."""

from datetime import timedelta

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen, Power, RepresentationKind, Right
from portal.accounts.rules import can
from portal.core.errors import NotFound
from portal.dev.people import DEMO_DOMAIN
from portal.dev.stage import Office
from portal.representation import rules, service
from portal.representation.rules import Period, TaskArea

Kind = RepresentationKind

GUARDIAN = "ruth.sander"
CLIENTS = ("gerhard.winkler", "horst.eichler", "hatice.sahin")
DAUGHTER, MOTHER = "elif.kaya", "birgit.ziegler"
HELPED, HELPER = "oksana.kovalenko", "nadia.benali"


def fill(office: Office) -> None:
    """Let them trust each other, through the real deeds."""
    _guardian(office)
    _daughter(office)
    _helper(office)


def _person(office: Office, name: str) -> Citizen:
    found = accounts.citizen_by_address(office.session, name + DEMO_DOMAIN)
    if found is None:
        raise NotFound(name)
    return found


def _guardian(office: Office) -> None:
    """A court has named one guardian for three people; the front desk has seen the papers."""
    desk = next(one for one in office.staff if can(one, Right.RECORD_REPRESENTATION))
    for number, name in enumerate(CLIENTS):
        areas = (TaskArea.AUTHORITIES, TaskArea.ASSETS) if number < 2 else (TaskArea.HOUSING,)
        service.grant(
            office.session,
            principal=_person(office, name),
            representative=_person(office, GUARDIAN),
            kind=Kind.GUARDIAN,
            powers=rules.powers_of_areas(areas),
            task_areas=areas,
            consent_reserved=number == 1,
            proof="Betreuerausweis, Amtsgericht Lindenau, 3.2.2026",
            starts_at=office.ago(days=40),
            ends_at=None,
            by=desk,
            now=office.ago(days=40),
        )


def _daughter(office: Office) -> None:
    """A daughter has a power of attorney for a year."""
    mother = _person(office, MOTHER)
    service.grant(
        office.session,
        principal=mother,
        representative=_person(office, DAUGHTER),
        kind=Kind.POWER_OF_ATTORNEY,
        powers=list(Power),
        starts_at=office.ago(days=20),
        ends_at=office.now + timedelta(days=345),
        by=mother,
        now=office.ago(days=20),
    )


def _helper(office: Office) -> None:
    """A neighbour helps for a week; a second code is still waiting."""
    helped = _person(office, HELPED)
    service.grant(
        office.session,
        principal=helped,
        representative=_person(office, HELPER),
        kind=Kind.HELPER,
        powers=[Power.SEE, Power.FILL_IN, Power.UPLOAD],
        starts_at=office.ago(days=1),
        ends_at=office.now + timedelta(days=6),
        by=helped,
        now=office.ago(days=1),
    )
    service.invite(
        office.session,
        principal=helped,
        kind=Kind.HELPER,
        powers=[Power.SEE, Power.UPLOAD],
        period=Period.SITTING,
        now=office.now,
    )
