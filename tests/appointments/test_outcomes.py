"""What is known flows in: notes, reasons with papers, disturbances, travel costs."""

import io
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Right, Role, StaffMember
from portal.accounts.rules import can
from portal.appointments import evidence, evidence_notes, service, travel
from portal.appointments.fairness import SpeaksAgainst
from portal.appointments.models import (
    Booking,
    BookingFact,
    BookingState,
    FactKind,
    TravelCost,
    TravelState,
    Way,
)
from portal.calendars.slots import at_wall
from portal.casefiles.models import Document
from portal.consultations.attendance import MediaEvent
from portal.consultations.attendance import record as report
from portal.core.db import new_id
from portal.core.errors import InvalidInput, NotAllowed
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts, consultations
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY
from tests.factories.papers import pdf

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def booking(session: Session, officer: StaffMember) -> Booking:
    made = make.booking(session, officer=officer)
    session.flush()
    return made


@pytest.fixture
def visit(session: Session, officer: StaffMember) -> Booking:
    made = make.booking(
        session,
        officer=officer,
        type=make.kind(session, "jobcenter"),
        slot=make.slot_at(officer, MONDAY + 2 * DAY),
    )
    session.flush()
    return made


def paper() -> tuple[io.BytesIO, str, str]:
    return io.BytesIO(pdf()), "nachweis.pdf", "application/pdf"


def kinds(session: Session, booking: Booking) -> list[FactKind]:
    return [fact.kind for fact in evidence.facts_of(session, booking)]


def open_items(session: Session, kind: ItemKind) -> list[WorkItem]:
    return list(
        session.scalars(
            select(WorkItem)
            .where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
            .order_by(WorkItem.id)
        )
    )


def missed(session: Session, booking: Booking, *, days: int = 1) -> None:
    service.record_outcome(
        session,
        booking=booking,
        outcome=BookingState.MISSED,
        reason="nicht da",
        by=booking.staff_member,
        now=booking.starts_at + days * DAY,
    )


class TestNotes:
    def test_a_call_is_noted_and_speaks_against_the_word(
        self,
        client: PortalClient,
        session: Session,
        booking: Booking,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        quiet_monday.move_to(booking.starts_at + timedelta(hours=2))
        client.sign_in(booking.staff_member)
        page = client.post_form(
            f"/amt/termine/{booking.id}/notiz",
            {
                "what": "contact",
                "day": "16.11.2026",
                "hour": "10:30",
                "text": "Bus kam nicht, ruft an",
            },
            follow_redirects=True,
        ).get_data(as_text=True)
        assert "Am selben Tag um 10:30 Uhr gemeldet: Bus kam nicht, ruft an" in page
        assert "§ 309 Absatz 3 Satz 2 SGB III" in page
        assert "spricht dagegen" in page
        answer = client.post_form(
            f"/amt/termine/{booking.id}/ergebnis", {"outcome": "missed", "reason": "nicht da"}
        )
        assert answer.status_code == 409
        assert "geht nicht: Am selben Tag" in answer.get_data(as_text=True)
        session.refresh(booking)
        assert booking.state == BookingState.BOOKED

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"text": ""}, "Schreiben Sie kurz, was war."),
            ({"text": "x" * 1001}, "höchstens 1000 Zeichen"),
            ({"hour": "25:99"}, "Geben Sie eine Uhrzeit ein"),
            ({"day": "32.13.2026"}, ""),
            ({"day": "17.11.2026"}, "liegt noch vor uns"),
            ({"what": "missed"}, ""),
        ],
    )
    def test_nonsense_is_refused_and_kept(
        self,
        client: PortalClient,
        session: Session,
        booking: Booking,
        changed: dict[str, str],
        says: str,
    ) -> None:
        client.sign_in(booking.staff_member)
        given = {"what": "contact", "day": "16.11.2026", "hour": "06:30", "text": "rief an"}
        answer = client.post_form(f"/amt/termine/{booking.id}/notiz", {**given, **changed})
        assert answer.status_code == 422
        assert says in answer.get_data(as_text=True)
        assert kinds(session, booking) == []

    def test_it_was_our_fault(self, session: Session, booking: Booking) -> None:
        evidence_notes.note_own_fault(
            session,
            booking=booking,
            text="Frau Keller krank",
            by=booking.staff_member,
            now=booking.ends_at,
        )
        with pytest.raises(SpeaksAgainst, match="Frau Keller krank"):
            missed(session, booking)

    def test_colleagues_of_other_teams_find_nothing(
        self, client: PortalClient, session: Session, booking: Booking
    ) -> None:
        make.case_of(session, booking.citizen)
        stranger = make.officer(session)
        session.flush()
        client.sign_in(stranger)
        for deed in ("notiz", "grund", "fahrkosten"):
            assert client.post_form(f"/amt/termine/{booking.id}/{deed}", {}).status_code == 404


