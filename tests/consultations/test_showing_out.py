"""Who is shown out of a running talk stays outside until they are let in again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingOfficer
from portal.audit import queries as audit
from portal.consultations import (
    guest_queries,
    jobs,
    media_commands,
    roles,
    service,
)
from portal.consultations.guest_models import Guest
from portal.consultations.models import Consultation, WaitingState, WaitingTicket
from portal.consultations.note_words import NoteWords
from portal.core import clock
from portal.core.errors import Conflict
from portal.media import tickets
from portal.media.tickets import Ticket
from tests.client import PortalClient
from tests.consultations.test_media_events import event, report
from tests.factories import consultations as factory

JSON = {"Accept": "application/json"}
KEYS = ("test-key-of-sixteen-and-more",)


@pytest.fixture
def booking(session: Session) -> Booking:
    return factory.booking(session)


@pytest.fixture
def talk(session: Session, booking: Booking) -> Consultation:
    return factory.running(session, booking, now=clock.now() - timedelta(minutes=3))


@pytest.fixture
def guest(session: Session, booking: Booking, talk: Consultation) -> tuple[Guest, str]:
    made, code = factory.guest(session, booking)
    found = factory.agreed(session, made)
    ticket = factory.guest_waiting(session, found)
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())
    session.flush()
    return found, code


@pytest.fixture
def second(session: Session, booking: Booking) -> StaffMember:
    officer = factory.officer(session)
    session.add(BookingOfficer(booking_id=booking.id, staff_member_id=officer.id, position=1))
    session.flush()
    session.refresh(booking, ["others"])
    return officer


def removed(
    client: PortalClient,
    talk: Consultation,
    who: Citizen | Guest | StaffMember,
    *,
    by: StaffMember,
    at: datetime | None = None,
    admitted: float = 0.0,
) -> None:
    """Let media report that an officer has shown out somebody who was in with this admission."""
    gone = event(
        talk,
        "left",
        at,
        participant=roles.participant_of(who),
        reason="removed",
        by=f"staff:{by.id}",
        admitted=admitted,
    )
    assert report(client, gone).status_code == 200


def admission(session: Session, talk: Consultation, who: Citizen | Guest) -> float:
    admitted_at = place(session, talk, who).admitted_at
    assert admitted_at is not None
    return admitted_at.timestamp()


def place(session: Session, talk: Consultation, who: Citizen | Guest) -> WaitingTicket:
    return session.scalars(
        select(WaitingTicket)
        .where(WaitingTicket.consultation_id == talk.id, WaitingTicket.person_id == who.id)
        .execution_options(populate_existing=True)
    ).one()


def ticket_of(
    session: Session, booking: Booking, by: Citizen | Guest | StaffMember, *, now: datetime
) -> Ticket:
    room = factory.room(session, booking)
    door = service.call_ticket(session, room=room, by=by, now=now, keys=KEYS)
    return tickets.read(door.token, keys=KEYS)


def queued(session: Session) -> list[str]:
    names = session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
    return [name for name in names if name == "consultations.show_out"]


def deeds(session: Session, booking: Booking) -> list[str]:
    return [one.deed for one in audit.events_about(session, kind="booking", id=booking.id)]


def test_a_citizen_who_is_removed_waits_again_and_is_told_so_kindly(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    here = f"/beratung/{booking.id}"
    report(client, event(talk, "joined"))

    removed(client, talk, booking.citizen, by=booking.staff_member)

    ticket = place(session, talk, booking.citizen)
    assert (ticket.state, ticket.admitted_at) == (WaitingState.SENT_BACK, None)
    assert deeds(session, booking)[-2:] == ["consultation.left", "consultation.sent_back"]
    client.sign_in(booking.citizen)
    assert client.get(f"{here}/gespraech").location.endswith(here)
    assert client.post_form(f"{here}/ticket", headers=JSON).status_code == 409
    words = client.get(f"{here}/stand").json
    assert words["stage"] == "waiting"
    assert "bittet Sie um einen Moment Geduld" in words["words"]
    assert "entfernt" not in client.get(here).text
    # Coming again, or pressing everything, does not open the door.
    client.post_form(f"{here}/warten", data={"taking_part": "video"})
    assert place(session, talk, booking.citizen).state == WaitingState.SENT_BACK

    client.sign_in(booking.staff_member)
    client.post_form(f"/amt/beratung/{booking.id}/einlassen/{ticket.id}")
    client.sign_in(booking.citizen)
    assert client.get(f"{here}/gespraech").status_code == 200
    assert client.post_form(f"{here}/ticket", headers=JSON).status_code == 200


def test_a_guest_who_is_removed_waits_again(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    guest: tuple[Guest, str],
) -> None:
    found, code = guest

    was = admission(session, talk, found)
    removed(client, talk, found, by=booking.staff_member, admitted=was)

    assert place(session, talk, found).state == WaitingState.SENT_BACK
    assert place(session, talk, booking.citizen).state == WaitingState.ADMITTED
    again = guest_queries.guest_by_code(session, code)
    assert again.ended_at is None
    with pytest.raises(Conflict):
        ticket_of(session, booking, again, now=clock.now())


def test_who_slipped_in_before_the_report_is_shown_out_again(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page was quicker: its ticket still names the admission, media holds it, we follow up."""
    gone_at = clock.now()
    quick = ticket_of(session, booking, booking.citizen, now=gone_at)
    assert quick.admitted < gone_at.timestamp()
    back = event(talk, "joined", gone_at + timedelta(seconds=1), held=True)

    removed(client, talk, booking.citizen, by=booking.staff_member, at=gone_at)
    report(client, back)

    assert place(session, talk, booking.citizen).state == WaitingState.SENT_BACK
    assert queued(session) == ["consultations.show_out"]
    shown: list[str] = []
    monkeypatch.setattr(
        media_commands, "show_out", lambda *_, participant, **__: shown.append(participant)
    )
    who = f"citizen:{booking.citizen_id}"
    jobs.show_out(session, now=clock.now(), consultation_id=str(talk.id), participant=who)
    assert shown == [who]


