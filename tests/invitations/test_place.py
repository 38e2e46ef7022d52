"""Where a summons leads: letter, page, reminder and calendar entry name one place."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import Lead
from portal.accounts.models import Citizen, StaffMember
from portal.appointments import covering, ics, reminders, rules
from portal.appointments import queries as appointments
from portal.calendars import service as houses
from portal.calendars import weeks
from portal.calendars.models import Place, Room
from portal.calendars.resources import all_parts_of
from portal.core.errors import Conflict
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import queries
from portal.invitations.models import Summons
from portal.notifications.queries import latest_messages
from portal.postbox import paper
from portal.postbox.models import Letter
from tests.client import PortalClient
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories import postbox
from tests.factories.appointments import NOW

DAY = timedelta(days=1)
BRANCH = ("Nebenstelle Süd", "Südring 5, 35392 Lindenau")


@pytest.fixture(autouse=True)
def quiet_monday() -> Iterator[None]:
    """Stop the clock at seven on the quiet Monday."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return postbox.known(session)


def branch(session: Session, *rooms: str) -> Place:
    """Open a branch, with rooms in which one talk can be."""
    made = Place(name=BRANCH[0], address=BRANCH[1])
    session.add(made)
    for name in rooms:
        room = Room(place=made, name=name, talks=1, seats=4)
        session.add(room)
        session.flush()
        weeks.refresh_all_weeks(session, touched=all_parts_of(room), now=NOW)
    session.flush()
    return made


def main_house(session: Session) -> Place:
    return houses.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")


def officer_at(session: Session, place: Place | None, **fields: object) -> StaffMember:
    """Let somebody have hours on Mondays at a place; nothing is the standard place."""
    made = calendars.officer(session, opens=False, **fields)
    calendars.hours(session, made, weekday=1, place=place)
    return made


def summoned(session: Session, citizen: Citizen, officer: StaffMember) -> Summons:
    made = make.summons(session, citizen, officer)
    session.flush()
    return queries.summons_for(session, made.id, asker=officer, lock=True)


def places_named(session: Session, summons: Summons, client: PortalClient) -> dict[str, str]:
    """Return the words of all that tell the citizen where to go."""
    citizen = summons.citizen
    booking = appointments.booking_for(session, summons.booking_id, asker=citizen)
    letter = session.get_one(Letter, summons.letter_id)
    before = booking.starts_at - DAY
    assert reminders.remind(session, booking=booking, lead=Lead.DAY, now=before)
    mail = latest_messages(session, address=citizen.email)[0]
    assert mail.template == "booking_reminder"
    entry = Calendar.from_ical(ics.entry_for(booking, now=NOW)).walk("VEVENT")[0]
    id, summons_id, words = booking.id, summons.id, str(paper.words(letter))
    session.flush()
    client.sign_in(citizen)
    return {
        "letter": " ".join(words.split()),
        "summons": client.get(f"/termine/meldeaufforderungen/{summons_id}").text,
        "appointment": client.get(f"/termine/{id}").text,
        "reminder": mail.text,
        "entry": str(entry["location"]),
    }


