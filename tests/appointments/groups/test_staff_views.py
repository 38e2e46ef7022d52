"""What the office sees and does with events; names only where somebody may see them."""

from datetime import time, timedelta
from io import BytesIO

import pikepdf
import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.group_models import Audience, EventState, GroupEvent
from portal.appointments.models import Arranged, Booking, BookingState
from portal.audit.models import Event
from portal.calendars.slots import at_wall
from portal.core.errors import Conflict
from tests.client import PortalClient
from tests.factories import accounts, groups, office
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")


def page(event: GroupEvent, more: str = "") -> str:
    return f"/amt/termine/gruppen/{event.id}{more}"


def sent(event: GroupEvent | None = None, **changed: str) -> dict[str, str]:
    """Return a form as it is sent for a workshop on the quiet Tuesday."""
    return {
        "title": "Lebenslauf",
        "language": "de",
        "day": "17.11.2026",
        "starts": "10:00",
        "ends": "12:00",
        "channel": "office",
        "room": "",
        "where_else": "Bücherei",
        "seats": "5",
        "closes_hours": "2",
        "audience": "everybody",
        "repeat": "once",
        "times": "1",
        **changed,
    }


class TestPlanning:
    def test_an_event_from_the_list(self, session: Session, client: PortalClient) -> None:
        lead = make.officer(session, opens=False)
        kind = make.kind(session, "workshop")
        client.sign_in(lead)
        assert "Veranstaltung planen" in client.get("/amt/termine/gruppen").text
        assert client.get("/amt/termine/gruppen/neu?art=workshop").status_code == 200
        form = sent(kind=str(kind.id), lead=str(lead.id))
        answer = client.post_form("/amt/termine/gruppen/neu", data=form)
        assert answer.status_code == 302
        [event] = session.scalars(select(GroupEvent))
        assert (event.title, event.seats, event.minutes) == ("Lebenslauf", 5, 120)
        assert event.starts_at == at_wall(groups.TUESDAY, time(10))
        assert "Lebenslauf" in client.get("/amt/termine/gruppen").text
        assert "0 von 5 Plätzen" in client.get("/amt/termine?ab=2026-11-17").text

    def test_what_was_typed_is_kept(self, session: Session, client: PortalClient) -> None:
        lead = make.officer(session, opens=False)
        kind = make.kind(session, "workshop")
        client.sign_in(lead)
        form = sent(kind=str(kind.id), lead=str(lead.id), ends="9:00")
        answer = client.post_form("/amt/termine/gruppen/neu", data=form)
        assert answer.status_code == 422
        assert "Das Ende muss nach dem Beginn liegen." in answer.text
        assert "Lebenslauf" in answer.text

    def test_a_series(self, session: Session, client: PortalClient) -> None:
        lead = make.officer(session, opens=False)
        kind = make.kind(session, "workshop")
        client.sign_in(lead)
        form = sent(kind=str(kind.id), lead=str(lead.id), repeat="monthly", times="3")
        client.post_form("/amt/termine/gruppen/neu", data=form)
        days = [
            one.day.day
            for one in session.scalars(select(GroupEvent).order_by(GroupEvent.starts_at))
        ]
        assert days == [17, 15, 19]  # each the third Tuesday

    def test_another_like_it(self, session: Session, client: PortalClient) -> None:
        event = groups.event(session)
        client.sign_in(event.lead)
        answer = client.get(f"/amt/termine/gruppen/neu?von={event.id}")
        assert "Bewerbung schreiben" in answer.text

    def test_moving_says_that_all_were_told(self, session: Session, client: PortalClient) -> None:
        event = groups.event(session)
        booking = groups.seat(session, event)
        client.sign_in(event.lead)
        assert "Bewerbung schreiben" in client.get(page(event, "/aendern")).text
        form = sent(lead=str(event.lead_id), starts="14:00", ends="16:00")
        answer = client.post_form(page(event, "/aendern"), data=form)
        assert answer.status_code == 302
        session.refresh(booking)
        assert booking.starts_at == at_wall(groups.TUESDAY, time(14))

    def test_cancelling_asks_first(self, session: Session, client: PortalClient) -> None:
        event = groups.event(session)
        groups.seat(session, event)
        client.sign_in(event.lead)
        assert "1 Platz ist vergeben." in client.get(page(event, "/absagen")).text
        client.post_form(page(event, "/absagen"))
        session.refresh(event)
        assert event.state == EventState.CANCELLED

    def test_a_stranger_may_look_and_not_touch(
        self, session: Session, client: PortalClient
    ) -> None:
        event = groups.event(session)
        client.sign_in(make.officer(session, opens=False))
        assert client.get(page(event)).status_code == 200
        assert client.get(page(event, "/aendern")).status_code == 404
        assert client.get(page(event, "/liste.pdf")).status_code == 404
        assert client.post_form(page(event, "/absagen")).status_code == 404
        assert client.post_form(page(event, "/anwesenheit")).status_code == 404


