"""The pages of the citizen, from too early to over."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Channel
from portal.consultations import profiles, service
from portal.consultations.models import TakingPart, WaitingState
from portal.consultations.waiting_models import Rung
from portal.core import clock
from portal.inbox.models import ItemKind, WorkItem
from portal.media import tickets
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory
from tests.queries import counted_queries

JSON = {"Accept": "application/json"}


def test_too_early_says_when_the_waiting_room_opens(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(hours=2))
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}").text

    opens = clock.local(booking.starts_at - timedelta(minutes=15)).strftime("%H:%M")
    assert f"Der Warteraum öffnet um {opens} Uhr" in page
    assert f"/beratung/{booking.id}/geraete" in page


def test_an_open_room_offers_check_door_and_telephone(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}").text

    for way in ("In den Warteraum", "Ohne Kamera teilnehmen", "Nur Ton", "Bitte rufen Sie mich an"):
        assert way in page
    assert f"/beratung/{booking.id}/geraete" in page
    assert 'data-component="go_in"' not in page  # whoever has just left must not be taken in again


def taking_part(session: Session, booking: Booking) -> TakingPart:
    [ticket] = factory.room(session, booking).tickets
    return ticket.taking_part


@pytest.mark.parametrize(
    ("rung", "camera_ok", "way"),
    [
        (None, False, TakingPart.VIDEO),
        (Rung.VIDEO, True, TakingPart.VIDEO),
        (Rung.VIDEO, False, TakingPart.WITHOUT_CAMERA),
        (Rung.AUDIO, True, TakingPart.AUDIO_ONLY),
    ],
)
def test_the_door_of_the_appointment_leads_in_at_once_as_the_rehearsal_went(
    client: PortalClient,
    session: Session,
    rung: Rung | None,
    camera_ok: bool,
    way: TakingPart,
) -> None:
    booking = factory.booking(session)
    if rung:
        measured = profiles.Measured(camera_ok, True, rung, 40, 0.0, 900)
        profiles.keep(
            session, citizen=booking.citizen, measured=measured, browser="Firefox", now=clock.now()
        )
    client.sign_in(booking.citizen)
    page = client.get(f"/termine/{booking.id}").text
    assert f'action="/beratung/{booking.id}/warten"' in page
    for other in ("Ohne Kamera", "Nur Ton", "Bitte rufen Sie mich an"):
        assert other in page

    answer = client.post_form(f"/beratung/{booking.id}/warten")

    assert answer.location == f"/beratung/{booking.id}"
    assert "Es ist vermerkt, dass Sie pünktlich da waren." in client.get(answer.location).text
    assert taking_part(session, booking) == way


def test_coming_again_keeps_the_first_time_and_the_chosen_way(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    client.post_form(f"/beratung/{booking.id}/warten", {"taking_part": "audio_only"})
    [ticket] = factory.room(session, booking).tickets
    came = ticket.arrived_at

    client.post_form(f"/beratung/{booking.id}/warten")

    session.refresh(ticket)
    assert (ticket.arrived_at, ticket.taking_part) == (came, TakingPart.AUDIO_ONLY)
    page = client.get(f"/beratung/{booking.id}").text
    assert "<strong>Nur Ton.</strong>" in page
    assert 'value="audio_only"' not in page
    assert 'value="video"' in page


def test_an_unknown_way_leads_to_the_choice(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    answer = client.post_form(f"/beratung/{booking.id}/warten", {"taking_part": "hologram"})

    assert answer.location == f"/beratung/{booking.id}/geraete"


def test_the_link_of_a_message_goes_in_by_a_script_and_only_through_an_open_door(
    client: PortalClient, session: Session
) -> None:
    """The answer itself changes nothing: a program that follows links takes nobody's place."""
    booking, early = factory.booking(session), factory.booking(session, starts_in=timedelta(days=1))
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}/eintreten").text

    assert 'data-component="go_in"' in page
    assert factory.room(session, booking).tickets == []
    factory.waiting(session, booking)
    answer = client.get(f"/beratung/{booking.id}/eintreten")
    assert answer.location == f"/beratung/{booking.id}"
    client.sign_in(early.citizen)
    answer = client.get(f"/beratung/{early.id}/eintreten")
    assert answer.location == f"/beratung/{early.id}"


