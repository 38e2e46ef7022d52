"""The pages of the officer: who waits, the door, the note, the end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from portal.consultations import queries
from portal.consultations.models import ConsultationState, WaitingState
from portal.core import clock
from portal.media import tickets
from tests.client import PortalClient
from tests.factories import consultations as factory
from tests.factories.accounts import Role, staff_member
from tests.queries import counted_queries

JSON = {"Accept": "application/json"}
NOTE = {
    "note": "Über die Miete gesprochen.",
    "steps-0-who": "citizen",
    "steps-0-what": "Mietvertrag schicken.",
    "steps-0-until": "4.12.2026",
}


def test_the_day_shows_who_waits_and_costs_the_same_for_many(
    client: PortalClient, session: Session
) -> None:
    officer = factory.officer(session)
    client.sign_in(officer)
    now = clock.local(clock.now()).replace(hour=12, minute=0)
    quiet = factory.booking(session, officer=officer, now=now, starts_in=timedelta(hours=-2))
    client.get("/amt/beratung")
    with counted_queries() as one:
        client.get("/amt/beratung")
    for hours in (-1, 0, 1, 2):
        booking = factory.booking(
            session, officer=officer, now=now, starts_in=timedelta(hours=hours)
        )
        factory.waiting(session, booking, now=booking.starts_at)
    factory.booking(session)

    with counted_queries() as many:
        page = client.get("/amt/beratung").text

    assert page.count("data-row") == 5
    assert "wartet seit" in page
    assert quiet.citizen.name in page
    assert len(many) <= len(one) + 1


def test_an_empty_day_says_what_would_be_here(client: PortalClient, session: Session) -> None:
    client.sign_in(factory.officer(session))

    assert "Heute keine Video-Beratung" in client.get("/amt/beratung").text


@pytest.mark.parametrize(
    ("hour", "starts_in"), [((23, 56), 5), ((0, 4), -24)], ids=["begins after", "began before"]
)
def test_who_waits_is_seen_on_both_sides_of_midnight(
    session: Session, hour: tuple[int, int], starts_in: int
) -> None:
    now = datetime(2026, 11, 27, *hour, tzinfo=clock.BERLIN).astimezone(UTC)
    booking = factory.booking(session, starts_in=timedelta(minutes=starts_in), now=now)
    factory.booking(session, starts_in=timedelta(hours=30), now=now, officer=booking.staff_member)

    rooms = queries.rooms_of_day(session, asker=booking.staff_member, now=now)

    assert [room.booking for room in rooms] == [booking]


def test_foreign_and_unknown_talks_do_not_exist(client: PortalClient, session: Session) -> None:
    foreign = factory.booking(session)
    ticket = factory.waiting(session, foreign)
    client.sign_in(factory.officer(session))

    for id in (foreign.id, uuid4()):
        for path in ("", "/stand", "/geraete", "/gespraech", "/abschliessen", "/nachrichten"):
            assert client.get(f"/amt/beratung/{id}{path}").status_code == 404
        for path in (f"/einlassen/{ticket.id}", f"/zurueck/{ticket.id}", "/ticket", "/notiz"):
            assert client.post_form(f"/amt/beratung/{id}{path}").status_code == 404
        assert client.post_form(f"/amt/beratung/{id}/abschliessen", NOTE).status_code == 404


def test_who_holds_no_talks_stays_out(client: PortalClient, session: Session) -> None:
    client.sign_in(staff_member(session, Role.MAILROOM))

    assert client.get("/amt/beratung").status_code == 404


def test_the_officer_sees_who_waits_and_lets_in(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    ticket = factory.waiting(session, booking)
    client.sign_in(booking.staff_member)
    page = client.get(f"/amt/beratung/{booking.id}").text
    assert booking.citizen.name in page
    assert "pünktlich" in page
    assert "Einlassen" in page

    answer = client.post_form(f"/amt/beratung/{booking.id}/einlassen/{ticket.id}")

    assert answer.location == f"/amt/beratung/{booking.id}/gespraech"
    session.refresh(ticket)
    assert ticket.state == WaitingState.ADMITTED
    state = client.get(f"/amt/beratung/{booking.id}/stand").json
    assert state["stage"] == "running"
    assert "eingelassen" in state["words"]


def test_a_second_tap_on_the_door_is_told(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    ticket = factory.waiting(session, booking)
    client.sign_in(booking.staff_member)
    client.post_form(f"/amt/beratung/{booking.id}/einlassen/{ticket.id}")

    answer = client.post_form(f"/amt/beratung/{booking.id}/einlassen/{ticket.id}")

    assert answer.status_code == 409
    assert "Das hat sich inzwischen geändert." in answer.text


def test_sending_back(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    client.sign_in(booking.staff_member)
    ticket = factory.room(session, booking).ticket
    assert ticket is not None

    client.post_form(f"/amt/beratung/{booking.id}/zurueck/{ticket.id}")

    session.refresh(ticket)
    assert ticket.state == WaitingState.SENT_BACK


def test_the_officers_ticket(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.staff_member)

    answer = client.post_form(f"/amt/beratung/{booking.id}/ticket", headers=JSON)

    keys = client.application.config["SETTINGS"].ticket_keys
    ticket = tickets.read(answer.json["token"], keys=keys)
    talk = factory.consultation(session, booking)
    assert (ticket.room, ticket.role) == (str(talk.id), "officer")
    assert talk.state == ConsultationState.OPEN


def test_the_call_shows_note_documents_and_people(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    client.sign_in(booking.staff_member)

    answer = client.get(f"/amt/beratung/{booking.id}/gespraech")

    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    for words in ("Notiz", "Unterlagen", "Personen", "Gespräch beenden", "Auflegen"):
        assert words in answer.text


def test_the_draft_is_kept(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.staff_member)

    answer = client.post_form(f"/amt/beratung/{booking.id}/notiz", {**NOTE, "note": "Entwurf"})

    assert answer.json["saved"]
    assert factory.consultation(session, booking).note == "Entwurf"
    assert "Entwurf</textarea>" in client.get(f"/amt/beratung/{booking.id}/gespraech").text
    too_long = client.post_form(f"/amt/beratung/{booking.id}/notiz", {"note": "x" * 10_001})
    assert too_long.status_code == 422


def test_ending_with_the_note(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    talk = factory.running(session, booking)
    client.sign_in(booking.staff_member)
    assert "Beenden und ablegen" in client.get(f"/amt/beratung/{booking.id}/abschliessen").text

    empty = client.post_form(f"/amt/beratung/{booking.id}/abschliessen", {**NOTE, "note": ""})
    assert empty.status_code == 422
    assert "Schreiben Sie kurz auf" in empty.text
    assert "Mietvertrag schicken." in empty.text
    client.post_form(f"/amt/beratung/{booking.id}/abschliessen", NOTE)

    session.refresh(talk)
    assert talk.state == ConsultationState.ENDED
    page = client.get(f"/amt/beratung/{booking.id}").text
    assert "Dieses Gespräch ist beendet" in page
    assert "Die Notiz wird gerade als PDF erstellt." in page
    again = client.post_form(f"/amt/beratung/{booking.id}/abschliessen", NOTE)
    assert again.status_code == 410


def test_before_the_opening_the_page_says_when(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(hours=3))
    client.sign_in(booking.staff_member)

    page = client.get(f"/amt/beratung/{booking.id}").text

    assert "Der Warteraum ist um" in page
    assert client.get(f"/amt/beratung/{booking.id}/gespraech").status_code == 302