class TestNames:
    def test_who_leads_sees_them_and_others_a_number(
        self, session: Session, client: PortalClient
    ) -> None:
        event, citizen = groups.event(session), accounts.citizen(session, last_name="Geheim")
        make.case_of(session, citizen)
        groups.seat(session, event, citizen)
        client.sign_in(event.lead)
        assert "Geheim" in client.get(page(event)).text
        client.sign_in(make.officer(session, opens=False))
        answer = client.get(page(event)).text
        assert "Geheim" not in answer
        assert "1 Person, deren Name Sie nicht sehen." in answer

    def test_whose_file_is_open_sees_that_name(
        self, session: Session, client: PortalClient
    ) -> None:
        event, citizen = groups.event(session), accounts.citizen(session, last_name="Geheim")
        own = make.officer(session, opens=False)
        make.case_of(session, citizen, integration_officer=own)
        groups.seat(session, event, citizen)
        groups.seat(session, event)
        client.sign_in(own)
        answer = client.get(page(event)).text
        assert "Geheim" in answer
        assert "1 Person, deren Name Sie nicht sehen." in answer

    def test_a_conflict_of_interest_hides_it_from_who_leads_and_gives_no_seat(
        self, session: Session, client: PortalClient
    ) -> None:
        event, citizen = groups.event(session), accounts.citizen(session, last_name="Geheim")
        case = make.case_of(session, citizen)
        groups.seat(session, event, citizen)
        office.conflict(session, case=case, member=event.lead)
        client.sign_in(event.lead)
        assert "Geheim" not in client.get(page(event)).text
        other = groups.event(session, lead=event.lead, day=MONDAY + timedelta(days=2))
        with pytest.raises(Conflict, match="keinen Platz"):
            groups.seat(session, other, citizen)

    def test_the_printed_list_is_tagged_and_written_down(
        self, session: Session, client: PortalClient
    ) -> None:
        event, citizen = groups.event(session), accounts.citizen(session, last_name="Geheim")
        case = make.case_of(session, citizen)
        groups.seat(session, event, citizen)
        client.sign_in(event.lead)
        answer = client.get(page(event, "/liste.pdf"))
        with pikepdf.open(BytesIO(answer.data)) as read:
            assert "/StructTreeRoot" in read.Root
        deeds = session.scalars(select(Event.deed).where(Event.chain.contains(str(case.id)))).all()
        assert "appointments.group_list_printed" in deeds


class TestWhoCame:
    def test_all_at_once_with_what_was_wrong_at_its_line(
        self, session: Session, client: PortalClient
    ) -> None:
        event = groups.event(session)
        one, two, three = (groups.seat(session, event) for _ in range(3))
        with time_machine.travel(event.ends_at, tick=False):
            client.sign_in(event.lead)
            form = {f"outcome-{one.id}": "excused", f"outcome-{two.id}": "came"}
            answer = client.post_form(page(event, "/anwesenheit"), data=form)
            assert "Bitte nennen Sie den Grund." in answer.text
            for booking in (one, two, three):
                session.refresh(booking)
            assert [b.state for b in (one, two, three)] == [
                BookingState.BOOKED,
                BookingState.CAME,
                BookingState.BOOKED,
            ]
            form = {
                f"outcome-{one.id}": "excused",
                f"reason-{one.id}": "Kind krank",
                "rest": "1",
            }
            answer = client.post_form(page(event, "/anwesenheit"), data=form)
            assert answer.status_code == 302
        for booking in (one, three):
            session.refresh(booking)
        assert (one.state, three.state) == (BookingState.EXCUSED, BookingState.CAME)

    def test_a_line_of_somewhere_else_is_not_written(
        self, session: Session, client: PortalClient
    ) -> None:
        event, other = groups.event(session), groups.event(session, where_else="Bücherei")
        foreign = groups.seat(session, other)
        groups.seat(session, event)
        with time_machine.travel(event.ends_at, tick=False):
            client.sign_in(event.lead)
            form = {f"outcome-{foreign.id}": "came", "outcome-x": "came", "outcome-": "nonsense"}
            assert client.post_form(page(event, "/anwesenheit"), data=form).status_code == 302
        session.refresh(foreign)
        assert foreign.state == BookingState.BOOKED