def test_a_report_that_comes_late_or_twice_undoes_no_later_admission(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone_at, officer = clock.now() - timedelta(minutes=1), booking.staff_member
    removed(client, talk, booking.citizen, by=officer, at=gone_at)
    report(client, event(talk, "held", gone_at + timedelta(seconds=1), held=True))
    ticket, now = place(session, talk, booking.citizen), clock.now()
    service.admit(session, ticket=ticket, booking=booking, by=officer, now=now)
    session.flush()

    removed(client, talk, booking.citizen, by=officer, at=gone_at)

    assert place(session, talk, booking.citizen).state == WaitingState.ADMITTED
    again = ticket_of(session, booking, booking.citizen, now=clock.now())
    assert not again.held
    assert again.admitted > gone_at.timestamp()
    # The order to show them out was still on its way.
    monkeypatch.setattr(media_commands, "show_out", lambda *_, **__: pytest.fail("shown out"))
    who = f"citizen:{booking.citizen_id}"
    jobs.show_out(session, now=clock.now(), consultation_id=str(talk.id), participant=who)


@pytest.mark.parametrize("apart", [-3, 3])
def test_the_clock_of_a_node_may_differ_by_seconds(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    apart: int,
) -> None:
    """Given an admission a moment before and another a moment after being shown out."""
    officer, seconds = booking.staff_member, timedelta(seconds=1)
    ticket, now = place(session, talk, booking.citizen), clock.now()
    ticket.admitted_at = now - seconds
    session.flush()
    was, at = admission(session, talk, booking.citizen), now + apart * seconds

    removed(client, talk, booking.citizen, by=officer, at=at, admitted=was)
    assert place(session, talk, booking.citizen).state == WaitingState.SENT_BACK

    ticket = place(session, talk, booking.citizen)
    service.admit(session, ticket=ticket, booking=booking, by=officer, now=now + seconds)
    session.flush()
    removed(client, talk, booking.citizen, by=officer, at=at, admitted=was)
    assert place(session, talk, booking.citizen).state == WaitingState.ADMITTED


@pytest.mark.parametrize(
    ("reason", "by"), [("lost", "officer"), ("removed", ""), ("removed", "citizen")]
)
def test_only_an_officer_shows_out(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    reason: str,
    by: str,
) -> None:
    names = {
        "officer": f"staff:{booking.staff_member_id}",
        "citizen": f"citizen:{booking.citizen_id}",
    }
    report(client, event(talk, "left", reason=reason, by=names.get(by, by)))

    assert place(session, talk, booking.citizen).state == WaitingState.ADMITTED
    assert queued(session) == []


def test_an_officer_who_joins_comes_back_on_hold(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    second: StaffMember,
) -> None:
    gone_at = clock.now()
    removed(client, talk, second, by=booking.staff_member, at=gone_at)

    back = ticket_of(session, booking, second, now=gone_at + timedelta(minutes=1))
    assert (back.held, back.admitted) == (True, 0.0)

    let_in = event(
        talk, "held", gone_at + timedelta(minutes=2), participant=back.participant, held=False
    )
    report(client, let_in)
    assert not ticket_of(session, booking, second, now=clock.now()).held


def test_nobody_keeps_who_leads_out_of_their_talk(
    client: PortalClient,
    session: Session,
    booking: Booking,
    talk: Consultation,
    second: StaffMember,
) -> None:
    gone_at = clock.now()
    removed(client, talk, booking.staff_member, by=second, at=gone_at)

    back = ticket_of(session, booking, booking.staff_member, now=gone_at + timedelta(seconds=5))

    assert not back.held
    assert back.admitted > gone_at.timestamp()


def test_after_the_end_nothing_is_kept(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    officer = booking.staff_member
    service.end(session, booking=booking, words=NoteWords(note="x"), by=officer, now=clock.now())
    session.flush()

    removed(client, talk, booking.citizen, by=officer)

    assert place(session, talk, booking.citizen).state == WaitingState.ADMITTED
    assert queued(session) == []
