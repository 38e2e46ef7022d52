"""Hold and lock outlive the media process: what it reported goes back to it with each ticket.

Who is on hold reads nothing of the chat, and later nothing of what was written meanwhile.
"""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations import guest_queries, holds, service, table
from portal.consultations.models import Consultation
from portal.core import clock
from portal.media import tickets
from portal.media.tickets import Ticket
from tests.client import PortalClient
from tests.consultations.test_media_events import event, report, said
from tests.factories import casefiles as papers
from tests.factories import consultations as factory


@pytest.fixture
def booking(session: Session) -> Booking:
    return factory.booking(session)


@pytest.fixture
def talk(session: Session, booking: Booking) -> Consultation:
    return factory.running(session, booking)


def ticket_of(client: PortalClient, session: Session, booking: Booking) -> Ticket:
    session.refresh(factory.consultation(session, booking), ["is_locked"])
    keys = client.application.config["SETTINGS"].ticket_keys
    door = service.call_ticket(
        session,
        room=factory.room(session, booking),
        by=booking.citizen,
        now=clock.now(),
        keys=keys,
    )
    return tickets.read(door.token, keys=keys)


def hear(
    client: PortalClient, talk: Consultation, *events: tuple[str, int, dict[str, Any]]
) -> None:
    """Let media report what happened so many seconds after the beginning."""
    began = clock.now()
    for kind, seconds, data in events:
        at = began + timedelta(seconds=seconds)
        assert report(client, event(talk, kind, at, **data)).status_code == 200


def test_who_is_on_hold_comes_back_on_hold(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    hear(client, talk, ("joined", 0, {"held": False}), ("held", 5, {"held": True}))
    assert ticket_of(client, session, booking).held

    hear(client, talk, ("held", 9, {"held": False}))
    assert not ticket_of(client, session, booking).held


def test_an_older_report_changes_nothing(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    hear(client, talk, ("held", 9, {"held": False}), ("held", 5, {"held": True}))
    hear(client, talk, ("locked", 9, {"locked": False}), ("locked", 5, {"locked": True}))

    again = ticket_of(client, session, booking)
    assert (again.held, again.locked) == (False, False)


def test_who_was_let_in_is_in_though_the_clock_of_the_node_is_ahead(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    hear(client, talk, ("joined", 0, {"held": False}), ("held", 3, {"held": True}))
    ticket = factory.room(session, booking).ticket
    assert ticket is not None
    officer = booking.staff_member
    service.send_back(session, ticket=ticket, booking=booking, by=officer, now=clock.now())
    service.admit(session, ticket=ticket, booking=booking, by=officer, now=clock.now())
    session.flush()
    assert not ticket_of(client, session, booking).held


def test_a_locked_room_stays_locked_for_newcomers_and_open_for_who_was_inside(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    officer = f"staff:{booking.staff_member_id}"
    hear(client, talk, ("locked", 0, {"locked": True, "participant": officer}))
    newcomer = ticket_of(client, session, booking)
    hear(client, talk, ("joined", 2, {"held": False}), ("left", 4, {"reason": "restart"}))
    back = ticket_of(client, session, booking)

    assert (newcomer.locked, newcomer.inside) == (True, False)
    assert (back.locked, back.inside) == (True, True)


def test_who_left_long_ago_asks_to_be_let_in(session: Session, talk: Consultation) -> None:
    now = clock.now()
    came = now - timedelta(minutes=9)
    participant = f"citizen:{talk.booking.citizen_id}"
    stay = factory.stay(session, talk, participant, came=came, left=now - timedelta(minutes=3))

    assert not holds.standing_of(session, talk, participant, now=now).was_inside
    stay.left_at = None  # media was killed and could not say goodbye
    assert holds.standing_of(session, talk, participant, now=now).was_inside


def test_who_is_on_hold_does_not_see_what_is_shown(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    factory.running(session, booking)
    paper = papers.document(session, owner=booking.citizen)
    papers.prepare(session, paper.id)
    officer, now = booking.staff_member, clock.now()
    table.show_page(session, booking=booking, document=paper, number=1, by=officer, now=now)
    client.sign_in(booking.citizen)
    here = f"/beratung/{booking.id}"
    assert "gezeigt/1" in client.get(f"{here}/tisch").json["words"]

    hear(client, factory.consultation(session, booking), ("held", 5, {"held": True}))

    assert "gezeigt/1" not in client.get(f"{here}/tisch").json["words"]
    assert client.get(f"{here}/gezeigt/1").status_code == 404


def chat_of(client: PortalClient, here: str) -> list[str]:
    """Return what somebody can read of the chat: the page and the address say the same."""
    page = re.search(r"data-history>(.*?)</script>", client.get(f"{here}/gespraech").text)
    assert page is not None
    history = client.get(f"{here}/nachrichten").json
    assert json.loads(page[1]) == history
    return [message["text"] for message in history]


def held_while_the_officer_writes(
    client: PortalClient, talk: Consultation, who: str, here: str
) -> None:
    """Put somebody on hold, let the officer write, let them in again; they read along."""
    officer = f"staff:{talk.booking.staff_member_id}"
    report(client, said(talk, text="Guten Tag", participant=officer))
    assert chat_of(client, here) == ["Guten Tag"]

    hear(client, talk, ("held", 1, {"held": True, "participant": who}))
    report(client, said(talk, text="Das bleibt unter uns", participant=officer))
    assert chat_of(client, here) == []

    hear(client, talk, ("held", 2, {"held": False, "participant": who}))
    report(client, said(talk, text="Es geht weiter", participant=officer))
    assert chat_of(client, here) == ["Guten Tag", "Es geht weiter"]


def test_a_citizen_on_hold_cannot_read_the_chat_nor_later_what_was_written(
    client: PortalClient, booking: Booking, talk: Consultation
) -> None:
    client.sign_in(booking.citizen)
    who = f"citizen:{booking.citizen_id}"
    held_while_the_officer_writes(client, talk, who, f"/beratung/{booking.id}")

    client.sign_in(booking.staff_member)
    texts = chat_of(client, f"/amt/beratung/{booking.id}")
    assert texts == ["Guten Tag", "Das bleibt unter uns", "Es geht weiter"]


def test_a_guest_on_hold_cannot_read_the_chat_nor_later_what_was_written(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    officer = booking.staff_member
    guest, code = factory.guest(session, booking)
    session.commit()
    here, who = f"/gast/{code}", f"guest:{guest.id}"
    client.post_form(f"{here}/zusagen", data={"guest_name": "Rita Sommer", "agreed": "y"})
    client.post_form(f"{here}/warten", data={"taking_part": "video"})
    found = guest_queries.guest_by_code(session, code)
    ticket = factory.room(session, booking).place_of(found)
    assert ticket is not None
    service.admit(session, ticket=ticket, booking=booking, by=officer, now=clock.now())
    session.commit()

    talk = factory.consultation(session, booking)
    held_while_the_officer_writes(client, talk, who, here)


def test_who_was_sent_out_does_not_read_what_was_written_meanwhile(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    citizen, officer, here = booking.citizen, booking.staff_member, f"/beratung/{booking.id}"
    report(client, said(talk, text="Bis gleich"))
    ticket = factory.room(session, booking).ticket
    assert ticket is not None
    service.send_back(session, ticket=ticket, booking=booking, by=officer, now=clock.now())
    session.flush()
    report(client, said(talk, text="Das bleibt unter uns", participant=f"staff:{officer.id}"))
    service.admit(session, ticket=ticket, booking=booking, by=officer, now=clock.now())
    session.flush()

    client.sign_in(citizen)
    assert chat_of(client, here) == ["Bis gleich"]