class TestOnePlace:
    def test_the_office_without_a_room(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        summons = summoned(session, oksana, officer_at(session, None, room="2.14"))
        named = places_named(session, summons, client)
        for where, words in named.items():
            assert "Rathausplatz 1" in words, where
            assert "2.14" not in words, where  # somebody else may have to take it over
        assert "Anmeldung am Empfang" in named["letter"]

    def test_a_branch_with_a_room(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        houses.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")
        officer = officer_at(session, branch(session, "3.07"), room="2.14")
        summons = summoned(session, oksana, officer)
        for where, words in places_named(session, summons, client).items():
            assert "Südring 5" in words, where
            assert "3.07" in words, where
            assert "Rathausplatz" not in words.split("Rechtsbehelfsbelehrung")[0], where

    def test_another_room_when_the_first_is_taken(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        place = branch(session, "3.07", "3.08")
        first = summoned(session, postbox.known(session), officer_at(session, place))
        second = summoned(session, oksana, officer_at(session, place))
        rooms = [one.booking.room.name for one in (first, second) if one.booking.room]
        assert rooms == ["3.07", "3.08"]
        for where, words in places_named(session, second, client).items():
            assert "3.08" in words, where
            assert "3.07" not in words, where


class TestSomebodyElseTakesItOver:
    def test_same_time_place_and_purpose(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        # Given a summons in a room of a branch, and its officer falls ill
        place = branch(session, "3.07", "3.08")
        officer = officer_at(session, place)
        summons = summoned(session, oksana, officer)
        colleague = officer_at(session, place, team=officer.team)
        elsewhere = officer_at(session, main_house(session), team=officer.team)
        booking = appointments.booking_for(session, summons.booking_id, asker=officer)
        covering.miss_officer(session, booking=booking, now=NOW)
        free = covering.colleagues_for(session, [booking], asker=officer, now=NOW)[booking.id]
        assert colleague in free
        assert elsewhere not in free
        before = (booking.starts_at, booking.place_id, booking.room_id, summons.letter_id)
        # When a colleague takes it over
        covering.hand_over(session, booking=booking, colleague=colleague, by=officer, now=NOW)
        # Then nothing else has changed, nobody waits for it, and the citizen is told
        assert booking.staff_member_id == colleague.id
        assert (booking.starts_at, booking.place_id, booking.room_id, summons.letter_id) == before
        assert booking.is_summons
        gone = select(WorkItem).where(WorkItem.kind == ItemKind.OFFICER_GONE)
        assert session.scalars(gone).one().closed_at == NOW
        mail = latest_messages(session, address=oksana.email)[0]
        assert mail.template == "booking_handed_over"
        assert colleague.name in mail.text
        assert "3.07" in mail.text
        assert "Brief" in mail.text
        assert "absagen" not in mail.text
        # And the letter still names whoever it was sent with, the page who speaks now
        letter = session.get_one(Letter, summons.letter_id)
        assert officer.name in str(paper.words(letter))
        session.flush()
        client.sign_in(oksana)
        page = client.get(f"/termine/meldeaufforderungen/{summons.id}").text
        assert colleague.name in page
        assert "3.07" in page

    def test_not_at_another_place(self, session: Session, oksana: Citizen) -> None:
        officer = officer_at(session, branch(session, "3.07"))
        summons = summoned(session, oksana, officer)
        elsewhere = officer_at(session, main_house(session), team=officer.team)
        booking = appointments.booking_for(session, summons.booking_id, asker=officer)
        with pytest.raises(Conflict, match="an einem anderen Ort"):
            covering.hand_over(session, booking=booking, colleague=elsewhere, by=officer, now=NOW)
        assert booking.staff_member_id == officer.id

    def test_moving_and_cancelling_stay_closed(self, session: Session, oksana: Citizen) -> None:
        officer = officer_at(session, None)
        booking = summoned(session, oksana, officer).booking
        assert rules.can_hand_over(booking, by=officer, now=NOW)
        assert not rules.can_move(booking, by=officer, now=NOW)
        assert not rules.can_cancel(booking, by=officer, now=NOW)
        assert not rules.can_hand_over(booking, by=officer, now=booking.starts_at)

    @pytest.mark.parametrize("is_somebody_free", [True, False])
    def test_the_page_of_the_item_leads_on(
        self, client: PortalClient, session: Session, oksana: Citizen, is_somebody_free: bool
    ) -> None:
        officer = calendars.officer(session)
        booking = summoned(session, oksana, officer).booking
        colleague = calendars.officer(session, team=officer.team, opens=is_somebody_free)
        session.flush()
        client.sign_in(officer)
        way = f"/amt/termine/vertretung/termin/{booking.id}"
        assert way in client.get(f"/amt/termine/{booking.id}").text
        page = client.get(way).text
        if not is_somebody_free:
            assert f"/amt/meldeaufforderungen/termin/{booking.id}" in page
            return
        assert "bleibt, wie er verschickt wurde" in page
        assert client.post_form(way, {"colleague": str(colleague.id)}).status_code == 302
        session.refresh(booking)
        assert booking.staff_member_id == colleague.id
