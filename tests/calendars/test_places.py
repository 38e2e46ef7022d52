"""Places and rooms, and who looks after them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.calendars import places, rules, service, taking
from portal.calendars.models import Place, Room, RoomClosure
from portal.calendars.taking import Take
from portal.core.errors import Conflict, InvalidInput, NotFound
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.usefixtures("quiet_monday")
DAY = timedelta(days=1)
PLACES = "/amt/verwaltung/orte"


@pytest.fixture
def administrator(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.ADMINISTRATOR)


@pytest.fixture
def house(session: Session) -> Place:
    return service.ensure_standard_place(session, name="Haus", address="Markt 1, 35390 Lindenau")


def room(session: Session, house: Place, by: StaffMember, **fields: Any) -> Room:
    return places.save_room(
        session,
        place=house,
        now=NOW,
        by=by,
        **{
            "room": None,
            "name": "Saal",
            "talks": 2,
            "seats": 20,
            "is_step_free": True,
            "is_active": True,
            **fields,
        },
    )


def take(session: Session, room: Room, part: int = 0, days: int = 1) -> None:
    starts = NOW + days * DAY
    resource = taking.parts_of(room)[part]
    wanted = [Take(resource, starts, starts + timedelta(hours=1))]
    taking.take(session, wanted, taken_by=uuid4(), now=NOW)


def test_the_office_has_one_standard_place(
    session: Session, house: Place, administrator: StaffMember
) -> None:
    assert service.ensure_standard_place(session, name="Anders", address="x") is house
    fields = {"address": "Uferweg 2", "directions": None, "by": administrator, "now": NOW}
    other = places.save_place(
        session, place=None, name="Nord", is_active=True, is_standard=True, **fields
    )
    session.refresh(house)
    assert (house.is_standard, other.is_standard) == (False, True)
    with pytest.raises(InvalidInput):
        places.save_place(
            session, place=other, name="Nord", is_active=False, is_standard=True, **fields
        )
    with pytest.raises(InvalidInput):
        places.save_place(
            session, place=other, name="Nord", is_active=True, is_standard=False, **fields
        )
    with pytest.raises(Conflict, match="gibt es schon"):
        places.save_place(
            session, place=None, name="Haus", is_active=True, is_standard=False, **fields
        )


@pytest.mark.parametrize("wrong", [{"talks": 0}, {"talks": 65}, {"seats": 0}, {"seats": 5_000}])
def test_rooms_have_bounds(
    session: Session, house: Place, administrator: StaffMember, wrong: dict[str, int]
) -> None:
    with pytest.raises(InvalidInput):
        room(session, house, administrator, **wrong)


def test_a_room_with_appointments_keeps_its_parts(
    session: Session, house: Place, administrator: StaffMember
) -> None:
    saal = room(session, house, administrator)
    take(session, saal, part=1)
    for change in ({"talks": 1}, {"is_active": False}):
        with pytest.raises(Conflict, match="noch Termine"):
            room(session, house, administrator, room=saal, **change)
    room(session, house, administrator, room=saal, talks=3)
    assert saal.talks == 3


def test_a_closed_room_names_what_is_booked(
    session: Session, house: Place, administrator: StaffMember
) -> None:
    saal = room(session, house, administrator)
    take(session, saal, days=2)
    more = {"room": saal, "reason": None, "by": administrator, "now": NOW}
    with pytest.raises(rules.Collides) as error:
        places.close_room(session, first_day=MONDAY, last_day=MONDAY + 3 * DAY, **more)
    assert len(error.value.taken) == 1
    closure = places.close_room(session, first_day=MONDAY, last_day=MONDAY + DAY, **more)
    assert places.closures_of(session, room=saal, today=MONDAY) == [closure]
    for first, last in ((MONDAY + DAY, MONDAY), (MONDAY - 2 * DAY, MONDAY - DAY)):
        with pytest.raises(InvalidInput):
            places.close_room(session, first_day=first, last_day=last, **more)
    places.reopen_room(session, closure=closure, by=administrator, now=NOW)
    session.flush()
    assert session.scalars(select(RoomClosure)).all() == []


def test_outreach_is_at_a_place_or_at_homes(session: Session, house: Place) -> None:
    officer = make.officer(session, opens=False)
    assert make.hours(session, officer, channels=["outreach"], weekday=2).place_id is None
    assert make.hours(session, officer, channels=["outreach"], place=house).place_id == house.id


def test_only_the_administration(
    client: PortalClient, session: Session, house: Place, administrator: StaffMember
) -> None:
    officer = make.officer(session)
    with pytest.raises(NotFound):
        room(session, house, officer)
    session.commit()
    client.sign_in(officer)
    for path in ("", "/neu", f"/{house.id}", f"/{house.id}/raum"):
        assert client.get(f"{PLACES}{path}").status_code == 404


def test_the_pages(
    client: PortalClient, session: Session, house: Place, administrator: StaffMember
) -> None:
    session.commit()
    client.sign_in(administrator)
    assert "Markt 1" in client.get(PLACES).get_data(as_text=True)
    answer = client.post_form(f"{PLACES}/neu", {"name": "", "address": "x"})
    assert answer.status_code == 422
    data = {"name": "Nord", "address": "Uferweg 2", "directions": "Bus 5", "is_active": "y"}
    answer = client.post_form(f"{PLACES}/neu", data, follow_redirects=True)
    assert "Bus 5" in answer.get_data(as_text=True)
    data = {"name": "Saal", "talks": "3", "seats": "24", "is_step_free": "y", "is_active": "y"}
    client.post_form(f"{PLACES}/{house.id}/raum", data)
    saal = session.scalars(select(Room)).one()
    page = f"{PLACES}/raum/{saal.id}"
    assert client.post_form(page, {**data, "talks": "99"}).status_code == 422
    assert client.post_form(page, {**data, "seats": "30"}).status_code == 302
    answer = client.post_form(
        f"{page}/sperren",
        {"closure-first_day": "20.11.2026", "closure-reason": "Maler"},
        follow_redirects=True,
    )
    assert "Freitag, 20. November 2026" in answer.get_data(as_text=True)
    closure = session.scalars(select(RoomClosure)).one()
    answer = client.post_form(f"{PLACES}/sperre/{closure.id}/aufheben", follow_redirects=True)
    assert "Der Raum ist immer zu haben." in answer.get_data(as_text=True)
    assert client.get(f"{PLACES}/raum/{uuid4()}").status_code == 404
