"""The end of a talk and the next one: a time chosen together, an invitation, or nothing."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Arranged, Booking, BookingState
from portal.calendars import weeks
from portal.calendars.slots import Slot
from portal.casefiles import queries as casefiles_queries
from portal.consultations import jobs, next_talk
from portal.consultations.models import Consultation, ConsultationState
from portal.core import clock
from portal.core.templating import moment
from portal.core.vault import service as vault
from portal.invitations.models import Invitation
from tests.client import PortalClient
from tests.factories import accounts, appointments, casefiles
from tests.factories import consultations as factory

NOTE = {"note": "Wir haben über die Miete gesprochen."}


@pytest.fixture
def booking(session: Session) -> Booking:
    """Give a running talk with an officer who has hours next week."""
    officer = appointments.officer(session)
    citizen = accounts.citizen(session)
    casefiles.case(session, citizen)
    made = factory.booking(
        session, citizen=citizen, officer=officer, starts_in=timedelta(minutes=-10)
    )
    factory.running(session, made)
    now = clock.now()
    weeks.refresh(session, touched=weeks.everybody(session), weeks=weeks.ahead(now))
    return made


def here(booking: Booking) -> str:
    return f"/amt/beratung/{booking.id}"


def first_time(client: PortalClient, booking: Booking, kind: str = "beratung-video:video") -> str:
    """Return the first free time that the open page is told."""
    words = client.get(
        f"{here(booking)}/naechster?next_step=book&next_kind={kind}&next_after=1"
    ).json["words"]
    assert 'name="next_slot"' in words
    return str(words.split('name="next_slot" value="')[1].split('"')[0])


def talk_of(session: Session, booking: Booking) -> Consultation:
    talk = factory.consultation(session, booking)
    session.refresh(talk)
    return talk


def test_a_time_chosen_together_is_booked_with_the_end(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    slot = first_time(client, booking)

    answer = client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "book", "next_kind": "beratung-video:video", "next_slot": slot},
    )

    assert answer.status_code == 302
    talk = talk_of(session, booking)
    assert talk.state == ConsultationState.ENDED
    made = session.get_one(Booking, talk.next_booking_id)
    assert (made.arranged, made.chosen_by_citizen) == (Arranged.TALK, True)
    assert made.starts_at > clock.now() + timedelta(days=5)
    when = clock.local(made.starts_at).strftime("%H:%M")
    assert when in client.get(here(booking)).text
    client.sign_in(booking.citizen)
    page = client.get(f"/beratung/{booking.id}").text
    assert "Ihr nächster Termin:" in page
    assert f"/termine/{made.id}" in page


def test_an_invitation_holds_a_time_and_is_taken_with_one_tap(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "invite", "next_kind": "beratung-video:video"},
    )
    invited = session.get_one(Invitation, talk_of(session, booking).next_invitation_id)
    client.sign_in(booking.citizen)
    page = client.get(f"/beratung/{booking.id}").text
    assert "Es ist freiwillig." in page
    accept = f"/termine/einladungen/{invited.id}/annehmen"
    assert accept in page

    client.post_form(accept)

    session.refresh(invited)
    made = session.get_one(Booking, invited.booking_id)
    assert (made.state, made.citizen_id) == (BookingState.BOOKED, booking.citizen_id)


def note_of(session: Session, booking: Booking) -> str:
    """File the note and return its words, without line breaks."""
    talk = talk_of(session, booking)
    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))
    session.flush()
    document = casefiles_queries.document_for(session, talk.note_document_id, booking.citizen)
    content = vault.read(session, document.originals[0].file_id)
    pages = pypdfium2.PdfDocument(content)
    return re.sub(r"\s+", " ", " ".join(page.get_textpage().get_text_range() for page in pages))


@pytest.mark.parametrize(
    ("kind", "way", "where"),
    [
        ("beratung-video:video", "Per Video", "Im Portal"),
        ("telefon:phone", "Am Telefon", "Wir rufen an"),
        ("jobcenter:office", "Im Jobcenter", "Lindenau, Rathausplatz 1"),
    ],
)
def test_the_sealed_note_names_the_agreed_next_talk(
    client: PortalClient, session: Session, booking: Booking, kind: str, way: str, where: str
) -> None:
    client.sign_in(booking.staff_member)
    slot = first_time(client, booking, kind)
    client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "book", "next_kind": kind, "next_slot": slot},
    )
    made = session.get_one(Booking, talk_of(session, booking).next_booking_id)

    words = note_of(session, booking)

    assert "Wie geht es weiter?" in words
    for told in (moment(made.starts_at), made.name, way, where, made.staff_member.name):
        assert told in words


def test_the_sealed_note_names_an_invitation_and_says_that_it_is_free(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "invite", "next_kind": "beratung-video:video"},
    )
    words = note_of(session, booking)
    assert "Es ist freiwillig." in words
    assert "Diese Zeit halten wir frei" in words


def test_nothing_is_arranged_unless_it_is_chosen(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    client.post_form(f"{here(booking)}/abschliessen", NOTE)

    talk = talk_of(session, booking)
    assert talk.ended_at is not None
    assert (talk.next_booking_id, talk.next_invitation_id) == (None, None)
    client.sign_in(booking.citizen)
    assert "Nächsten Termin buchen" in client.get(f"/beratung/{booking.id}").text
    assert "Wie geht es weiter?" not in note_of(session, booking)


def test_a_time_that_is_gone_ends_nothing_and_keeps_what_was_written(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    slot = first_time(client, booking)
    taken = session.scalars(select(Booking)).all()
    chosen = Slot.read(slot)
    assert chosen is not None
    other = accounts.citizen(session)
    appointments.booking(
        session, citizen=other, officer=booking.staff_member, slot=chosen, now=clock.now()
    )

    answer = client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "book", "next_kind": "beratung-video:video", "next_slot": slot},
    )

    assert answer.status_code == 409
    assert NOTE["note"] in answer.text
    assert talk_of(session, booking).ended_at is None
    assert len(session.scalars(select(Booking)).all()) == len(taken) + 1


def test_without_a_time_the_form_asks_for_one(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    answer = client.post_form(
        f"{here(booking)}/abschliessen",
        NOTE | {"next_step": "book", "next_kind": "beratung-video:video"},
    )

    assert answer.status_code == 422
    assert "Wählen Sie eine Zeit für den nächsten Termin." in answer.text
    assert talk_of(session, booking).ended_at is None


def test_without_a_script_the_times_come_with_a_button(
    client: PortalClient, session: Session, booking: Booking
) -> None:
    client.sign_in(booking.staff_member)
    answer = client.post_form(
        f"{here(booking)}/abschliessen/zeiten",
        NOTE | {"next_step": "book", "next_kind": "telefon:phone", "next_after": "2"},
    )

    assert answer.status_code == 200
    assert NOTE["note"] in answer.text
    assert 'name="next_slot"' in answer.text
    assert talk_of(session, booking).ended_at is None


def test_a_forged_kind_is_refused(client: PortalClient, booking: Booking) -> None:
    client.sign_in(booking.staff_member)
    answer = client.post_form(
        f"{here(booking)}/abschliessen", NOTE | {"next_step": "invite", "next_kind": "x:video"}
    )
    assert answer.status_code == 422


def test_somebody_without_the_right_is_not_asked(
    client: PortalClient, session: Session, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_talk, "ways", lambda *_, **__: [])
    client.sign_in(booking.staff_member)

    page = client.get(f"{here(booking)}/abschliessen").text
    assert "Was für ein Gespräch?" not in page
    client.post_form(f"{here(booking)}/abschliessen", NOTE | {"next_step": "book"})
    assert talk_of(session, booking).next_booking_id is None
