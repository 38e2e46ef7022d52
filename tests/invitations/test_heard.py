"""What somebody says on the telephone, by post or at the desk counts as what they type."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import evidence, fairness
from portal.appointments.heard import CameBy, Heard
from portal.appointments.models import Arranged, Booking, BookingState, FactKind
from portal.audit import shown
from portal.audit.models import Event
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import answering, hearings, queries, summoning
from portal.invitations.models import (
    Hearing,
    HearingState,
    Invitation,
    InvitationState,
    Summons,
    SummonsState,
)
from tests.client import PortalClient
from tests.factories import accounts, postbox
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import NOW

HOUR = timedelta(hours=1)
CALL = {"way": "phone", "day": "16.11.2026", "hour": "7:00"}


@pytest.fixture
def quiet_monday() -> Iterator[None]:
    """Stop the clock at seven on the quiet Monday."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return calendars.officer(session)


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return postbox.known(session)


@pytest.fixture
def desk(session: Session, officer: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.FRONT_DESK, team=officer.team)


@pytest.fixture
def summons(session: Session, oksana: Citizen, officer: StaffMember) -> Summons:
    made = make.summons(session, oksana, officer)
    session.commit()
    return queries.summons_for(session, made.id, asker=oksana, lock=True)


def told(session: Session, deed: str) -> Event:
    """Return the last event of a deed."""
    session.flush()
    found = select(Event).where(Event.deed == deed).order_by(Event.id.desc())
    return session.scalars(found).first() or pytest.fail(deed)


