"""A joint booking: each of its officers sees, admits, writes and enters; nobody else does."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking, BookingOfficer
from portal.consultations.models import WaitingState
from portal.media import tickets
from tests.client import PortalClient
from tests.consultations.test_media_events import event, report
from tests.factories import consultations as factory

JSON = {"Accept": "application/json"}


@pytest.fixture
def second(session: Session) -> StaffMember:
    return factory.officer(session)


@pytest.fixture
def joint(session: Session, second: StaffMember) -> Booking:
    booking = factory.booking(session)
    session.add(BookingOfficer(booking_id=booking.id, staff_member_id=second.id, position=1))
    session.flush()
    return booking


def test_the_second_officer_sees_admits_and_enters(
    client: PortalClient, session: Session, joint: Booking, second: StaffMember
) -> None:
    ticket = factory.waiting(session, joint)
    client.sign_in(second)
    assert joint.citizen.name in client.get("/amt/beratung").text
    assert "Einlassen" in client.get(f"/amt/beratung/{joint.id}").text

    client.post_form(f"/amt/beratung/{joint.id}/einlassen/{ticket.id}")
    answer = client.post_form(f"/amt/beratung/{joint.id}/ticket", headers=JSON).json

    session.refresh(ticket)
    assert (ticket.state, ticket.admitted_by_id) == (WaitingState.ADMITTED, second.id)
    keys = client.application.config["SETTINGS"].ticket_keys
    opened = tickets.read(answer["token"], keys=keys)
    assert (opened.role, opened.participant) == ("officer", f"staff:{second.id}")
    assert "moderate" in opened.rights
    client.post_form(f"/amt/beratung/{joint.id}/zurueck/{ticket.id}")
    session.refresh(ticket)
    assert ticket.state == WaitingState.SENT_BACK


def test_media_reports_the_second_officer_and_guests(
    client: PortalClient, session: Session, joint: Booking, second: StaffMember
) -> None:
    talk = factory.running(session, joint)
    guest, _ = factory.guest(session, joint)
    foreign, _ = factory.guest(session, factory.booking(session))

    for who in (f"staff:{second.id}", f"guest:{guest.id}"):
        assert report(client, event(talk, "joined", participant=who)).status_code == 200
    for who in (f"guest:{foreign.id}", "guest:x", "guest:", f"staff:{foreign.id}"):
        assert report(client, event(talk, "joined", participant=who)).status_code == 404


def test_a_third_officer_finds_nothing(
    client: PortalClient, session: Session, joint: Booking
) -> None:
    ticket = factory.waiting(session, joint)
    client.sign_in(factory.officer(session))

    assert client.get(f"/amt/beratung/{joint.id}").status_code == 404
    knock = client.post_form(f"/amt/beratung/{joint.id}/einlassen/{ticket.id}")
    assert knock.status_code == 404
    assert client.get(f"/amt/beratung/{joint.id}/gaeste").status_code == 404
