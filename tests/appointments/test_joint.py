"""Talks of several people of the office: found together, booked together, and kept together."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import covering, ics, queries, seating, service, whereabouts
from portal.appointments.models import Booking
from portal.calendars import bottleneck, resources, search
from portal.calendars.bottleneck import Question
from portal.calendars.models import AppointmentType, Channel, Occupancy, TalkRole
from portal.calendars.slots import Slot, at_wall
from portal.calendars.wishes import ANY_TIME, DayTime, Filter, Seat
from portal.core.errors import Conflict
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.queries import latest_messages
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

ARABIC = Seat(TalkRole.INTERPRETER, language="ar")
SEATS = [Seat(TalkRole.BENEFIT), Seat(TalkRole.INTEGRATION), ARABIC]


@pytest.fixture
def kind(session: Session) -> AppointmentType:
    return make.kind(session, "gemeinsam")


@pytest.fixture
def three(session: Session) -> list[StaffMember]:
    """One for the money, one for work, one who translates."""
    return [
        make.skilled(session, TalkRole.BENEFIT),
        make.skilled(session, TalkRole.INTEGRATION),
        make.skilled(session, TalkRole.INTERPRETER, languages=["ar"]),
    ]


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def joint(
    session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
) -> Booking:
    lead, *others = (one.id for one in three)
    return book(session, kind, citizen, Slot(at_wall(MONDAY, time(9)), lead, tuple(others)), three)


def book(
    session: Session,
    kind: AppointmentType,
    citizen: Citizen,
    slot: Slot,
    three: list[StaffMember],
    channel: Channel = Channel.VIDEO,
) -> Booking:
    return service.book(
        session,
        citizen=citizen,
        type=kind,
        channel=channel,
        slot=slot,
        seats=SEATS,
        note=None,
        by=three[0],
        now=NOW,
    )


def found(
    session: Session,
    kind: AppointmentType,
    citizen: Citizen,
    asker: StaffMember,
    *,
    seats: list[Seat] = SEATS,
    channel: Channel = Channel.VIDEO,
    filter: Filter = ANY_TIME,
    instead_of: UUID | None = None,
) -> list[Slot]:
    page = search.slot_page(
        session,
        type=kind,
        channel=channel,
        citizen=citizen,
        start=None,
        seats=seats,
        filter=filter,
        instead_of=instead_of,
        asker=asker,
        now=NOW,
    )
    return [slot for slots in page.days.values() for slot in slots]


def taken_by(session: Session, booking: Booking) -> set[int]:
    query = select(Occupancy.resource).where(Occupancy.taken_by == booking.id)
    return set(session.scalars(query))


class TestFound:
    def test_each_seat_by_its_task(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        first = found(session, kind, citizen, three[0])[0]
        assert first.officers == tuple(one.id for one in three)

    def test_a_colleague_by_name_beside_anybody(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        # Given four seats for anybody and one for somebody certain, who is first in every row,
        # among many: the certain one is kept for the certain seat, without trying all ways.
        case = make.case_of(session, citizen, integration_officer=three[1])
        assert case.integration_officer_id == three[1].id
        for _ in range(40):
            make.officer(session)
        seats = [Seat(), Seat(), Seat(), Seat(), Seat(person=three[1].id)]
        slots = found(session, kind, citizen, three[0], seats=seats)
        assert all(slot.officers[4] == three[1].id for slot in slots)
        assert all(len(set(slot.officers)) == 5 for slot in slots)

    def test_more_seats_than_people_finds_nothing(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        assert found(session, kind, citizen, three[0], seats=[Seat()] * 4) == []


class TestWhatWouldHelp:
    def ask(
        self,
        session: Session,
        kind: AppointmentType,
        citizen: Citizen,
        asker: StaffMember,
        filter: Filter = ANY_TIME,
    ) -> list[bottleneck.Relief]:
        question = Question(kind, Channel.VIDEO, citizen, SEATS, filter, None)
        return bottleneck.reliefs(session, question, asker=asker, now=NOW)

    def test_the_seat_that_stands_in_the_way_is_named(
        self, session: Session, kind: AppointmentType, citizen: Citizen
    ) -> None:
        # Given nobody who translates Arabic, but one who has no hours
        benefit = make.skilled(session, TalkRole.BENEFIT)
        make.skilled(session, TalkRole.INTEGRATION)
        make.skilled(session, TalkRole.INTERPRETER, languages=["ar"], opens=False)
        assert found(session, kind, citizen, benefit) == []
        [relief] = self.ask(session, kind, citizen, benefit)
        assert relief.seat == 2
        assert relief.slot is not None
        assert bottleneck.nobody_for(session, SEATS) == []

    def test_nobody_is_written_down_for_it(
        self, session: Session, kind: AppointmentType, citizen: Citizen
    ) -> None:
        make.skilled(session, TalkRole.BENEFIT)
        assert bottleneck.nobody_for(session, SEATS) == [1, 2]

    def test_wishes_that_stand_in_the_way(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        saturday = Filter(DayTime.AFTERNOON, frozenset({6}))
        assert found(session, kind, citizen, three[0], filter=saturday) == []
        assert [one.wishes for one in self.ask(session, kind, citizen, three[0], saturday)] == [
            True
        ]


class TestBooked:
    def test_all_are_taken(
        self, session: Session, joint: Booking, three: list[StaffMember]
    ) -> None:
        assert taken_by(session, joint) >= {resources.of_staff(one) for one in three}
        others = queries.others_of(session, joint)
        assert [(one.role, one.language) for one in others] == [
            (TalkRole.INTEGRATION, None),
            (TalkRole.INTERPRETER, "ar"),
        ]
        assert "Dolmetschen, Arabisch" in seating.names(joint, others)

    def test_one_who_is_taken_refuses_all(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], joint: Booking
    ) -> None:
        other = make.skilled(session, TalkRole.BENEFIT)
        slot = Slot(joint.starts_at, other.id, (three[1].id, three[2].id))
        with pytest.raises(Conflict):
            book(session, kind, accounts.citizen(session), slot, three)
        theirs = select(Occupancy).where(Occupancy.resource == resources.of_staff(other))
        assert session.scalars(theirs).all() == []

    def test_the_mail_names_nobody_and_no_language(self, session: Session, joint: Booking) -> None:
        [message] = latest_messages(session, address=joint.citizen.email)
        everything = message.subject + message.text + message.html
        for secret in ("Dolmetschen", "Arabisch", joint.staff_member.last_name):
            assert secret not in everything

    def test_moved_it_asks_for_the_same_seats(
        self, session: Session, joint: Booking, three: list[StaffMember]
    ) -> None:
        seats = seating.seats_of(joint, queries.others_of(session, joint))
        assert seats == SEATS
        ids = [one.id for one in three]
        later = Slot(at_wall(MONDAY, time(11)), ids[0], tuple(ids[1:]))
        service.move(session, booking=joint, slot=later, by=three[0], now=NOW)
        assert len(queries.others_of(session, joint)) == 2
        # When one of them shall be left out, it is no move of this talk
        fewer = Slot(at_wall(MONDAY, time(13)), ids[0], (ids[1],))
        with pytest.raises(Conflict):
            service.move(session, booking=joint, slot=fewer, by=three[0], now=NOW)


class TestSomebodyIsMissing:
    def test_whoever_left_a_joint_talk_is_missed_and_no_longer_offered(
        self,
        session: Session,
        kind: AppointmentType,
        joint: Booking,
        three: list[StaffMember],
        citizen: Citizen,
    ) -> None:
        three[2].is_active = False
        session.flush()
        assert covering.without_officer(session, now=NOW) == [joint]
        assert found(session, kind, citizen, three[0]) == []
        covering.miss_officer(session, booking=joint, now=NOW)
        assert covering.without_officer(session, now=NOW) == []

    def test_only_who_can_do_it_takes_over(
        self, session: Session, joint: Booking, three: list[StaffMember]
    ) -> None:
        speaks = make.skilled(session, TalkRole.INTERPRETER, languages=["ar", "ku"])
        make.skilled(session, TalkRole.INTERPRETER, languages=["uk"])
        session.flush()
        offered = covering.colleagues_for(
            session, [joint], asker=three[0], now=NOW, gone={joint.id: three[2].id}
        )
        assert offered[joint.id] == [speaks]
        covering.hand_over(
            session, booking=joint, colleague=speaks, gone=three[2].id, by=three[0], now=NOW
        )
        others = queries.others_of(session, joint)
        assert [one.staff_member_id for one in others] == [three[1].id, speaks.id]
        assert joint.staff_member == three[0]
        assert resources.of_staff(three[2]) not in taken_by(session, joint)
        assert resources.of_staff(speaks) in taken_by(session, joint)

    def test_a_place_that_somebody_else_took_over_meanwhile(
        self, session: Session, joint: Booking, three: list[StaffMember]
    ) -> None:
        one, two = (make.skilled(session, TalkRole.INTERPRETER, languages=["ar"]) for _ in range(2))
        give = {"booking": joint, "gone": three[2].id, "by": three[0], "now": NOW}
        covering.hand_over(session, colleague=one, **give)
        with pytest.raises(Conflict, match="schon jemand anderes"):
            covering.hand_over(session, colleague=two, **give)


class TestWhere:
    def test_a_joint_talk_needs_a_room_with_seats_for_all(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        small = make.room(session, "Kammer", seats=2)
        assert found(session, kind, citizen, three[0], channel=Channel.OFFICE) == []
        hall = make.room(session, "Saal", seats=12)
        slot = found(session, kind, citizen, three[0], channel=Channel.OFFICE)[0]
        booking = book(session, kind, citizen, slot, three, Channel.OFFICE)
        assert booking.room == hall != small
        assert whereabouts.line_of(booking) == "Rathausplatz 1, Raum Saal"

    def test_a_room_too_small_is_not_offered_because_the_talk_is_there_already(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        # Given a joint talk in a room from which seats were taken away since
        hall = make.room(session, "Saal", seats=12)
        slot = found(session, kind, citizen, three[0], channel=Channel.OFFICE)[0]
        booking = book(session, kind, citizen, slot, three, Channel.OFFICE)
        asked = {"channel": Channel.OFFICE, "instead_of": booking.id}
        assert found(session, kind, citizen, three[0], **asked)
        hall.seats = 2
        session.flush()
        # When another time for it is looked for, then there is none in that room
        assert found(session, kind, citizen, three[0], **asked) == []

    def test_the_calendar_entry_says_where_and_not_with_whom(
        self, session: Session, kind: AppointmentType, three: list[StaffMember], citizen: Citizen
    ) -> None:
        make.room(session, seats=12)
        slot = found(session, kind, citizen, three[0], channel=Channel.OFFICE)[0]
        booking = book(session, kind, citizen, slot, three, Channel.OFFICE)
        entry = ics.entry_for(booking, now=NOW).decode()
        assert "LOCATION:Rathausplatz 1\\, Raum Saal" in entry
        assert "Jobcenter" not in entry.replace("-//Jobcenter-Portal//Termine//DE", "")

    def test_a_talk_by_video_has_no_place(self, joint: Booking) -> None:
        assert whereabouts.of(joint) is None
        assert "LOCATION" not in ics.entry_for(joint, now=NOW).decode()

    def test_a_kind_that_needs_a_room_is_not_offered_without_one(
        self, session: Session, citizen: Citizen
    ) -> None:
        officer = make.officer(session)
        kind = make.kind(session, "jobcenter")
        asked = {"seats": [Seat()], "channel": Channel.OFFICE}
        assert found(session, kind, citizen, officer, **asked)
        kind.needs_room = True
        assert found(session, kind, citizen, officer, **asked) == []
        slot = make.slot_at(officer, MONDAY + timedelta(days=1), time(10))
        with pytest.raises(Conflict):
            make.booking(session, citizen=citizen, type=kind, slot=slot, by=officer)
        room = make.room(session, seats=2)
        booking = make.booking(session, citizen=citizen, type=kind, slot=slot, by=officer)
        assert booking.room == room
        # One room, one talk: another officer is free then, and still has no slot.
        make.officer(session)
        others = found(session, kind, accounts.citizen(session), officer, **asked)
        assert slot.starts_at not in {one.starts_at for one in others}


def test_all_who_would_have_joined_are_told_when_the_citizen_cancels(
    session: Session, joint: Booking, three: list[StaffMember], citizen: Citizen
) -> None:
    service.cancel(session, booking=joint, by=citizen, now=NOW)
    [item] = session.scalars(select(WorkItem))
    assert (item.kind, item.assignee_id) == (ItemKind.APPOINTMENT_CANCELLED, three[0].id)
    assert latest_messages(session, address=three[0].email) == []
    for one in three[1:]:
        [message] = latest_messages(session, address=one.email)
        assert message.template == "joint_talk_cancelled"
        assert "Montag, 16. November 2026, 09:00 Uhr" in message.text
        assert f"/amt/termine/{joint.id}" in message.text
        assert citizen.last_name not in message.subject + message.text
