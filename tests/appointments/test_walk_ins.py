"""The front desk books for people who have an account and no file yet."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments.models import Arranged, Booking
from portal.audit.models import Event
from portal.notifications.queries import latest_messages
from tests.client import PortalClient
from tests.factories import accounts, office
from tests.factories import appointments as make

pytestmark = pytest.mark.usefixtures("quiet_monday")
NEW = "/amt/termine/neu"


@pytest.fixture
def rosa(session: Session) -> Citizen:
    make.kind(session)
    return accounts.citizen(session, first_name="Rosa", last_name="Marino")


@pytest.fixture
def receptionist(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.FRONT_DESK)


@pytest.fixture
def desk(client: PortalClient, session: Session, receptionist: StaffMember) -> PortalClient:
    client.sign_in(receptionist)
    return client


def test_from_the_name_to_the_booking(
    desk: PortalClient, session: Session, rosa: Citizen, receptionist: StaffMember
) -> None:
    officer, address = make.officer(session), rosa.email
    session.commit()
    page = f"{NEW}/konto/{rosa.id}"
    assert page in desk.get(f"{NEW}?suche=marino,+rosa").text
    times = f"{page}/beratung-video"
    assert times in desk.get(page).text
    slot = make.slot_at(officer)
    assert slot.key in desk.get(times).text

    answer = desk.post_form(times, {"slot": slot.key, "arranged": "desk"})

    booking = session.scalars(select(Booking)).one()
    assert answer.location == f"/amt/termine/{booking.id}"
    assert (booking.citizen_id, booking.case_id) == (rosa.id, None)
    assert (booking.arranged, booking.chosen_by_citizen) == (Arranged.DESK, True)
    assert "Rosa Marino" in desk.get(answer.location).text
    assert [one.template for one in latest_messages(session, address=address)] == ["booking_made"]
    [deed] = session.scalars(select(Event).where(Event.deed == "appointments.booked"))
    assert (deed.subject_id, deed.actor_name) == (str(booking.id), receptionist.name)


@pytest.mark.parametrize("said", ["rosa", "marino", "ros+mar", "%25+%25", "r"])
def test_nobody_pages_through_the_accounts(desk: PortalClient, rosa: Citizen, said: str) -> None:
    assert str(rosa.id) not in desk.get(f"{NEW}?suche={said}").text


def test_who_has_a_file_is_found_by_it(desk: PortalClient, session: Session, rosa: Citizen) -> None:
    case = make.case_of(session, rosa)
    session.commit()
    page = desk.get(f"{NEW}?suche=rosa+marino").text
    assert f"{NEW}/konto" not in page
    assert f"{NEW}/{case.id}/{rosa.id}/beratung-video" in page


def test_an_account_that_nobody_confirmed_is_not_found(
    desk: PortalClient, session: Session, rosa: Citizen
) -> None:
    rosa.confirmed_at = None
    session.commit()
    assert f"{NEW}/konto" not in desk.get(f"{NEW}?suche=rosa+marino").text
    assert desk.get(f"{NEW}/konto/{rosa.id}").status_code == 404


def test_kin_are_booked_by_somebody_else(
    desk: PortalClient, session: Session, rosa: Citizen, receptionist: StaffMember
) -> None:
    office.conflict(session, case=make.case_of(session, rosa), member=receptionist)
    session.commit()
    assert desk.get(f"{NEW}/konto/{rosa.id}").status_code == 404


@pytest.mark.parametrize("role", [Role.INTEGRATION_OFFICER, Role.TEAM_LEAD, Role.MAILROOM])
def test_only_the_front_desk_finds_accounts(
    client: PortalClient, session: Session, rosa: Citizen, role: Role
) -> None:
    client.sign_in(accounts.staff_member(session, role))
    assert "konto" not in client.get(f"{NEW}?suche=rosa+marino").text.split("<main", 1)[-1]
    for path in (f"{NEW}/konto/{rosa.id}", f"{NEW}/konto/{rosa.id}/beratung-video"):
        assert client.get(path).status_code == 404
