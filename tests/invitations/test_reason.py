"""The reason not to come to a summons: one way in, one decision, and what follows from it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import evidence, fairness, reasons
from portal.appointments import service as appointments
from portal.appointments.fairness import SpeaksAgainst
from portal.appointments.models import BookingState, FactKind
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Conflict
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import jobs, queries, summoning
from portal.invitations.models import Summons, SummonsState
from portal.notifications.queries import latest_messages
from portal.postbox import arrivals, following, returns
from portal.postbox import queries as letters
from tests.client import PortalClient
from tests.factories import accounts, postbox
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import MONDAY, NOW

DAY = timedelta(days=1)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return calendars.officer(session)


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return postbox.known(session)


@pytest.fixture
def summons(session: Session, oksana: Citizen, officer: StaffMember) -> Summons:
    made = make.summons(session, oksana, officer)
    session.flush()
    return read(session, made)


def read(session: Session, summons: Summons) -> Summons:
    return queries.summons_for(session, summons.id, asker=summons.citizen, lock=True)


def miss(session: Session, summons: Summons) -> None:
    """Let its letter count in time and nobody come."""
    summons.letter.printed_at, summons.letter.printed_by_name = NOW, "Jana Keller"
    summons.letter.posted_on, summons.letter.posted_by_name = MONDAY, "Jana Keller"
    summoning.note_delivery(session, summons=summons, now=NOW)
    appointments.record_outcome(
        session,
        booking=summons.booking,
        outcome=BookingState.MISSED,
        reason="nicht da",
        by=summons.issued_by,
        now=summons.booking.starts_at + DAY,
    )


def open_items(session: Session, kind: ItemKind) -> list[WorkItem]:
    found = select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
    return list(session.scalars(found))


class TestOneWay:
    def test_the_page_of_the_appointment_takes_no_reason(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        with pytest.raises(Conflict, match="Meldeaufforderung"):
            reasons.give_reason(
                session, booking=summons.booking, text="Krank.", groups=[], by=oksana, now=NOW
            )
        summoning.give_reason(
            session, summons=summons, words="Krank.", groups=[], by=oksana, now=NOW
        )
        with pytest.raises(Conflict, match="Meldeaufforderung"):
            reasons.decide_on_reason(
                session, booking=summons.booking, accepted=True, text="Ja.", by=officer, now=NOW
            )
        assert open_items(session, ItemKind.ABSENCE_REASON) == []
        assert len(open_items(session, ItemKind.SUMMONS)) == 1

    def test_the_citizen_is_led_to_the_summons(
        self, client: PortalClient, session: Session, summons: Summons, oksana: Citizen
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        page = client.get(f"/termine/{summons.booking_id}").text
        assert f"/termine/{summons.booking_id}/grund" not in page
        way = f"/termine/meldeaufforderungen/termin/{summons.booking_id}"
        assert way in page
        assert client.get(way).location == f"/termine/meldeaufforderungen/{summons.id}"
        assert client.get(f"/termine/{summons.booking_id}/grund").status_code == 409
        client.sign_in(accounts.citizen(session))
        session.commit()
        assert client.get(way).status_code == 404

    def test_only_who_may_summon_decides(
        self,
        client: PortalClient,
        session: Session,
        summons: Summons,
        oksana: Citizen,
        officer: StaffMember,
    ) -> None:
        give = {"words": "Ich bin krank.", "groups": [], "by": oksana, "now": NOW}
        summoning.give_reason(session, summons=summons, **give)
        desk = accounts.staff_member(session, Role.FRONT_DESK, team=officer.team)
        session.commit()
        page, way = f"/amt/termine/{summons.booking_id}", "/amt/meldeaufforderungen"
        answer = {"accepted": "ja", "answer": "Ja."}

        client.sign_in(desk)
        shown = client.get(page).text
        assert "Ich bin krank." in shown
        assert "Darüber entscheidet" in shown
        assert "Antworten" not in shown
        assert client.post_form(f"{page}/grund", answer).status_code == 409
        assert client.get(f"{way}/termin/{summons.booking_id}").status_code == 404
        refused = client.post_form(f"{way}/{summons.id}/grund", {"decision": "ja"})
        assert refused.status_code == 404

        client.sign_in(officer)
        assert f"{way}/termin/{summons.booking_id}" in client.get(page).text
        assert client.get(f"{way}/termin/{summons.booking_id}").location == f"{way}/{summons.id}"
        assert client.post_form(f"{page}/grund", answer).status_code == 409
        client.post_form(f"{way}/{summons.id}/grund", {"decision": "ja"})
        session.refresh(summons)
        assert summons.state is SummonsState.EXCUSED


class TestDeliveryAfterMissed:
    def doubt(self, session: Session, summons: Summons) -> str | None:
        """Let the clock look at the letter, and return why the outcome is doubted."""
        later = summons.booking.starts_at + 3 * DAY
        jobs.note_deliveries(session, now=later)
        jobs.note_deliveries(session, now=later + DAY)  # the second look finds nothing new
        items = [
            one
            for one in open_items(session, ItemKind.OUTCOME_DOUBTED)
            if one.subject_id == summons.booking_id
        ]
        assert len(items) <= 1
        known = evidence.circumstances(session, booking=summons.booking, now=later + DAY)
        against = [one.key for one in fairness.findings(known) if one.speaks_against]
        assert bool(items) == bool(against)
        return against[0] if against else None

    @pytest.mark.parametrize(("days_before", "doubt"), [(6, None), (3, "lead"), (-1, "delivery")])
    def test_a_later_arrival_is_doubted_where_it_was_too_late(
        self,
        session: Session,
        summons: Summons,
        oksana: Citizen,
        officer: StaffMember,
        days_before: int,
        doubt: str | None,
    ) -> None:
        miss(session, summons)
        told = {"arrived_on": summons.booking.day - days_before * DAY, "words": None, "by": oksana}
        at = summons.booking.starts_at + 2 * DAY
        letter = letters.letter_for(session, summons.letter_id, asker=officer)
        assert arrivals.tell(session, letter=letter, now=at, land="HE", **told)
        assert self.doubt(session, summons) == doubt
        assert summons.booking.state is BookingState.MISSED  # the officer decides

    def test_months_later_too(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        miss(session, summons)
        at = summons.booking.starts_at + 90 * DAY
        letter = letters.letter_for(session, summons.letter_id, asker=officer)
        told = {"arrived_on": summons.booking.day, "words": None, "by": oksana}
        arrivals.tell(session, letter=letter, now=at, land="HE", **told)
        jobs.note_deliveries(session, now=at)
        assert len(open_items(session, ItemKind.OUTCOME_DOUBTED)) == 1

    def test_a_notice_that_came_back_unread_is_doubted(
        self, session: Session, oksana: Citizen, officer: StaffMember
    ) -> None:
        # Given a summons in the portal that counted by its notice, and nobody came
        postbox.consent(session, oksana, now=NOW)
        summons = read(session, make.summons(session, oksana, officer))
        postbox.sent(session, summons.letter, at=NOW)
        summoning.note_delivery(session, summons=summons, now=NOW)
        appointments.record_outcome(
            session,
            booking=summons.booking,
            outcome=BookingState.MISSED,
            reason="nicht da",
            by=officer,
            now=summons.booking.starts_at + DAY,
        )
        # When the notice comes back
        later = summons.booking.starts_at + 2 * DAY
        following.note_bounce(session, letter=summons.letter, failure="5.1.1", now=later)
        # Then the letter is not delivered, and the outcome is doubted
        assert self.doubt(session, summons) == "delivery"
        known = evidence.circumstances(session, booking=summons.booking, now=later + 3 * DAY)
        with pytest.raises(SpeaksAgainst, match="kam zurück"):
            fairness.check_may_be_missed(known)


class TestAfterMissed:
    def test_an_accepted_reason_excuses(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        # Given a summons that was missed, a doubt, and a reason
        miss(session, summons)
        later = summons.booking.starts_at + 2 * DAY
        evidence.doubt(session, booking=summons.booking, now=later)
        give = {"words": "Ich lag im Krankenhaus.", "groups": [], "by": oksana, "now": later}
        summoning.give_reason(session, summons=summons, **give)
        # When it is accepted
        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=True, by=officer, now=later
        )
        # Then nothing of „missed“ is left, and it is said
        booking = summons.booking
        assert summons.state is SummonsState.EXCUSED
        assert booking.state is BookingState.EXCUSED
        assert (booking.outcome_reason, booking.recorded_by) == (
            "Ich lag im Krankenhaus.",
            officer.name,
        )
        assert open_items(session, ItemKind.OUTCOME_DOUBTED) == []
        assert open_items(session, ItemKind.SUMMONS) == []
        last = select(Event).where(Event.deed == "appointments.outcome_recorded")
        outcome = session.scalars(last.order_by(Event.id.desc())).first()
        assert outcome is not None
        assert outcome.facts == {"was": "missed", "outcome": "excused"}
        mails = [one.template for one in latest_messages(session, address=oksana.email)]
        assert "appointment_answered" in mails
        # And nobody calls it missed again
        with pytest.raises(SpeaksAgainst, match="anerkannt"):
            appointments.record_outcome(
                session,
                booking=booking,
                outcome=BookingState.MISSED,
                reason="doch",
                by=officer,
                now=later + DAY,
            )

    def test_a_refused_one_leaves_it_and_answers(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        miss(session, summons)
        later = summons.booking.starts_at + 2 * DAY
        give = {"words": "Keine Lust.", "groups": [], "by": oksana, "now": later}
        summoning.give_reason(session, summons=summons, **give)
        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=False, by=officer, now=later
        )
        assert summons.booking.state is BookingState.MISSED
        assert summons.state is SummonsState.ISSUED
        kinds = [one.kind for one in evidence.facts_of(session, summons.booking)]
        assert kinds[-2:] == [FactKind.REASON_GIVEN, FactKind.REASON_REFUSED]
        mails = [one.template for one in latest_messages(session, address=oksana.email)]
        assert "appointment_answered" in mails

    def test_before_its_time_it_is_called_off_with_one_mail(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        give = {"words": "Ich bin krank.", "groups": [], "by": oksana, "now": NOW}
        summoning.give_reason(session, summons=summons, **give)
        summoning.decide_reason(
            session, summons=read(session, summons), is_accepted=True, by=officer, now=NOW
        )
        assert summons.booking.state is BookingState.CANCELLED
        mails = [one.template for one in latest_messages(session, address=oksana.email)]
        assert "booking_cancelled" in mails
        assert "appointment_answered" not in mails


class TestComesBackFromThePost:
    def post_and_return(
        self, session: Session, summons: Summons, officer: StaffMember, *, back: datetime
    ) -> None:
        """Let the letter count in time, and the post bring it back."""
        letter = letters.letter_for(session, summons.letter_id, asker=officer)
        if letter.posted_on is None:
            postbox.posted(session, letter, officer, now=NOW)
        jobs.note_deliveries(session, now=NOW)
        returned = {"returned_on": clock.local_date(back), "words": "Unbekannt verzogen"}
        returns.note(session, letter=letter, by=officer, now=back, land="HE", **returned)
        session.flush()
        jobs.note_deliveries(session, now=back)

    def items(self, session: Session, kind: ItemKind) -> list[str]:
        return [one.reason for one in open_items(session, kind)]

    def test_nobody_can_be_called_missed_and_it_is_sent_anew(
        self, session: Session, summons: Summons, officer: StaffMember
    ) -> None:
        # Given a summons on paper that came back before its day
        back = NOW + 3 * DAY
        self.post_and_return(session, summons, officer, back=back)
        # Then who has summoned knows it, and the letter waits to be sent anew
        [told] = self.items(session, ItemKind.SUMMONS)
        assert "kam von der Post zurück" in told
        assert len(self.items(session, ItemKind.LETTER_TO_PRINT)) == 1
        # And nobody is called missed
        missed = {"outcome": BookingState.MISSED, "reason": "nicht da", "by": officer}
        later = summons.booking.starts_at + DAY
        with pytest.raises(SpeaksAgainst, match="von der Post zurück"):
            appointments.record_outcome(session, booking=summons.booking, now=later, **missed)
        # But who gets the letter sent anew in time can be
        letter = letters.letter_for(session, summons.letter_id, asker=officer)
        postbox.posted(session, letter, officer, now=back)
        jobs.note_deliveries(session, now=back + DAY)
        assert self.items(session, ItemKind.SUMMONS) == []
        appointments.record_outcome(session, booking=summons.booking, now=later, **missed)

    def test_after_missed_it_is_doubted_and_stays_in_the_house(
        self, session: Session, summons: Summons, officer: StaffMember
    ) -> None:
        miss(session, summons)
        later = summons.booking.starts_at + 2 * DAY
        self.post_and_return(session, summons, officer, back=later)
        assert len(self.items(session, ItemKind.OUTCOME_DOUBTED)) == 1
        assert self.items(session, ItemKind.SUMMONS) == []  # its time is over
        assert self.items(session, ItemKind.LETTER_TO_PRINT) == []

    def test_of_a_summons_taken_back_it_is_not_sent_anew(
        self, session: Session, summons: Summons, officer: StaffMember
    ) -> None:
        letter = letters.letter_for(session, summons.letter_id, asker=officer)
        postbox.posted(session, letter, officer, now=NOW)
        summoning.withdraw(session, summons=summons, by=officer, now=NOW)
        self.post_and_return(session, summons, officer, back=NOW + 3 * DAY)
        assert self.items(session, ItemKind.LETTER_TO_PRINT) == []