class TestAReason:
    def test_a_sick_call_the_day_before_keeps_from_missed(
        self, session: Session, summons: Summons, oksana: Citizen, desk: StaffMember
    ) -> None:
        # Given a call at the desk the day before, typed an hour later
        call = summons.booking.starts_at - timedelta(days=1)
        by = Heard(desk, oksana, CameBy.PHONE, call)
        give = {"words": "Ich liege mit Fieber im Bett.", "groups": [], "now": call + HOUR}
        summoning.give_reason(session, summons=summons, by=by, **give)
        # Then it counts from the call, in the words of the citizen
        assert (summons.reason, summons.reason_at) == ("Ich liege mit Fieber im Bett.", call)
        assert summons.reason_by_name == (
            f"{oksana.name}, am Telefon, aufgeschrieben von {desk.name}"
        )
        [fact] = evidence.facts_of(session, summons.booking)
        assert (fact.kind, fact.at) == (FactKind.REASON_GIVEN, call)
        # And nobody can call it missed
        later = summons.booking.ends_at + timedelta(days=2)
        known = evidence.circumstances(session, booking=summons.booking, now=later)
        against = {one.key for one in fairness.findings(known) if one.speaks_against}
        assert "reason" in against
        # And whoever summoned finds it to decide on
        [item] = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.SUMMONS))
        assert item.assignee_id == summons.issued_by_id
        # And the trail says who wrote for whom
        event = told(session, "invitations.reason_given")
        assert shown.who(event) == f"{desk.name} für {oksana.name}"
        assert (event.facts["way"], event.facts["said_at"]) == ("phone", call.isoformat())

    def test_two_words_within_one_minute_are_both_kept(
        self, session: Session, summons: Summons, oksana: Citizen, desk: StaffMember
    ) -> None:
        by = Heard(desk, oksana, CameBy.DESK, NOW)
        for words in ("Ich bin krank.", "Ich bin krank, bis Freitag."):
            summoning.give_reason(
                session, summons=summons, words=words, groups=[], by=by, now=NOW + HOUR
            )
        texts = [one.text for one in evidence.facts_of(session, summons.booking)]
        assert texts == ["Ich bin krank.", "Ich bin krank, bis Freitag."]

    @pytest.mark.parametrize("away", [HOUR, -HOUR])
    def test_not_from_the_future_and_not_before_the_letter(
        self,
        session: Session,
        summons: Summons,
        oksana: Citizen,
        desk: StaffMember,
        away: timedelta,
    ) -> None:
        by = Heard(desk, oksana, CameBy.PHONE, NOW + away)
        with pytest.raises(InvalidInput) as error:
            summoning.give_reason(
                session, summons=summons, words="Krank.", groups=[], by=by, now=NOW
            )
        assert error.value.field == "day"
        assert summons.reason is None

    def test_not_for_somebody_else_and_not_without_the_right(
        self, session: Session, summons: Summons, oksana: Citizen, desk: StaffMember
    ) -> None:
        other = accounts.citizen(session)
        clerk = accounts.staff_member(session, Role.ADMINISTRATOR)
        for by in (
            Heard(desk, other, CameBy.PHONE, NOW),
            Heard(clerk, oksana, CameBy.PHONE, NOW),
        ):
            with pytest.raises((NotAllowed, NotFound)):
                summoning.give_reason(
                    session, summons=summons, words="Krank.", groups=[], by=by, now=NOW
                )

    @pytest.mark.usefixtures("quiet_monday")
    def test_is_written_down_where_the_appointment_stands(
        self,
        client: PortalClient,
        session: Session,
        summons: Summons,
        oksana: Citizen,
        desk: StaffMember,
    ) -> None:
        session.commit()
        client.sign_in(desk)
        page = client.get(f"/amt/termine/{summons.booking_id}").text
        way = f"/amt/meldeaufforderungen/termin/{summons.booking_id}/grund"
        assert way in page
        assert oksana.name in client.get(way).text
        assert client.post_form(way, {**CALL, "words": ""}).status_code == 422
        late = client.post_form(way, {**CALL, "hour": "9:00", "words": "Krank."})
        assert late.status_code == 422
        assert "liegt noch vor uns" in late.text
        answer = client.post_form(way, {**CALL, "words": "Krank."})
        assert answer.location == f"/amt/termine/{summons.booking_id}"
        session.refresh(summons)
        assert summons.reason == "Krank."
        assert "am Telefon, aufgeschrieben von" in client.get(answer.location).text
        client.sign_in(oksana)
        assert "Krank." in client.get(f"/termine/meldeaufforderungen/{summons.id}").text

    def test_and_decided_like_any_other(
        self, session: Session, summons: Summons, oksana: Citizen, officer: StaffMember
    ) -> None:
        by = Heard(officer, oksana, CameBy.POST, NOW)
        give = {"words": "Ich habe eine Operation.", "groups": [], "by": by, "now": NOW}
        summoning.give_reason(session, summons=summons, **give)
        summoning.decide_reason(session, summons=summons, is_accepted=True, by=officer, now=NOW)
        assert summons.state is SummonsState.EXCUSED
        with pytest.raises(Conflict):
            summoning.give_reason(session, summons=summons, **give)


