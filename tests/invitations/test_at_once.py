"""Inviting with one tap from the list of due contacts: what is proposed, undone, said anew."""

from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import contacts
from portal.appointments.models import BookingState
from portal.calendars.models import Availability, Channel
from portal.casefiles.models import Case
from portal.core import clock
from portal.invitations import at_once, law, queries
from portal.invitations.models import Invitation, InvitationState
from tests.client import PortalClient
from tests.factories import accounts, consultations
from tests.factories import appointments as make
from tests.factories import invitations as called
from tests.factories.appointments import NOW


@pytest.fixture(autouse=True)
def quiet_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def officer(session: Session) -> StaffMember:
    make.kind(session)  # all standard kinds
    return make.officer(session)


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def case(session: Session, citizen: Citizen, officer: StaffMember) -> Case:
    found = called.guest(session, citizen, officer, now=NOW).case
    found.integration_officer_id = officer.id
    session.flush()
    return found


def tap(client: PortalClient, case: Case, citizen: Citizen) -> str:
    """Press „Einladen“ in the list and return where it leads."""
    answer = client.post_form(f"/amt/einladungen/sofort/{case.id}/{citizen.id}")
    assert answer.status_code == 302
    return str(answer.location)


def made(session: Session) -> Invitation:
    return session.scalars(select(Invitation)).one()


def test_one_tap_invites_voluntarily_with_a_time_held(
    client: PortalClient, session: Session, officer: StaffMember, case: Case, citizen: Citizen
) -> None:
    contacts.ensure_standard_tracks(session)
    track = contacts.track_for(session, "werkstatt")
    contacts.set_track(session, case=case, track=track, by=officer, now=NOW)
    session.flush()
    client.sign_in(officer)
    page = client.get("/amt/termine/kontakte").text
    assert f'action="/amt/einladungen/sofort/{case.id}/{citizen.id}"' in page

    where = tap(client, case, citizen)

    invitation = made(session)
    assert where == f"/amt/einladungen/{invitation.id}"
    assert invitation.answer_until == clock.local_date(NOW) + law.USUAL_ANSWER
    held = queries.held_for(session, invitation)
    assert held is not None
    assert held.state is BookingState.HELD
    assert not held.is_summons
    assert "Einladung zurücknehmen" in client.get(where).text


def test_the_last_talk_says_what_is_proposed(
    session: Session, officer: StaffMember, citizen: Citizen
) -> None:
    assert at_once.usual(session, citizen=citizen, by=officer)[1] is Channel.VIDEO
    last = consultations.booking(session, citizen=citizen, officer=officer, now=NOW)
    last.type, last.channel = make.kind(session, "jobcenter"), Channel.OFFICE
    assert at_once.usual(session, citizen=citizen, by=officer)[1] is Channel.VIDEO
    last.state, last.recorded_at, last.recorded_by = BookingState.CAME, NOW, "Jana"
    session.flush()
    kind, channel = at_once.usual(session, citizen=citizen, by=officer)
    assert (kind.key, channel) == ("jobcenter", Channel.OFFICE)


def test_a_second_tap_invites_nobody_twice(
    client: PortalClient, session: Session, officer: StaffMember, case: Case, citizen: Citizen
) -> None:
    client.sign_in(officer)
    tap(client, case, citizen)
    assert tap(client, case, citizen).startswith("/amt/einladungen/neu?akte=")
    made(session)


def test_without_free_times_the_form_goes_on(
    client: PortalClient, session: Session, case: Case, citizen: Citizen
) -> None:
    client.sign_in(make.officer(session, opens=False, team=case.team))
    for window in session.scalars(select(Availability)):
        session.delete(window)
    session.flush()
    where = tap(client, case, citizen)
    assert where.startswith("/amt/einladungen/neu?akte=")
    page = client.get(where).text
    assert "niemand eingeladen" in page
    assert page.count(" checked") == 1, "the person"
    assert session.scalars(select(Invitation)).all() == []


def test_said_differently_keeps_what_was_said(
    client: PortalClient, session: Session, officer: StaffMember, case: Case, citizen: Citizen
) -> None:
    client.sign_in(officer)
    client.get(tap(client, case, citizen))
    id = made(session).id
    answer = client.post_form(f"/amt/einladungen/{id}/zuruecknehmen", {"danach": "anders"})
    assert answer.location == f"/amt/einladungen/neu?akte={case.id}&statt={id}"
    assert made(session).state is InvitationState.WITHDRAWN
    page = client.get(answer.location).text
    assert at_once.ABOUT in page
    assert page.count(" checked") == 3, "the person, the kind and the way"


def test_somebody_of_another_file_is_not_found(
    client: PortalClient, session: Session, officer: StaffMember, case: Case
) -> None:
    client.sign_in(officer)
    other = accounts.citizen(session)
    answer = client.post_form(f"/amt/einladungen/sofort/{case.id}/{other.id}")
    assert answer.status_code == 404
