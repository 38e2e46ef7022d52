"""What citizens see and do: a seat in two taps, a place on the list, no name of anybody."""

from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments import service
from portal.appointments.group_models import Audience, GroupEvent
from portal.appointments.groups import jobs, planning
from portal.appointments.models import Booking, BookingState
from portal.calendars.slots import at_wall
from tests.client import PortalClient
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")
NINE = at_wall(MONDAY, time(9))


def page(event: GroupEvent, more: str = "") -> str:
    return f"/termine/gruppen/{event.id}{more}"


def test_a_seat_in_two_taps_from_the_list(session: Session, client: PortalClient) -> None:
    # Given a workshop with seats and somebody who has one
    event = groups.event(session)
    groups.seat(session, event, accounts.citizen(session, last_name="Geheim"))
    citizen = accounts.citizen(session)
    client.sign_in(citizen)
    # When the citizen looks at the list
    answer = client.get("/termine/gruppen")
    assert "Bewerbung schreiben" in answer.text
    assert "noch 2 Plätze" in answer.text
    assert "Geheim" not in answer.text
    # And opens it: the seats left, no name
    answer = client.get(page(event))
    assert "Geheim" not in answer.text
    assert "Platz nehmen" in answer.text
    # And takes a seat, twice
    for _ in range(2):
        answer = client.post_form(page(event, "/anmelden"))
        assert answer.status_code == 302
    # Then it is an appointment like others
    answer = client.get(answer.location)
    assert "Ihr Termin ist gebucht" in answer.text
    assert "Bewerbung schreiben" in client.get("/termine").text
    [booking] = session.scalars(select(Booking).where(Booking.citizen_id == citizen.id))
    shown = client.get(f"/termine/{booking.id}").text
    assert "Bewerbung schreiben" in shown
    assert "Verschieben" not in shown
    assert "120 Minuten" in shown
    assert b"BEGIN:VEVENT" in client.get(f"/termine/{booking.id}/kalender.ics").data
    assert "Sie haben einen Platz" in client.get("/termine/gruppen").text


def test_a_full_one_offers_the_list_and_says_the_place(
    session: Session, client: PortalClient
) -> None:
    event = groups.event(session, seats=1)
    taken = groups.seat(session, event)
    groups.wish(session, event, accounts.citizen(session), now=NOW - timedelta(minutes=1))
    citizen = accounts.citizen(session)
    client.sign_in(citizen)
    assert "Ausgebucht" in client.get("/termine/gruppen").text
    answer = client.post_form(page(event, "/anmelden"))
    assert answer.status_code == 409
    assert "Auf die Warteliste" in answer.text
    answer = client.post_form(page(event, "/warteliste"))
    assert answer.location.endswith(page(event))
    assert "Sie sind Platz 2 auf der Warteliste" in client.get(page(event)).text
    assert "Sie stehen auf der Warteliste" in client.get("/termine/gruppen").text
    # One leaves before, then the seat comes free
    first = accounts.citizen(session)
    assert first
    client.post_form(page(event, "/warteliste/verlassen"))
    assert "Sie sind Platz" not in client.get(page(event)).text
    assert taken.seat == 1


def test_an_offer_is_answered_on_the_same_page(session: Session, client: PortalClient) -> None:
    event = groups.event(session, seats=1)
    taken, citizen = groups.seat(session, event), accounts.citizen(session)
    groups.wish(session, event, citizen)
    with time_machine.travel(NINE, tick=False):
        client.sign_in(citizen)
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        session.commit()
        answer = client.get(page(event))
        assert "Ein Platz ist für Sie frei, bis 09:20 Uhr" in answer.text
        assert "Ein Platz ist für Sie frei" in client.get("/termine/gruppen").text
        client.post_form(page(event, "/anmelden"))
        assert "Sie haben einen Platz" in client.get(page(event)).text


def test_who_says_no_lets_the_next_be_asked(session: Session, client: PortalClient) -> None:
    event = groups.event(session, seats=1)
    taken, citizen = groups.seat(session, event), accounts.citizen(session)
    groups.wish(session, event, citizen)
    with time_machine.travel(NINE, tick=False):
        client.sign_in(citizen)
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        session.commit()
        client.post_form(page(event, "/warteliste/verlassen"))
    assert session.scalar(select(func.count(Booking.id)).where(Booking.seat.is_not(None))) == 0


def test_filters_of_the_list(session: Session, client: PortalClient) -> None:
    groups.event(session, title="Auf Arabisch", language="ar")
    groups.event(
        session,
        title="In der Bücherei",
        where_else="Bücherei",
        day=MONDAY + timedelta(days=30),
    )
    client.sign_in(accounts.citizen(session))
    answer = client.get("/termine/gruppen?sprache=ar")
    assert "Auf Arabisch" in answer.text
    assert "In der Bücherei" not in answer.text
    answer = client.get("/termine/gruppen?monat=2026-12")
    assert "Auf Arabisch" not in answer.text
    assert "In der Bücherei" in answer.text
    assert client.get("/termine/gruppen?monat=quatsch&ort=1&sprache=xx").status_code == 200


def test_an_event_that_is_not_mine_is_not_found(session: Session, client: PortalClient) -> None:
    event = groups.event(session, audience=Audience.INVITED)
    client.sign_in(accounts.citizen(session))
    assert client.get(page(event)).status_code == 404
    for more in ("/anmelden", "/warteliste", "/warteliste/verlassen"):
        assert client.post_form(page(event, more)).status_code == 404


def test_cancelled_while_one_looked(session: Session, client: PortalClient) -> None:
    event = groups.event(session)
    client.sign_in(accounts.citizen(session))
    client.get(page(event))
    planning.cancel(session, event=event, by=event.lead, now=NOW)
    session.commit()
    answer = client.post_form(page(event, "/anmelden"))
    assert answer.status_code == 409
    assert "abgesagt" in answer.text


def test_leaving_a_seat_by_the_page_of_the_appointment(
    session: Session, client: PortalClient
) -> None:
    event, citizen = groups.event(session), accounts.citizen(session)
    booking = groups.seat(session, event, citizen)
    client.sign_in(citizen)
    client.post_form(f"/termine/{booking.id}/absagen")
    session.refresh(booking)
    assert (booking.state, booking.seat) == (BookingState.CANCELLED, None)
    assert "Platz nehmen" in client.get(page(event)).text
    assert client.get(f"/termine/{booking.id}/verschieben").status_code == 409


def test_the_list_asks_the_same_however_long(session: Session, client: PortalClient) -> None:
    lead = make.officer(session, opens=False)
    client.sign_in(accounts.citizen(session))

    def ask() -> int:
        with counted_queries() as queries:
            client.get("/termine/gruppen")
        return len(queries)

    def add(number: int) -> None:
        event = groups.event(
            session, lead=lead, starts=time(8 + number), ends=time(8 + number, 30), where_else="B"
        )
        groups.seat(session, event)
        groups.wish(session, event, accounts.citizen(session))

    add(0)
    ask()
    one = ask()
    for number in range(1, 8, 2):
        add(number)
    assert ask() == one