class TestTheTalkTells:
    def test_waiting_joining_and_a_dead_line_are_facts(self, session: Session) -> None:
        booking = consultations.booking(session)
        talk = consultations.running(session, booking)
        person = f"citizen:{booking.citizen_id}"
        for number, (kind, data) in enumerate(
            [("joined", {}), ("left", {"reason": "lost"}), ("joined", {}), ("left", {})]
        ):
            at = booking.starts_at + timedelta(minutes=number)
            report(session, event=MediaEvent(new_id(), kind, talk.id, person, at, data))
        assert kinds(session, booking) == [FactKind.WAITED, FactKind.CONNECTION_FAILED]
        with pytest.raises(SpeaksAgainst, match="Warteraum"):
            missed(session, booking)


class TestReason:
    def test_a_reason_with_a_paper_reaches_the_officer(
        self,
        client: PortalClient,
        session: Session,
        booking: Booking,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        missed(session, booking)
        session.flush()
        quiet_monday.move_to(booking.starts_at + 3 * DAY)
        client.sign_in(booking.citizen)
        page = client.get(f"/termine/{booking.id}").get_data(as_text=True)
        assert "Ich konnte nicht kommen" in page
        answer = client.post_form(
            f"/termine/{booking.id}/grund",
            {"text": "Mein Kind war krank", "files": paper()},
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        [item] = open_items(session, ItemKind.ABSENCE_REASON)
        assert item.subject_id == booking.id
        assert "Kind" not in item.reason
        assert session.scalars(select(Document.title)).all() == [
            "Nachweis zum Termin am 16.11.2026"
        ]

        client.sign_in(booking.staff_member)
        page = client.post_form(
            f"/amt/termine/{booking.id}/grund",
            {"accepted": "ja", "answer": "Attest liegt vor"},
            follow_redirects=True,
        ).get_data(as_text=True)
        assert "Grund anerkannt" in page
        session.refresh(booking)
        assert booking.state == BookingState.EXCUSED
        assert open_items(session, ItemKind.ABSENCE_REASON) == []
        mail = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
        assert mail is not None
        assert "Attest" not in mail.text
        assert "Kind" not in mail.text

    def test_refused_it_may_be_called_missed(
        self, client: PortalClient, session: Session, booking: Booking
    ) -> None:
        client.sign_in(booking.citizen)
        client.post_form(f"/termine/{booking.id}/grund", {"text": "Keine Lust"})
        with pytest.raises(SpeaksAgainst, match="noch nicht geprüft"):
            missed(session, booking)
        client.sign_in(booking.staff_member)
        path = f"/amt/termine/{booking.id}/grund"
        assert client.post_form(path, {"accepted": "nein", "answer": ""}).status_code == 422
        client.post_form(path, {"accepted": "nein", "answer": "Das ist kein wichtiger Grund."})
        again = client.post_form(path, {"accepted": "ja", "answer": "doch"})
        assert again.status_code == 409
        missed(session, booking, days=2)
        assert booking.state == BookingState.MISSED

    def test_a_double_click_is_one_reason(
        self, client: PortalClient, session: Session, booking: Booking
    ) -> None:
        client.sign_in(booking.citizen)
        for _ in range(2):
            client.post_form(f"/termine/{booking.id}/grund", {"text": "krank"})
        assert kinds(session, booking) == [FactKind.REASON_GIVEN]

    def test_what_somebody_says_on_the_telephone_counts_as_well(
        self,
        client: PortalClient,
        session: Session,
        booking: Booking,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        desk = accounts.staff_member(session, Role.FRONT_DESK, team=booking.staff_member.team)
        session.flush()
        call = booking.starts_at - timedelta(hours=1)
        quiet_monday.move_to(call + timedelta(minutes=30))
        client.sign_in(desk)
        page, way = f"/amt/termine/{booking.id}", f"/amt/termine/{booking.id}/grund-aufschreiben"
        assert way in client.get(page).text
        assert booking.citizen.name in client.get(way).text
        said = {"way": "phone", "day": "16.11.2026", "hour": "8:00", "words": "Kind ist krank"}
        assert client.post_form(way, {**said, "way": "pigeon"}).status_code == 422
        assert client.post_form(way, {**said, "hour": "9:00"}).status_code == 422
        assert client.post_form(way, said).location == page
        [fact] = evidence.facts_of(session, booking)
        assert (fact.kind, fact.at) == (FactKind.REASON_GIVEN, call)
        assert fact.said_by == (
            f"{booking.citizen.name}, am Telefon, aufgeschrieben von {desk.name}"
        )
        assert len(open_items(session, ItemKind.ABSENCE_REASON)) == 1
        with pytest.raises(SpeaksAgainst, match="noch nicht geprüft"):
            missed(session, booking)

    def test_where_somebody_came_nothing_is_taken_down(
        self, client: PortalClient, session: Session, booking: Booking
    ) -> None:
        service.record_outcome(
            session,
            booking=booking,
            outcome=BookingState.CAME,
            reason=None,
            by=booking.staff_member,
            now=booking.starts_at,
        )
        session.flush()
        client.sign_in(booking.staff_member)
        way = f"/amt/termine/{booking.id}/grund-aufschreiben"
        assert way not in client.get(f"/amt/termine/{booking.id}").text
        assert client.get(way).status_code == 409

    def test_nothing_written_asks_again(self, client: PortalClient, booking: Booking) -> None:
        client.sign_in(booking.citizen)
        answer = client.post_form(f"/termine/{booking.id}/grund", {"text": "  "})
        assert answer.status_code == 422
        assert "Schreiben Sie kurz" in answer.get_data(as_text=True)

    def test_another_citizen_finds_nothing(
        self, client: PortalClient, session: Session, booking: Booking
    ) -> None:
        other = accounts.citizen(session)
        session.flush()
        client.sign_in(other)
        for deed in ("grund", "fahrkosten"):
            assert client.get(f"/termine/{booking.id}/{deed}").status_code == 404
            assert client.post_form(f"/termine/{booking.id}/{deed}", {}).status_code == 404


class TestDisturbances:
    def test_an_outage_speaks_for_everybody_of_that_time(
        self, client: PortalClient, session: Session, booking: Booking, officer: StaffMember
    ) -> None:
        later = make.booking(session, officer=officer, slot=make.slot_at(officer, MONDAY + DAY))
        lead = accounts.staff_member(session, Role.TEAM_LEAD)
        session.flush()
        with time_machine.travel(booking.starts_at + DAY, tick=False):
            client.sign_in(lead)
            form = {"day": "16.11.2026", "starts": "8:30", "ends": "11", "text": "Netz weg"}
            for _ in range(2):  # noted twice is one fact
                client.post_form("/amt/termine/stoerungen", form)
            page = client.get("/amt/termine/stoerungen").get_data(as_text=True)
        assert "Netz weg" in page
        assert kinds(session, booking) == [FactKind.OUTAGE]
        assert kinds(session, later) == []
        with pytest.raises(SpeaksAgainst, match="Netz weg"):
            missed(session, booking)
        missed(session, later)

    def test_only_who_leads_or_administers(self, client: PortalClient, booking: Booking) -> None:
        client.sign_in(booking.staff_member)
        assert client.get("/amt/termine/stoerungen").status_code == 404
        assert client.post_form("/amt/termine/stoerungen", {}).status_code == 404

    @pytest.mark.parametrize(("starts", "ends"), [("11", "9"), ("6", "23:59")])
    def test_times_that_cannot_be_are_refused(
        self, client: PortalClient, session: Session, booking: Booking, starts: str, ends: str
    ) -> None:
        lead = accounts.staff_member(session, Role.TEAM_LEAD)
        session.flush()
        client.sign_in(lead)
        form = {"day": "16.11.2026", "starts": starts, "ends": ends, "text": "Netz weg"}
        assert client.post_form("/amt/termine/stoerungen", form).status_code == 422
        assert kinds(session, booking) == []


class TestTravel:
    def test_car_kilometres_are_worth_what_the_law_of_the_day_says(self) -> None:
        def worth(kilometres: int) -> int:
            return travel.worth_of(Way.CAR, kilometres=kilometres, amount=None, day=MONDAY)

        assert worth(42) == 8_40
        assert worth(650) == 130_00
        assert worth(651) == 130_00
        assert travel.rate_on(date(2026, 1, 1)).source.startswith("§ 5 Absatz 1")
        for wrong in (0, -3, 2001):
            with pytest.raises(InvalidInput):
                worth(wrong)

    def test_asked_granted_and_told(
        self,
        client: PortalClient,
        session: Session,
        visit: Booking,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        client.sign_in(visit.citizen)
        for _ in range(2):
            answer = client.post_form(
                f"/termine/{visit.id}/fahrkosten",
                {"way": "ticket", "amount": "6,40", "files": paper()},
            )
            assert answer.status_code == 302, answer.get_data(as_text=True)
        asked = session.scalars(select(TravelCost)).one()
        assert (asked.asked_cents, len(asked.papers)) == (6_40, 1)
        assert len(open_items(session, ItemKind.TRAVEL_COSTS)) == 1

        quiet_monday.move_to(visit.ends_at)
        client.sign_in(visit.staff_member)
        path = f"/amt/termine/{visit.id}/fahrkosten"
        early = client.post_form(path, {"granted": "ja"})
        assert ("Beleg 1" in early.get_data(as_text=True)) is can(
            visit.staff_member, Right.CHECK_DOCUMENTS
        )
        assert early.status_code == 409
        client.post_form(f"/amt/termine/{visit.id}/ergebnis", {"outcome": "came", "reason": ""})
        over = client.post_form(path, {"granted": "ja", "granted_amount": "7"})
        assert over.status_code == 422
        less = client.post_form(path, {"granted": "ja", "granted_amount": "3,20"})
        assert less.status_code == 422
        client.post_form(path, {"granted": "ja"})
        session.refresh(asked)
        assert (asked.state, asked.granted_cents) == (TravelState.GRANTED, 6_40)
        assert open_items(session, ItemKind.TRAVEL_COSTS) == []
        client.sign_in(visit.citizen)
        assert "bewilligt" in client.get(f"/termine/{visit.id}").get_data(as_text=True)

    @pytest.mark.parametrize(
        "form",
        [
            {"way": "ticket"},
            {"way": "ticket", "amount": "0"},
            {"way": "ticket", "amount": "-5"},
            {"way": "ticket", "amount": "300,01"},
            {"way": "car", "amount": "20"},
            {"way": "car", "kilometres": "99999999999999"},
            {"way": "taxi", "amount": "20"},
            {"way": "helicopter", "amount": "20"},
            {},
        ],
    )
    def test_what_cannot_be_is_refused(
        self, client: PortalClient, session: Session, visit: Booking, form: dict[str, str]
    ) -> None:
        client.sign_in(visit.citizen)
        assert client.post_form(f"/termine/{visit.id}/fahrkosten", form).status_code == 422
        assert session.scalars(select(TravelCost)).all() == []

    def test_a_talk_by_video_has_no_way(self, client: PortalClient, booking: Booking) -> None:
        client.sign_in(booking.citizen)
        assert client.get(f"/termine/{booking.id}/fahrkosten").status_code == 409


def test_what_becomes_known_later_brings_the_outcome_back(
    session: Session, booking: Booking
) -> None:
    missed(session, booking)
    by, later = booking.staff_member, booking.starts_at + 3 * DAY
    evidence_notes.note_contact(
        session, booking=booking, at=booking.ends_at, text="hatte angerufen", by=by, now=later
    )
    [item] = open_items(session, ItemKind.OUTCOME_DOUBTED)
    assert "angerufen" not in item.reason
    service.record_outcome(
        session,
        booking=booking,
        outcome=BookingState.EXCUSED,
        reason="hatte angerufen",
        by=by,
        now=later,
    )
    session.flush()
    assert open_items(session, ItemKind.OUTCOME_DOUBTED) == []


def test_correcting_an_outcome_keeps_working(session: Session, booking: Booking) -> None:
    missed(session, booking)
    for outcome in (BookingState.CAME_LATER, BookingState.TECHNICAL_FAILURE, BookingState.MISSED):
        service.record_outcome(
            session,
            booking=booking,
            outcome=outcome,
            reason="so war es",
            by=booking.staff_member,
            now=booking.starts_at + 2 * DAY,
        )
        assert booking.state == outcome


def test_the_note_of_a_stranger_is_refused(session: Session, booking: Booking) -> None:
    mailroom = accounts.staff_member(session, Role.MAILROOM)
    with pytest.raises(NotAllowed):
        evidence_notes.note_contact(
            session,
            booking=booking,
            at=at_wall(MONDAY, time(6)),
            text="rief an",
            by=mailroom,
            now=booking.starts_at,
        )
    assert session.scalars(select(BookingFact)).all() == []