class TestAHearing:
    @pytest.fixture
    def hearing(self, session: Session, oksana: Citizen, officer: StaffMember) -> Hearing:
        made = make.hearing(session, oksana, officer)
        session.commit()
        return queries.hearing_for(session, made.id, asker=oksana, lock=True)

    def test_an_answer_by_post_counts_from_the_day_it_came(
        self, session: Session, hearing: Hearing, oksana: Citizen, officer: StaffMember
    ) -> None:
        came = NOW + timedelta(days=3)
        by = Heard(officer, oksana, CameBy.POST, came)
        late = came + timedelta(days=2)
        hearings.answer(session, hearing=hearing, words="Ich war da.", groups=[], by=by, now=late)
        assert (hearing.state, hearing.answered_at) == (HearingState.ANSWERED, came)
        assert hearing.answered_by_name == (
            f"{oksana.name}, mit der Post, aufgeschrieben von {officer.name}"
        )
        event = told(session, "invitations.hearing_answered")
        assert shown.who(event) == f"{officer.name} für {oksana.name}"

    def test_who_may_not_hear_people_writes_no_answer(
        self, session: Session, hearing: Hearing, oksana: Citizen, desk: StaffMember
    ) -> None:
        by = Heard(desk, oksana, CameBy.DESK, NOW)
        with pytest.raises((NotAllowed, NotFound)):
            hearings.answer(session, hearing=hearing, words="x", groups=[], by=by, now=NOW)

    @pytest.mark.usefixtures("quiet_monday")
    def test_more_time_once_then_the_answer(
        self, client: PortalClient, session: Session, hearing: Hearing, officer: StaffMember
    ) -> None:
        until = hearing.answer_until
        client.sign_in(officer)
        page = f"/amt/anhoerungen/{hearing.id}"
        assert f"{page}/antwort" in client.get(page).text
        more = {**CALL, "answer": "zeit", "words": ""}
        lost = client.post_form(f"{page}/antwort", {**more, "words": "Ich bin im Urlaub."})
        assert lost.status_code == 422
        assert client.post_form(f"{page}/antwort", more).status_code == 302
        session.refresh(hearing)
        assert hearing.answer_until > until
        assert client.post_form(f"{page}/antwort", more).status_code == 422
        said = {**CALL, "answer": "antwort", "words": "Ich war da."}
        assert client.post_form(f"{page}/antwort", {**said, "words": " "}).status_code == 422
        assert client.post_form(f"{page}/antwort", said).status_code == 302
        session.refresh(hearing)
        assert (hearing.state, hearing.answer) == (HearingState.ANSWERED, "Ich war da.")
        assert client.get(f"{page}/antwort").status_code == 409
        assert f"{page}/antwort" not in client.get(page).text


class TestAnInvitation:
    @pytest.fixture
    def invitation(self, session: Session, oksana: Citizen, officer: StaffMember) -> Invitation:
        made = make.invitation(session, oksana, officer)
        session.commit()
        return queries.invitation_for(session, made.id, asker=oksana, lock=True)

    def test_a_yes_by_post_is_a_choice_of_the_citizen(
        self, session: Session, invitation: Invitation, oksana: Citizen, desk: StaffMember
    ) -> None:
        by = Heard(desk, oksana, CameBy.POST, NOW)
        booking = answering.take_held(session, invitation=invitation, by=by, now=NOW + HOUR)
        assert invitation.state is InvitationState.BOOKED
        assert booking.state is BookingState.BOOKED
        assert booking.chosen_by_citizen
        assert (booking.arranged, booking.booked_by) == (Arranged.POST, desk.name)
        event = told(session, "invitations.booked")
        assert shown.who(event) == f"{desk.name} für {oksana.name}"

    @pytest.mark.usefixtures("quiet_monday")
    @pytest.mark.parametrize(
        ("answer", "state"),
        [("ja", InvitationState.BOOKED), ("nein", InvitationState.DECLINED)],
    )
    def test_is_written_down_on_its_page(
        self,
        client: PortalClient,
        session: Session,
        invitation: Invitation,
        desk: StaffMember,
        answer: str,
        state: InvitationState,
    ) -> None:
        session.commit()
        client.sign_in(desk)
        page = f"/amt/einladungen/{invitation.id}"
        assert f"{page}/antwort" in client.get(page).text
        assert "Ja, sie nimmt den Termin" in client.get(f"{page}/antwort").text
        assert client.post_form(f"{page}/antwort", CALL).status_code == 422
        early = {**CALL, "hour": "6:00", "answer": answer}
        assert client.post_form(f"{page}/antwort", early).status_code == 422
        assert client.post_form(f"{page}/antwort", {**CALL, "answer": answer}).status_code == 302
        session.refresh(invitation)
        assert invitation.state is state
        taken = session.scalars(
            select(Booking.id).where(Booking.citizen_id == invitation.citizen_id)
        ).all()
        assert len(taken) == (1 if answer == "ja" else 0)
        assert client.get(f"{page}/antwort").status_code == 409