def test_who_waits_can_check_the_devices_and_is_fetched_from_there(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    ticket = factory.waiting(session, booking)

    page = client.get(f"/beratung/{booking.id}/geraete").text

    assert f'data-here="/beratung/{booking.id}/da"' in page
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())
    answer = client.get(f"/beratung/{booking.id}/geraete")
    assert answer.location == f"/beratung/{booking.id}/gespraech"


def test_the_device_check_may_use_camera_and_microphone(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    answer = client.get(f"/beratung/{booking.id}/geraete")

    assert "camera=(self), microphone=(self)" in answer.headers["Permissions-Policy"]
    for way in ("Mit Bild und Ton", "Ohne Kamera teilnehmen", "Nur Ton", "Bitte rufen Sie mich an"):
        assert way in answer.text


def test_waiting_survives_reload_and_says_since_when(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    client.post_form(f"/beratung/{booking.id}/warten", {"taking_part": "without_camera"})
    first = client.get(f"/beratung/{booking.id}").text
    client.post_form(f"/beratung/{booking.id}/warten", {"taking_part": "video"})
    second = client.get(f"/beratung/{booking.id}").text

    for page in (first, second):
        assert "Es ist vermerkt, dass Sie pünktlich da waren." in page
        assert "Vor Ihnen wartet niemand" in page
    assert len(factory.room(session, booking).tickets) == 1


def test_coming_late_is_told_without_blame(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-10))
    client.sign_in(booking.citizen)

    client.post_form(f"/beratung/{booking.id}/warten", {"taking_part": "video"})
    page = client.get(f"/beratung/{booking.id}").text

    assert "Es ist vermerkt, seit wann Sie da sind." in page
    assert "pünktlich" not in page


def test_the_open_page_is_told_when_the_door_opens(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    ticket = factory.waiting(session, booking)
    assert client.get(f"/beratung/{booking.id}/stand").json["stage"] == "waiting"

    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())

    assert client.get(f"/beratung/{booking.id}/stand").json["stage"] == "admitted"
    assert client.get(f"/beratung/{booking.id}").location == f"/beratung/{booking.id}/gespraech"


def test_asking_for_the_state_changes_nothing_and_costs_little(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    ticket = factory.waiting(session, booking, now=clock.now() - timedelta(minutes=3))
    seen = ticket.last_seen_at

    with counted_queries() as statements:
        client.get(f"/beratung/{booking.id}/stand")

    assert not [one for one in statements if not one.startswith("SELECT")]
    assert len(statements) <= 8  # one of them once a minute only (`expected`)
    assert ticket.last_seen_at == seen


def test_an_open_page_reports_that_it_is_there(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    ticket = factory.waiting(session, booking, now=clock.now() - timedelta(minutes=3))
    seen = ticket.last_seen_at

    answer = client.post_form(f"/beratung/{booking.id}/da")

    session.refresh(ticket)
    assert answer.status_code == 200
    assert ticket.last_seen_at > seen


def test_leaving_the_waiting_room_keeps_the_record(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    ticket = factory.waiting(session, booking)

    client.post_form(f"/beratung/{booking.id}/gehen")

    session.refresh(ticket)
    assert ticket.state == WaitingState.LEFT
    assert "Der Warteraum ist offen." in client.get(f"/beratung/{booking.id}").text


def test_a_callback_lies_in_the_inbox(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    client.post_form(f"/beratung/{booking.id}/rueckruf", {"phone": "0171 2345678"})

    item = session.query(WorkItem).one()
    assert item.kind == ItemKind.CALLBACK_WANTED
    assert item.subject_id == booking.id
    assert item.assignee_id == booking.staff_member_id
    assert "0171 2345678" in client.get(f"/beratung/{booking.id}").text


def test_a_callback_needs_a_number_and_keeps_what_was_typed(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    answer = client.post_form(f"/beratung/{booking.id}/rueckruf", {"phone": "abends"})

    assert answer.status_code == 422
    assert "Geben Sie eine Telefonnummer aus Ziffern an" in answer.text
    assert 'value="abends"' in answer.text


def test_foreign_telephone_and_unknown_bookings_do_not_exist(
    client: PortalClient, session: Session
) -> None:
    foreign = factory.booking(session)
    client.sign_in(accounts.citizen(session))
    by_phone = factory.booking(session, channel=Channel.PHONE)

    for id in (foreign.id, by_phone.id, uuid4()):
        for path in ("", "/geraete", "/stand", "/gespraech", "/rueckruf", "/nachrichten"):
            assert client.get(f"/beratung/{id}{path}").status_code == 404
        for path in ("/warten", "/da", "/gehen", "/rueckruf", "/ticket"):
            assert client.post_form(f"/beratung/{id}{path}").status_code == 404


def test_nobody_gets_in_without_signing_in(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)

    assert "/anmelden" in client.get(f"/beratung/{booking.id}").location


def test_no_ticket_before_admission(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    factory.waiting(session, booking)

    answer = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON)

    assert answer.status_code == 409
    assert "Bitte warten Sie noch einen Moment" in answer.json["message"]


def test_the_ticket_names_room_person_and_rights(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    talk = factory.running(session, booking)
    settings = client.application.config["SETTINGS"]

    answer = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON)

    ticket = tickets.read(answer.json["token"], keys=settings.ticket_keys)
    assert answer.json["url"] == f"{settings.media_url}/medien/ws"
    assert (ticket.room, ticket.participant) == (str(talk.id), f"citizen:{booking.citizen_id}")
    assert (ticket.name, ticket.role) == (booking.citizen.name, "citizen")
    again = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON)
    assert tickets.read(again.json["token"], keys=settings.ticket_keys).id != ticket.id


def test_no_ticket_after_the_end(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    factory.ended(session, booking)

    answer = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON)

    assert answer.status_code == 410
    assert answer.json["message"] == "Dieses Gespräch ist beendet."


def test_the_call_page_is_for_the_admitted_and_shows_the_chat(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    assert client.get(f"/beratung/{booking.id}/gespraech").location == f"/beratung/{booking.id}"
    factory.running(session, booking)

    answer = client.get(f"/beratung/{booking.id}/gespraech")

    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert f"Gespräch mit {booking.staff_member.name}" in answer.text
    for words in ("Ton", "Kamera", "Teilen", "Chat", "Auflegen"):
        assert words in answer.text


def test_a_running_talk_takes_the_citizen_back_after_closing_time(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session, starts_in=timedelta(hours=-3))
    client.sign_in(booking.citizen)
    factory.running(session, booking, now=booking.starts_at)

    assert client.get(f"/beratung/{booking.id}/gespraech").status_code == 200


def test_after_the_end_the_note_is_announced(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    factory.ended(session, booking)

    page = client.get(f"/beratung/{booking.id}").text

    assert "Das Gespräch ist beendet" in page
    assert "Die Gesprächsnotiz wird gerade erstellt." in page


def test_a_cancelled_and_a_missed_talk_say_what_to_do(
    client: PortalClient, session: Session
) -> None:
    cancelled = factory.booking(session)
    cancelled.state, cancelled.cancelled_at = BookingState.CANCELLED, clock.now()
    cancelled.cancelled_by = "x"
    client.sign_in(cancelled.citizen)
    missed = factory.booking(session, citizen=cancelled.citizen, starts_in=timedelta(hours=-5))
    session.flush()

    assert "Dieser Termin ist abgesagt" in client.get(f"/beratung/{cancelled.id}").text
    assert "Dieser Termin ist vorbei" in client.get(f"/beratung/{missed.id}").text
