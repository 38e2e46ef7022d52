"""Summonses: an act of the office with all its words, and never one out of a citizen's choice."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments import evidence, fairness
from portal.appointments import service as appointments
from portal.appointments import summoning as calendar
from portal.appointments.law import SUMMONS_LEAD, earliest_summons
from portal.appointments.models import Arranged, Booking, BookingState, FactKind
from portal.calendars.models import Channel
from portal.calendars.slots import Slot, at_wall
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import law, queries, rules, summoning
from portal.invitations.models import Purpose, Summons, SummonsState
from portal.notifications.queries import latest_messages
from portal.postbox import paper
from portal.postbox import queries as letters_of_office
from portal.postbox import rules as delivery
from portal.postbox.models import Letter, LetterKind, PrintReason, Way
from portal.postbox.steps import ask_for_print
from tests.factories import accounts, casefiles, postbox
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import MONDAY, NOW


def read(session: Session, summons: Summons) -> Summons:
    """Read a summons as its page does."""
    return queries.summons_for(session, summons.id, asker=summons.citizen, lock=True)


def words_of(session: Session, summons: Summons) -> str:
    """Return the words of the letter."""
    letter = session.get_one(Letter, summons.letter_id)
    return str(paper.words(letter)).replace("\u00a0", " ")


class TestTheLetter:
    def test_names_purpose_place_time_and_everything_that_follows(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer, is_first_talk=True)
        words = words_of(session, summons)
        for needed in (
            "§ 59 SGB II in Verbindung mit § 309 SGB III",
            "Montag, 30. November 2026, 09:00 Uhr",
            "Rathausplatz 1",
            "Anmeldung am Empfang",
            "Vermittlung in Ausbildung oder Arbeit",
            "Rechtsfolgenbelehrung",
            "30 Prozent gemindert (§ 32 SGB II)",
            "§ 7b Absatz 4 SGB II",
            "Rechtsbehelfsbelehrung",
            "innerhalb eines Monats",
            "zur Niederschrift (§ 84 SGG)",
            "keine aufschiebende Wirkung (§ 39 SGB II)",
            "Fahrkosten",
            "wichtiger Grund",
            "§ 15 Absatz 4 SGB II",
        ):
            assert needed in words, needed
        assert summons.letter.kind is LetterKind.SUMMONS

    def test_its_time_is_set_by_the_office(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        booking = make.summons(session, citizen, officer).booking
        assert booking.arranged is Arranged.OFFICE
        assert not booking.chosen_by_citizen

    def test_says_the_law_of_the_day_of_the_appointment(self) -> None:
        before, since = law.consequences(date(2026, 6, 30)), law.consequences(date(2026, 7, 1))
        assert "10 Prozent" in " ".join(before.sentences)
        assert "30 Prozent" in " ".join(since.sentences)
        assert "ersten Mal" in since.sentences[0]

    def test_the_list_of_purposes_is_closed(self) -> None:
        assert set(law.PURPOSES) == set(Purpose)
        assert len(Purpose) == 5

    def test_no_mail_says_more_than_that_there_is_a_letter(self, session: Session) -> None:
        citizen = postbox.known(session)
        postbox.consent(session, citizen, now=NOW)
        make.summons(session, citizen, calendars.officer(session))
        assert [one.template for one in latest_messages(session, address=citizen.email)] == [
            "letter_arrived"
        ]


class TestTime:
    def test_is_far_enough_ahead_for_the_letter(self, session: Session) -> None:
        """Monday: paper leaves on Tuesday, counts on Saturday, five days later is Thursday."""
        officer, citizen = calendars.officer(session), postbox.known(session)
        early = calendars.slot_at(officer, MONDAY + timedelta(days=9))
        with pytest.raises(InvalidInput, match=r"26\.11\.2026") as error:
            make.summons(session, citizen, officer, slot=early)
        assert error.value.field == "slot"
        assert session.scalar(select(Booking.id)) is None
        in_time = calendars.slot_at(officer, MONDAY + timedelta(days=10))
        assert make.summons(session, citizen, officer, slot=in_time).booking.day == date(
            2026, 11, 26
        )

    def test_never_on_a_day_on_which_the_office_is_closed(self, session: Session) -> None:
        officer = calendars.officer(session)
        calendars.hours(session, officer, weekday=7)
        sunday = calendars.slot_at(officer, MONDAY + timedelta(days=13))
        with pytest.raises(InvalidInput, match="geschlossen"):
            make.summons(session, postbox.known(session), officer, slot=sunday)

    def test_with_consent_a_day_earlier(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        postbox.consent(session, citizen, now=NOW)
        slot = calendars.slot_at(officer, MONDAY + timedelta(days=9))
        summons = make.summons(session, citizen, officer, slot=slot)
        assert summons.letter.way is Way.PORTAL

    def test_a_letter_that_went_out_late_is_seen(self, session: Session) -> None:
        summons = make.summons(session, postbox.known(session), calendars.officer(session))
        assert not rules.is_in_time(summons, None)
        assert rules.is_in_time(summons, date(2026, 11, 25))
        assert not rules.is_in_time(summons, date(2026, 11, 26))

    @pytest.mark.parametrize(
        ("today", "first"),
        [(date(2026, 12, 31), date(2027, 1, 13)), (date(2027, 1, 29), date(2027, 2, 10))],
    )
    def test_at_the_end_of_a_month(self, today: date, first: date) -> None:
        """31 December: New Year and a weekend lie between; 29 January: a Friday."""
        from_paper = delivery.expected_day(Way.PRINT, today=today, land="HE")
        assert earliest_summons(from_paper) == first


class TestNeverOutOfAChoice:
    def test_the_database_refuses_to_turn_a_chosen_time_into_a_summons(
        self, session: Session
    ) -> None:
        booking = calendars.booking(
            session, type=calendars.kind(session, "jobcenter"), now=NOW - timedelta(days=2)
        )
        with pytest.raises(IntegrityError, match="a booking never becomes a summons"):
            session.execute(update(Booking).where(Booking.id == booking.id).values(is_summons=True))

    def test_the_database_refuses_a_summons_by_video(self, session: Session) -> None:
        summons = make.summons(session, postbox.known(session), calendars.officer(session))
        with pytest.raises(IntegrityError, match="ck_bookings_summons_in_person"):
            session.execute(
                update(Booking)
                .where(Booking.id == summons.booking_id)
                .values(channel=Channel.VIDEO)
            )

    def test_a_time_the_citizen_has_is_taken(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        slot = calendars.slot_at(officer, MONDAY + timedelta(days=14))
        calendars.booking(
            session,
            citizen=citizen,
            officer=officer,
            slot=slot,
            type=calendars.kind(session, "jobcenter"),
        )
        with pytest.raises(Conflict):
            make.summons(session, citizen, officer, slot=slot)

    def test_is_neither_moved_nor_cancelled_like_a_booking(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer)
        other = calendars.slot_at(officer, MONDAY + timedelta(days=15))
        for by in (citizen, officer):
            with pytest.raises(Conflict):
                appointments.cancel(session, booking=summons.booking, by=by, now=NOW)
            with pytest.raises(Conflict):
                appointments.move(session, booking=summons.booking, slot=other, by=by, now=NOW)

    def test_only_a_summons_is_called_off_as_one(self, session: Session) -> None:
        booking = calendars.booking(session)
        with pytest.raises(Conflict):
            calendar.call_off(session, booking=booking, by=booking.staff_member, now=NOW)

    def test_needs_the_right(self, session: Session) -> None:
        officer, desk = calendars.officer(session), accounts.staff_member(session, Role.FRONT_DESK)
        slot = calendars.slot_at(officer, MONDAY + timedelta(days=14))
        with pytest.raises((NotFound, NotAllowed)):
            make.summons(session, postbox.known(session), desk, slot=slot)


class TestReason:
    def test_is_kept_as_given_with_its_paper_and_day(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer)
        upload = casefiles.sent(session, citizen, casefiles.upload(), now=NOW)

        summoning.give_reason(
            session,
            summons=read(session, summons),
            words="Ich bin krank.",
            groups=[upload],
            by=citizen,
            now=NOW,
        )

        assert (summons.reason, summons.reason_at) == ("Ich bin krank.", NOW)
        assert len(summons.reason_papers) == 1
        [item] = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.SUMMONS))
        assert item.assignee_id == officer.id

        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=True, by=officer, now=NOW
        )
        assert summons.state is SummonsState.EXCUSED
        assert summons.booking.state is BookingState.CANCELLED
        assert item.closed_at == NOW

    def test_not_accepted_leaves_the_appointment(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer)
        give = {"words": "Keine Lust.", "groups": [], "by": citizen, "now": NOW}
        summoning.give_reason(session, summons=read(session, summons), **give)
        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=False, by=officer, now=NOW
        )
        assert summons.state is SummonsState.ISSUED
        assert summons.booking.state is BookingState.BOOKED
        with pytest.raises(Conflict):
            summoning.give_reason(session, summons=read(session, summons), **give)

    def test_can_still_be_given_after_the_appointment(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer)
        later = summons.booking.ends_at + timedelta(days=3)
        summoning.give_reason(
            session,
            summons=read(session, summons),
            words="Ich lag im Krankenhaus.",
            groups=[],
            by=citizen,
            now=later,
        )
        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=True, by=officer, now=later
        )
        assert summons.state is SummonsState.EXCUSED
        assert summons.booking.state is BookingState.BOOKED  # its outcome is another deed

    def test_nothing_is_decided_without_a_reason(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = make.summons(session, citizen, officer)
        with pytest.raises(Conflict):
            summoning.decide_reason(
                session, summons=read(session, summons), is_accepted=False, by=officer, now=NOW
            )


def test_taken_back_the_time_is_free(session: Session) -> None:
    officer, citizen = calendars.officer(session), postbox.known(session)
    summons = make.summons(session, citizen, officer)
    slot = Slot(summons.booking.starts_at, officer.id)
    summoning.withdraw(session, summons=read(session, summons), by=officer, now=NOW)
    assert summons.state is SummonsState.WITHDRAWN
    calendars.booking(
        session, officer=officer, slot=slot, type=calendars.kind(session, "jobcenter")
    )
    with pytest.raises(Conflict):
        summoning.withdraw(session, summons=read(session, summons), by=officer, now=NOW)


def test_taken_back_its_letter_stays_in_the_house(session: Session) -> None:
    # Given a summons on paper that waits for the printer
    officer, citizen = calendars.officer(session), postbox.known(session)
    summons = make.summons(session, citizen, officer)
    letter = letters_of_office.letter_for(session, summons.letter_id, asker=officer)
    ask_for_print(session, letter=letter, reason=PrintReason.BOUNCED, now=NOW)
    letters, _ = letters_of_office.letters_to_print(session, asker=officer)
    assert [one.id for one in letters] == [letter.id]
    # When it is taken back
    summoning.withdraw(session, summons=read(session, summons), by=officer, now=NOW)
    # Then nobody prints and posts it, and that is said
    assert letters_of_office.letters_to_print(session, asker=officer) == ([], 0)
    item = session.scalars(select(WorkItem).where(WorkItem.subject_id == letter.id)).one()
    assert item.closed_at is not None
    assert delivery.stand_of(letter) is delivery.Stand.HELD_BACK
    with pytest.raises(Conflict):
        delivery.check_can_print(letter)


def test_the_calendar_knows_who_comes_where(session: Session) -> None:
    officer, citizen = calendars.officer(session), postbox.known(session)
    summons = make.summons(session, citizen, officer)
    assert summons.booking.channel is Channel.OFFICE
    assert summons.booking.starts_at == at_wall(clock.local_date(NOW) + timedelta(days=14), time(9))
    assert not summons.booking.chosen_by_citizen


class TestWhetherItMayBeCalledMissed:
    """A summons without proof of its delivery cannot be missed, whatever the calendar says."""

    def refusals(self, session: Session, summons: Summons) -> set[str]:
        later = summons.booking.ends_at + timedelta(days=2)
        known = evidence.circumstances(session, booking=summons.booking, now=later)
        return {one.key for one in fairness.findings(known) if one.speaks_against}

    def post(self, summons: Summons, day: date) -> None:
        summons.letter.printed_at, summons.letter.printed_by_name = NOW, "Jana Keller"
        summons.letter.posted_on, summons.letter.posted_by_name = day, "Jana Keller"

    def test_not_before_its_letter_counts(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = read(session, make.summons(session, citizen, officer))
        assert self.refusals(session, summons) == {"delivery"}

        self.post(summons, MONDAY)
        summoning.note_delivery(session, summons=summons, now=NOW)
        summoning.note_delivery(session, summons=summons, now=NOW + timedelta(days=1))

        assert self.refusals(session, summons) == set()
        [noted] = evidence.facts_of(session, summons.booking)
        assert noted.day == delivery.deemed_by_post(MONDAY)

    def test_not_when_the_letter_went_out_too_late(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = read(session, make.summons(session, citizen, officer))
        self.post(summons, summons.booking.day - timedelta(days=2))
        summoning.note_delivery(session, summons=summons, now=summons.booking.starts_at)
        assert self.refusals(session, summons) == {"delivery"}

    def test_page_and_check_agree_on_the_days_between_letter_and_appointment(
        self, session: Session
    ) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = read(session, make.summons(session, citizen, officer))
        for days in range(1, 9):
            deemed, at = summons.booking.day - timedelta(days=days), NOW + timedelta(hours=days)
            kind = FactKind.SUMMONED
            fact = {"kind": kind, "text": "Brief", "said_by": "Portal", "at": at, "day": deemed}
            evidence.note_fact(session, booking=summons.booking, **fact)
            in_time = rules.is_in_time(summons, deemed)
            assert in_time is (days >= SUMMONS_LEAD[-1].days)
            assert self.refusals(session, summons) == (set() if in_time else {"lead"})

    def test_not_while_a_reason_is_not_decided(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), postbox.known(session)
        summons = read(session, make.summons(session, citizen, officer))
        self.post(summons, MONDAY)
        summoning.note_delivery(session, summons=summons, now=NOW)
        summoning.give_reason(
            session, summons=summons, words="Ich bin krank.", groups=[], by=citizen, now=NOW
        )
        assert self.refusals(session, summons) == {"reason"}

        later = NOW + timedelta(hours=1)
        summoning.decide_reason(session, summons=summons, is_accepted=False, by=officer, now=later)
        assert self.refusals(session, summons) == set()
