"""Tickets and signatures: what opens the door and what does not."""

import time

import pytest

from portal.media import tickets
from portal.media.tickets import SignatureInvalid, Ticket, TicketExpired, TicketInvalid
from tests.media.browsers import STATIC

NEW, OLD, FOREIGN = "new-key-0123456789", "old-key-0123456789", "foreign-key-012345"

TICKET = Ticket(
    id="t-1",
    room="room-1",
    participant="citizen:7",
    name="Anna Übersee",
    role="citizen",
    rights=tickets.ALL_RIGHTS,
    admitted=1_795_860_000.25,
)


def test_a_ticket_comes_back_as_it_was_issued() -> None:
    assert tickets.read(tickets.issue(TICKET, keys=[NEW]), keys=[NEW]) == TICKET


def test_pages_have_a_slot_for_everybody_else_in_the_room() -> None:
    peer = (STATIC / "peer.js").read_text("utf-8")

    assert f"const SLOTS = {tickets.SEATS - 1};" in peer


def test_keys_rotate_without_closing_the_door() -> None:
    issued_before = tickets.issue(TICKET, keys=[OLD])

    assert tickets.read(issued_before, keys=[NEW, OLD]) == TICKET
    assert tickets.read(tickets.issue(TICKET, keys=[NEW, OLD]), keys=[NEW]) == TICKET
    with pytest.raises(TicketInvalid):
        tickets.read(issued_before, keys=[NEW])


def test_an_old_ticket_is_refused_as_expired() -> None:
    with pytest.raises(TicketExpired):
        tickets.read(tickets.issue(TICKET, keys=[NEW]), keys=[NEW], max_age=-1)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä.ö.ü", "\x00", "e" * 5000])
def test_garbage_is_no_ticket(token: str) -> None:
    with pytest.raises(TicketInvalid):
        tickets.read(token, keys=[NEW])


def test_foreign_and_tampered_tickets_are_refused() -> None:
    token = tickets.issue(TICKET, keys=[NEW])
    flipped = token[:5] + ("A" if token[5] != "A" else "B") + token[6:]

    for forged, keys in [(flipped, [NEW]), (token, [FOREIGN])]:
        with pytest.raises(TicketInvalid):
            tickets.read(forged, keys=keys)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {"id": "t"},
        {"id": 1, "room": "r", "participant": "p", "name": "n", "role": "r", "rights": []},
        {"id": "t", "room": "r", "participant": "p", "name": "n", "role": "r", "rights": "chat"},
    ],
)
def test_a_signed_payload_of_another_form_is_refused(payload: object) -> None:
    token = tickets._serializer([NEW]).dumps(payload)

    with pytest.raises(TicketInvalid):
        tickets.read(token, keys=[NEW])


def test_a_ticket_opens_the_door_once_and_is_forgotten_in_time() -> None:
    used = tickets.UsedTickets(max_age=60)
    used.use(TICKET, now=1000)

    with pytest.raises(tickets.TicketUsed):
        used.use(TICKET, now=1059)
    assert len(used) == 1
    used.use(TICKET, now=1062)
    assert len(used) == 1


def test_events_are_verified_with_every_key() -> None:
    signature = tickets.sign_event(b"{}", keys=[OLD])

    tickets.verify_event(b"{}", signature, keys=[NEW, OLD])
    for body, given, keys in [
        (b"{ }", signature, [OLD]),
        (b"{}", signature, [NEW]),
        (b"{}", signature.replace("v1=", "v1=0"), [OLD]),
        (b"{}", "", [OLD]),
        (b"{}", "t=x,v1=y", [OLD]),
        (b"{}", "t=²,v1=y", [OLD]),
        (b"{}", "t=1,v1=ä", [OLD]),
    ]:
        with pytest.raises(SignatureInvalid):
            tickets.verify_event(body, given, keys=keys)


def test_a_replayed_event_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = tickets.sign_event(b"{}", keys=[NEW])
    later = time.time() + 61
    monkeypatch.setattr(tickets.time, "time", lambda: later)

    with pytest.raises(SignatureInvalid):
        tickets.verify_event(b"{}", signature, keys=[NEW])


@pytest.mark.parametrize("keys", [[], [""], "a-string-is-no-list"])
def test_without_keys_nothing_is_signed(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="keys"):
        tickets.issue(TICKET, keys=keys)
    with pytest.raises(ValueError, match="keys"):
        tickets.sign_event(b"", keys=keys)
