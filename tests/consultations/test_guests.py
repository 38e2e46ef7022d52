"""Guests: a link for one talk, one role, one device; nobody gets in without the officer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.service.secrets import hash_of, new_secret
from portal.appointments.models import BookingOfficer, BookingState
from portal.audit import queries as audit
from portal.consultations import (
    guest_codes,
    guest_queries,
    guests,
    roles,
    rules,
    service,
)
from portal.consultations.guest_models import Guest, GuestRole
from portal.consultations.models import WaitingState, WaitingTicket
from portal.core import clock
from portal.core.errors import Conflict, Expired, InvalidInput, NotAllowed, NotFound
from portal.media import tickets
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts, casefiles, office
from tests.factories import consultations as factory

JSON = {"Accept": "application/json"}
PROMISE = {"guest_name": "Rita Sommer", "agreed": "y"}


def another_browser(app: Flask) -> PortalClient:
    return PortalClient(app, app.response_class, use_cookies=True)


# Links


def test_a_link_is_signed_and_only_its_hash_is_kept(session: Session) -> None:
    guest, code = factory.guest(session, factory.booking(session))

    assert len(code) == guest_codes.LENGTH
    assert guest_codes.is_ours(code)
    assert guest.secret_hash == hash_of(code)
    assert code not in str(vars(guest))


@pytest.mark.parametrize("forged", ["", "x", "ä" * 43, "=" * 43, "A" * 43])
def test_forged_links_are_known_without_the_database(session: Session, forged: str) -> None:
    assert not guest_codes.is_ours(forged)
    with pytest.raises(NotFound):
        guest_queries.guest_by_code(session, forged)


def test_every_changed_sign_makes_a_link_worthless(session: Session) -> None:
    code = guest_codes.new_code()
    for place in range(len(code)):
        changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
        assert not guest_codes.is_ours(changed)


def test_forged_and_unknown_links_lead_nowhere(client: PortalClient, session: Session) -> None:
    for code in (new_secret(), guest_codes.new_code()):
        assert client.get(f"/gast/{code}").status_code == 404
        for path in ("/zusagen", "/hier", "/warten", "/da", "/gehen", "/ticket"):
            assert client.post_form(f"/gast/{code}{path}").status_code == 404


# The way in


def test_the_invitation_says_who_when_and_what_is_not_kept(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    _, code = factory.guest(session, booking, role=GuestRole.INTERPRETER)

    page = client.get(f"/gast/{code}").text

    assert booking.staff_member.name in page
    assert "Nichts wird aufgezeichnet" in page
    assert "§ 35 SGB I" in page
    assert "§ 78 SGB X" in page
    assert booking.citizen.name not in page


def test_a_guest_promises_waits_and_is_admitted(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    guest, code = factory.guest(session, booking)

    client.post_form(f"/gast/{code}/zusagen", PROMISE)
    assert "Der Warteraum ist offen." in client.get(f"/gast/{code}").text
    client.post_form(f"/gast/{code}/warten", {"taking_part": "video"})
    assert client.get(f"/gast/{code}/stand").json["stage"] == "waiting"
    refused = client.post_form(f"/gast/{code}/ticket", headers=JSON)
    assert refused.status_code == 409
    assert client.get(f"/gast/{code}/nachrichten").status_code == 409
    assert client.get(f"/gast/{code}/gespraech").location == f"/gast/{code}"
    ticket = factory.room(session, booking).place_of(guest)
    assert ticket is not None
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())
    session.commit()

    answer = client.get(f"/gast/{code}/gespraech")
    handed_out = client.post_form(f"/gast/{code}/ticket", headers=JSON).json

    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    keys = client.application.config["SETTINGS"].ticket_keys
    opened = tickets.read(handed_out["token"], keys=keys)
    assert (opened.role, opened.participant) == ("companion", f"guest:{guest.id}")
    assert opened.name == "Rita Sommer"
    assert "screen" not in opened.rights


def test_without_the_promise_nobody_comes_further(client: PortalClient, session: Session) -> None:
    _, code = factory.guest(session, factory.booking(session))

    answer = client.post_form(f"/gast/{code}/zusagen", {"guest_name": "Rita Sommer"})
    client.post_form(f"/gast/{code}/warten", {"taking_part": "video"})

    assert answer.status_code == 422
    assert "Ohne dieses Versprechen können Sie nicht teilnehmen." in answer.text
    assert 'value="Rita Sommer"' in answer.text
    assert "Zusagen und weiter" in client.get(f"/gast/{code}").text
    assert client.post_form(f"/gast/{code}/ticket", headers=JSON).status_code == 409


def test_a_second_device_asks_and_then_replaces_the_first(
    client: PortalClient, session: Session, app: Flask
) -> None:
    booking = factory.booking(session)
    _, code = factory.guest(session, booking)
    client.post_form(f"/gast/{code}/zusagen", PROMISE)
    phone = another_browser(app)

    asked = phone.get(f"/gast/{code}").text
    assert "Sie sind schon auf einem anderen Gerät da" in asked
    assert phone.post_form(f"/gast/{code}/ticket", headers=JSON).status_code == 409
    phone.post_form(f"/gast/{code}/warten", {"taking_part": "video"})
    assert factory.room(session, booking).tickets == []
    phone.post_form(f"/gast/{code}/hier")

    assert "Der Warteraum ist offen." in phone.get(f"/gast/{code}").text
    assert "Sie sind schon auf einem anderen Gerät da" in client.get(f"/gast/{code}").text
    assert client.get(f"/gast/{code}/stand").json["stage"] == "other_device"


def test_a_guest_of_another_talk_gets_nothing_of_this_one(
    client: PortalClient, session: Session
) -> None:
    mine, foreign = factory.booking(session), factory.booking(session)
    guest, _ = factory.guest(session, foreign)
    factory.agreed(session, guest)
    talk = factory.running(session, mine)

    with pytest.raises(NotFound):
        service.arrive(
            session,
            booking=mine,
            taking_part=factory.TakingPart.VIDEO,
            by=guest,
            now=clock.now(),
        )
    with pytest.raises(NotFound):
        rules.check_can_enter(mine, talk, None, by=guest, now=clock.now())


# Inviting


@pytest.mark.parametrize("role", [GuestRole.COLLEAGUE, GuestRole.HELPER])
def test_a_citizen_invites_nobody_of_the_office(session: Session, role: GuestRole) -> None:
    booking = factory.booking(session)

    with pytest.raises(NotAllowed):
        factory.guest(session, booking, role=role, by=booking.citizen)


@pytest.mark.parametrize("joining", [0, 1, 2])
def test_there_are_as_many_guests_as_seats_left_by_the_officers(
    client: PortalClient, session: Session, joining: int
) -> None:
    booking = factory.booking(session)
    for position in range(1, joining + 1):
        officer = factory.officer(session)
        session.add(
            BookingOfficer(booking_id=booking.id, staff_member_id=officer.id, position=position)
        )
    made = [factory.guest(session, booking)[0] for _ in range(tickets.SEATS - 2 - joining)]
    client.sign_in(booking.citizen)
    assert "Noch jemanden einladen" not in client.get(f"/beratung/{booking.id}/gaeste").text
    with pytest.raises(Conflict):
        factory.guest(session, booking)

    guests.end(
        session,
        room=factory.room(session, booking),
        guest=made[0],
        by=booking.citizen,
        now=clock.now(),
    )

    factory.guest(session, booking)


def test_who_joins_the_talk_is_not_invited_to_it(session: Session) -> None:
    booking, second = factory.booking(session), factory.officer(session)
    session.add(BookingOfficer(booking_id=booking.id, staff_member_id=second.id, position=1))

    with pytest.raises(InvalidInput):
        factory.guest(session, booking, role=GuestRole.COLLEAGUE, colleague=second)


def test_the_citizen_invites_by_message_without_social_data(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    wanted = {"role": "interpreter", "called": "Samira Aziz", "address": "0151 23456789"}

    client.post_form(f"/beratung/{booking.id}/gaeste/neu", wanted)

    page = client.get(f"/beratung/{booking.id}/gaeste").text
    assert "Der Link ist unterwegs an +4915123456789" in page
    guest = session.scalars(select(Guest)).one()
    message = session.scalars(select(Message)).one()
    assert message.address == "+4915123456789"
    assert "/gast/" in message.text
    for word in (booking.citizen.first_name, booking.type.name, "Jobcenter-Termin"):
        assert word not in message.text
    assert guest.invited_by == booking.citizen.name
    deeds = [one.deed for one in audit.events_about(session, kind="booking", id=booking.id)]
    assert "consultation.guest_invited" in deeds


def test_the_link_is_shown_once_to_who_made_it(
    client: PortalClient, session: Session, app: Flask
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)
    client.post_form(
        f"/beratung/{booking.id}/gaeste/neu", {"role": "companion", "called": "Rita Sommer"}
    )

    assert "http://localhost/gast/" in client.get(f"/beratung/{booking.id}/gaeste").text
    other = another_browser(app)
    other.sign_in(booking.citizen)
    page = other.get(f"/beratung/{booking.id}/gaeste").text
    assert "Rita Sommer" in page
    assert "http://localhost/gast/" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "helper", "called": "Rita"},
        {"role": "officer", "called": "Rita"},
        {"role": "companion", "called": "  "},
        {"role": "companion", "called": "Rita", "address": "nirgends"},
        {"role": "companion", "called": "x" * 81},
    ],
)
def test_bad_invitations_come_back_as_typed(
    client: PortalClient, session: Session, wrong: dict[str, str]
) -> None:
    booking = factory.booking(session)
    client.sign_in(booking.citizen)

    answer = client.post_form(f"/beratung/{booking.id}/gaeste/neu", wrong)

    assert answer.status_code == 422
    assert session.scalars(select(Guest)).all() == []


def test_foreign_talks_have_no_guest_list(client: PortalClient, session: Session) -> None:
    foreign = factory.booking(session)
    guest, _ = factory.guest(session, foreign)
    mine = factory.booking(session)
    client.sign_in(mine.citizen)

    for id in (foreign.id, uuid4()):
        assert client.get(f"/beratung/{id}/gaeste").status_code == 404
        assert client.get(f"/beratung/{id}/gaeste/neu").status_code == 404
        assert client.post_form(f"/beratung/{id}/gaeste/neu").status_code == 404
    end = f"/beratung/{mine.id}/gaeste/{guest.id}/beenden"
    assert client.post_form(end).status_code == 404
    session.refresh(guest)
    assert guest.ended_at is None


# Ends


def test_an_ended_invitation_shows_out_and_opens_nothing(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    citizen = booking.citizen
    guest, code = factory.guest(session, booking)
    found = factory.agreed(session, guest)
    ticket = factory.guest_waiting(session, found)
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())
    session.commit()
    client.sign_in(citizen)

    client.post_form(f"/beratung/{booking.id}/gaeste/{guest.id}/beenden")

    session.refresh(ticket)
    assert ticket.state == WaitingState.LEFT
    assert client.get(f"/gast/{code}").status_code == 410
    assert client.get(f"/gast/{code}/stand").status_code == 410
    session.refresh(found)
    with pytest.raises(NotFound):
        rules.check_takes_part(booking, found)
    again = client.post_form(f"/beratung/{booking.id}/gaeste/{guest.id}/beenden")
    assert again.status_code == 410


def test_the_link_moves_with_the_appointment_and_ends_with_it(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=5))
    guest, code = factory.guest(session, booking, address="rita@example.org")
    client.post_form(f"/gast/{code}/zusagen", PROMISE)
    later = timedelta(days=1)
    booking.starts_at, booking.ends_at = booking.starts_at + later, booking.ends_at + later
    booking.blocked_until += later
    session.commit()

    assert "Der Warteraum öffnet um" in client.get(f"/gast/{code}").text
    client.post_form(f"/gast/{code}/warten", {"taking_part": "video"})
    assert session.scalars(select(WaitingTicket)).all() == []

    guests.tell_of_changes(session, now=clock.now())
    guests.tell_of_changes(session, now=clock.now())
    told = session.scalars(select(Message).order_by(Message.created_at, Message.id)).all()
    assert [one.template for one in told].count("guest_moved") == 1

    booking.state, booking.cancelled_at, booking.cancelled_by = (
        BookingState.CANCELLED,
        clock.now(),
        "x",
    )
    session.commit()
    assert "Der Termin wurde abgesagt." in client.get(f"/gast/{code}").text
    guests.tell_of_changes(session, now=clock.now())
    session.flush()
    assert guest.ended_at is not None
    assert guest.address is None


def test_after_the_window_the_link_names_nobody(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(hours=-5))
    _, code = factory.guest(session, booking, now=booking.starts_at)

    page = client.get(f"/gast/{code}").text

    assert "Dieser Termin ist vorbei" in page
    assert booking.staff_member.name not in page
    assert booking.citizen.name not in page


def test_nobody_is_invited_to_a_talk_that_is_over(session: Session) -> None:
    over = factory.booking(session, starts_in=timedelta(hours=-5))
    ended = factory.booking(session)
    factory.ended(session, ended)
    for booking in (over, ended):
        with pytest.raises(Expired):
            factory.guest(session, booking)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (
            datetime(2026, 10, 25, 0, 5, tzinfo=UTC),
            "01:50",
        ),  # 2:05 summer time, the first
        (datetime(2026, 10, 25, 1, 5, tzinfo=UTC), "02:50"),  # 2:05 winter time, the second
        (datetime(2026, 3, 29, 1, 5, tzinfo=UTC), "01:50"),  # 3:05, a quarter before is 1:50
    ],
)
def test_the_nights_on_which_the_clock_changes(moment: datetime, opens: str) -> None:
    booking = factory.Booking(
        starts_at=moment, ends_at=moment + timedelta(minutes=30), state=BookingState.BOOKED
    )

    assert clock.local(rules.opens_at(booking)).strftime("%H:%M") == opens
    assert rules.is_open(booking, None, now=moment - timedelta(minutes=15))
    assert not rules.is_open(booking, None, now=moment - timedelta(minutes=16))
    assert rules.closes_at(booking) == moment + timedelta(minutes=90)


def test_addresses_are_forgotten_a_week_later(session: Session) -> None:
    booking = factory.booking(session)
    guest, _ = factory.guest(session, booking, address="rita@example.org")
    factory.agreed(session, guest)

    guests.forget(session, before=booking.ends_at)
    assert guest.address is not None
    guests.forget(session, before=booking.ends_at + timedelta(seconds=1))

    assert (guest.address, guest.device_hash) == (None, None)
    assert guest.name == "Rita Sommer"


# Colleagues and rights


def test_a_colleague_comes_by_the_account_and_waits_like_others(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    colleague = accounts.staff_member(session, accounts.Role.BENEFIT_OFFICER)
    client.sign_in(booking.staff_member)
    wanted = {"role": "colleague", "called": "egal", "address": colleague.email}
    client.post_form(f"/amt/beratung/{booking.id}/gaeste", wanted)
    guest = session.scalars(select(Guest)).one()
    assert guest.staff_member_id == colleague.id
    assert guest.secret_hash is None
    assert f"/amt/beratung/mit/{guest.id}" in session.scalars(select(Message)).one().text
    path = f"/amt/beratung/mit/{guest.id}"
    assert client.get(path).status_code == 404

    client.sign_in(colleague)
    assert client.get(f"/amt/beratung/{booking.id}").status_code == 404
    client.post_form(f"{path}/zusagen", {**PROMISE, "guest_name": colleague.name})
    client.post_form(f"{path}/warten", {"taking_part": "video"})

    assert "Vor Ihnen wartet niemand" in client.get(path).text
    assert client.post_form(f"{path}/ticket", headers=JSON).status_code == 409


def test_a_conflict_of_interest_closes_the_talk_to_a_colleague(
    client: PortalClient, session: Session
) -> None:
    citizen = accounts.citizen(session)
    case = casefiles.case(session, citizen)
    colleague = accounts.staff_member(session, accounts.Role.BENEFIT_OFFICER)
    guest, _ = factory.guest(
        session,
        factory.booking(session, citizen=citizen),
        role=GuestRole.COLLEAGUE,
        colleague=colleague,
    )
    client.sign_in(colleague)
    assert client.get(f"/amt/beratung/mit/{guest.id}").status_code == 200

    office.conflict(session, case=case, member=colleague)
    session.commit()

    assert client.get(f"/amt/beratung/mit/{guest.id}").status_code == 404


def test_the_table_of_rights() -> None:
    assert set(roles.RIGHTS) == {roles.OFFICER, roles.CITIZEN, *GuestRole}
    assert [role for role, may in roles.RIGHTS.items() if tickets.Right.MODERATE in may] == [
        roles.OFFICER
    ]
    assert roles.RIGHTS[GuestRole.HELPER] == {tickets.Right.ENTER}


def test_the_officer_sees_guests_with_role_and_inviter(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    guest, _ = factory.guest(session, booking, role=GuestRole.INTERPRETER, by=booking.citizen)
    factory.guest_waiting(session, factory.agreed(session, guest))
    client.sign_in(booking.staff_member)

    page = client.get(f"/amt/beratung/{booking.id}").text

    assert "Dolmetscherin oder Dolmetscher" in page
    assert f"eingeladen von {booking.citizen.name}" in page
    assert "Einlassen" in page


def test_no_page_of_guests_names_the_secret() -> None:
    """The secret stands in no form field and no data attribute besides the addresses themselves."""
    for page in Path("templates/consultations/guests").glob("*.html"):
        assert "secret" not in page.read_text("utf-8")
