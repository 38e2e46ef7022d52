"""Visits outside the office: their own channel, at home or at a named place, never a summons."""

from datetime import time

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import service
from portal.appointments.models import Booking
from portal.calendars.models import Channel
from portal.core.errors import Conflict, InvalidInput
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.usefixtures("quiet_monday")


@pytest.fixture
def officer(session: Session) -> StaffMember:
    """Somebody who is in the house in the morning and visits people after two."""
    made = make.officer(session, opens=False)
    make.hours(session, made, weekday=4, ends=time(12), channels=[Channel.OFFICE])
    make.hours(session, made, weekday=4, starts=time(13), channels=[Channel.OUTREACH])
    return made


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session, street="Gartenstraße 14", postcode="35390", city="Lindenau")


THURSDAY = MONDAY.replace(day=MONDAY.day + 3)


def visit(session: Session, citizen: Citizen, officer: StaffMember, wall: time) -> Booking:
    make.case_of(session, citizen)
    return service.book(
        session,
        citizen=citizen,
        type=make.kind(session, "aufsuchend"),
        channel=Channel.OUTREACH,
        slot=make.slot_at(officer, THURSDAY, wall),
        note=None,
        by=officer,
        now=NOW,
    )


def test_a_visit_is_outreach_and_nothing_else(session: Session) -> None:
    assert make.kind(session, "aufsuchend").channels == [Channel.OUTREACH]


def test_a_visit_fits_only_into_hours_for_visits(
    session: Session, citizen: Citizen, officer: StaffMember
) -> None:
    with pytest.raises(Conflict):
        visit(session, citizen, officer, time(10))
    made = visit(session, citizen, officer, time(14))
    assert made.channel is Channel.OUTREACH
    assert made.room is None


def test_the_address_is_the_home(
    client: PortalClient, session: Session, citizen: Citizen, officer: StaffMember
) -> None:
    made = visit(session, citizen, officer, time(14))
    session.flush()
    client.sign_in(citizen)
    page = client.get(f"/termine/{made.id}").text
    assert "Wir kommen zu Ihnen nach Hause: Gartenstraße 14, Lindenau." in page
    client.sign_in(officer)
    assert "Gartenstraße 14, 35390 Lindenau" in client.get(f"/amt/termine/{made.id}").text


def test_without_an_address_the_place_is_agreed_on(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    made = visit(session, accounts.citizen(session), officer, time(14))
    session.flush()
    client.sign_in(made.citizen)
    assert "Den Ort sprechen wir mit Ihnen ab." in client.get(f"/termine/{made.id}").text


def test_no_visit_without_its_channel(
    session: Session, citizen: Citizen, officer: StaffMember
) -> None:
    make.case_of(session, citizen)
    with pytest.raises((Conflict, InvalidInput)):
        service.book(
            session,
            citizen=citizen,
            type=make.kind(session, "aufsuchend"),
            channel=Channel.OFFICE,
            slot=make.slot_at(officer, THURSDAY, time(10)),
            note=None,
            by=officer,
            now=NOW,
        )


def test_a_summons_stays_in_the_office(
    session: Session, citizen: Citizen, officer: StaffMember
) -> None:
    made = visit(session, citizen, officer, time(14))
    made.chosen_by_citizen, made.is_summons = False, True
    with pytest.raises(IntegrityError, match="a booking never becomes a summons"):
        session.flush()