class TestTakingIn:
    def test_somebody_who_calls(self, session: Session, client: PortalClient) -> None:
        event, citizen = groups.event(session), accounts.citizen(session, last_name="Anrufer")
        own = make.officer(session, opens=False)
        case = make.case_of(session, citizen, integration_officer=own)
        client.sign_in(own)
        answer = client.get(page(event, "/aufnehmen?suche=Anrufer"))
        assert "Platz geben, am Telefon" in answer.text
        for _ in range(2):
            answer = client.post_form(
                page(event, f"/aufnehmen/{case.id}/{citizen.id}"), data={"arranged": "phone"}
            )
            assert answer.status_code == 302
        [booking] = session.scalars(select(Booking))
        assert (booking.arranged, booking.chosen_by_citizen) == (Arranged.PHONE, True)

    def test_on_the_list_when_it_is_full(self, session: Session, client: PortalClient) -> None:
        event, citizen = groups.event(session, seats=1), accounts.citizen(session)
        groups.seat(session, event)
        own = make.officer(session, opens=False)
        case = make.case_of(session, citizen, integration_officer=own)
        client.sign_in(own)
        address = page(event, f"/aufnehmen/{case.id}/{citizen.id}")
        answer = client.post_form(address, data={"arranged": "desk"})
        assert answer.status_code == 409
        client.post_form(address, data={"arranged": "desk", "liste": "1"})
        assert "1 Person wartet" in client.get(page(event)).text

    def test_nobody_whose_file_is_closed(self, session: Session, client: PortalClient) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        case = make.case_of(session, citizen)
        client.sign_in(make.officer(session, opens=False))
        address = page(event, f"/aufnehmen/{case.id}/{citizen.id}")
        assert client.post_form(address, data={"arranged": "desk"}).status_code == 404

    def test_inviting_a_case(self, session: Session, client: PortalClient) -> None:
        citizen = accounts.citizen(session)
        event = groups.event(session, audience=Audience.INVITED)
        case = make.case_of(session, citizen, integration_officer=event.lead)
        client.sign_in(event.lead)
        client.post_form(page(event, f"/einladen/{case.id}"))
        assert case.file_reference in client.get(page(event)).text
        groups.seat(session, event, citizen)


def test_filters_of_the_list(session: Session, client: PortalClient) -> None:
    lead = make.officer(session, opens=False)
    groups.event(session, title="Meine", lead=lead)
    other = groups.event(session, title="Andere", key="arbeitgeber")

    client.sign_in(lead)
    answer = client.get("/amt/termine/gruppen?wer=mine").text
    assert "Meine" in answer
    assert "Andere" not in answer
    answer = client.get(f"/amt/termine/gruppen?art={other.type_id}").text
    assert "Andere" in answer
    assert ">Meine<" not in answer
    assert "Keine Veranstaltung" in client.get("/amt/termine/gruppen?zeit=past").text
    assert client.get("/amt/termine/gruppen?art=x&ort=y&zeit=z").status_code == 200


def test_the_list_asks_the_same_however_long(session: Session, client: PortalClient) -> None:
    lead = make.officer(session, opens=False)
    client.sign_in(lead)

    def ask() -> int:
        with counted_queries() as queries:
            client.get("/amt/termine/gruppen")
        return len(queries)

    def add(number: int) -> None:
        helper = make.officer(session, opens=False)
        event = groups.event(
            session,
            lead=lead,
            others=(helper,),
            where_else="B",
            starts=time(7 + number),
            ends=time(7 + number, 30),
        )
        groups.seat(session, event)

    add(0)
    ask()
    one = ask()
    for number in range(2, 10, 2):
        add(number)
    assert ask() == one
