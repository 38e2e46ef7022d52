"""The card „Was Sie brauchen“: said while booking, offered again, changed, and seen by whom."""

from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import cards, queries, service
from portal.appointments.cards import Needs
from portal.appointments.models import Booking, TalkCard
from portal.audit.models import Event
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.usefixtures("quiet_monday")

KIND = "/termine/neu/beratung-video"
SAID = {"needs": ["calm", "brings_somebody"], "interpreter_language": "Arabisch"}


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    make.kind(session)
    return make.officer(session)


@pytest.fixture
def booking(session: Session, citizen: Citizen, officer: StaffMember) -> Booking:
    return make.booking(session, citizen=citizen, officer=officer)


@pytest.fixture
def phone(client: PortalClient, session: Session, citizen: Citizen) -> PortalClient:
    session.commit()
    client.sign_in(citizen)
    return client


def write(session: Session, booking: Booking, needs: Needs) -> None:
    cards.write(session, booking=booking, needs=needs, by=booking.citizen, now=NOW)
    session.flush()


def open_items(session: Session) -> list[WorkItem]:
    wanted = WorkItem.kind == ItemKind.INTERPRETER_WANTED
    return list(session.scalars(select(WorkItem).where(wanted, WorkItem.closed_at.is_(None))))


def text(client: PortalClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


class TestSaying:
    def test_said_while_booking_and_offered_again_next_time(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        page = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(12)).key}).location
        assert "Was Sie für das Gespräch brauchen" in text(phone, page)
        booked = phone.post_form(page, SAID).location.removesuffix("/gebucht")
        card = session.scalars(select(TalkCard)).one()
        assert Needs.on(card) == Needs(
            brings_somebody=True, calm=True, interpreter_language="Arabisch"
        )
        shown = text(phone, booked)
        for word in ("Bitte in Ruhe", "Dolmetschen: Arabisch", "steht noch nicht fest"):
            assert word in shown

        slot = make.slot_at(officer, MONDAY + timedelta(days=1))
        again = text(phone, phone.post_form(KIND, {"slot": slot.key}).location)
        assert 'value="calm" checked' in again
        assert 'value="Arabisch"' in again
        assert 'value="step_free" checked' not in again

    def test_changed_until_the_talk(
        self,
        booking: Booking,
        citizen: Citizen,
        phone: PortalClient,
        session: Session,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        path = f"/termine/{booking.id}/was-sie-brauchen"
        assert "Was Sie brauchen" in text(phone, path)
        assert phone.post_form(path, {"needs": "step_free"}).location == f"/termine/{booking.id}"
        assert Needs.on(queries.card_of(session, booking)) == Needs(step_free=True)
        assert "Ohne Stufen" in text(phone, f"/termine/{booking.id}")
        quiet_monday.move_to(booking.starts_at)
        phone.sign_in(citizen)
        text(phone, path, 409)
        assert phone.post_form(path, {"needs": "calm"}).status_code == 409

    @pytest.mark.parametrize(
        "hostile", [{"needs": "booking_id"}, {"interpreter_language": "x" * 41}]
    )
    def test_hostile_values_change_nothing(
        self, booking: Booking, phone: PortalClient, session: Session, hostile: dict[str, str]
    ) -> None:
        path = f"/termine/{booking.id}/was-sie-brauchen"
        assert phone.post_form(path, hostile).status_code == 422
        assert queries.card_of(session, booking) is None

    def test_staff_write_it_down_on_the_phone(
        self, booking: Booking, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(officer)
        path = f"/amt/termine/{booking.id}/was-gebraucht-wird"
        assert "nur ein, was die Person selbst sagt" in text(client, path)
        assert client.post_form(path, SAID).location == f"/amt/termine/{booking.id}"
        assert "Bitte in Ruhe" in text(client, f"/amt/termine/{booking.id}")


class TestWhoSees:
    def test_neither_strangers_nor_other_teams(
        self, booking: Booking, client: PortalClient, session: Session
    ) -> None:
        write(session, booking, Needs(calm=True))
        other = accounts.staff_member(session, Role.INTEGRATION_OFFICER)
        session.commit()
        client.sign_in(accounts.citizen(session))
        session.commit()
        text(client, f"/termine/{booking.id}/was-sie-brauchen", 404)
        client.sign_in(other)
        for page in ("", "/was-gebraucht-wird", "/dolmetschen", "/zettel"):
            text(client, f"/amt/termine/{booking.id}{page}", 404)

    def test_no_trail_item_or_mail_repeats_the_words(
        self, booking: Booking, session: Session, officer: StaffMember
    ) -> None:
        write(session, booking, Needs(interpreter_language="Tigrinya", sign_language=True))
        cards.arrange(session, booking=booking, interpreter="Frau Haile", by=officer, now=NOW)
        service.move(
            session,
            booking=booking,
            slot=make.slot_at(officer, wall=time(12)),
            by=officer,
            now=NOW,
        )
        written = [
            *(f"{event.deed} {event.facts}" for event in session.scalars(select(Event))),
            *(f"{item.title} {item.reason}" for item in session.scalars(select(WorkItem))),
            *(f"{mail.subject} {mail.text}" for mail in session.scalars(select(Message))),
        ]
        for word in ("Tigrinya", "Haile", "Gebärden"):
            assert not [line for line in written if word in line]


class TestInterpreter:
    def test_the_officer_finds_it_in_the_inbox_and_arranges_it(
        self, booking: Booking, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        write(session, booking, Needs(interpreter_language="Arabisch"))
        assert [item.assignee_id for item in open_items(session)] == [officer.id]
        session.commit()
        client.sign_in(officer)
        path = f"/amt/termine/{booking.id}/dolmetschen"
        assert "Gewünschte Sprache: Arabisch." in text(client, path)
        assert client.post_form(path, {"interpreter": ""}).status_code == 422
        client.post_form(path, {"interpreter": "Frau Haddad, 0641 123"})
        assert not open_items(session)
        assert "Es dolmetscht: Frau Haddad" in text(client, f"/amt/termine/{booking.id}")

    def test_no_wish_no_item(self, booking: Booking, session: Session) -> None:
        write(session, booking, Needs(calm=True))
        assert not open_items(session)

    def test_who_takes_the_wish_back_takes_the_item_away(
        self, booking: Booking, session: Session
    ) -> None:
        write(session, booking, Needs(sign_language=True))
        assert open_items(session)
        write(session, booking, Needs())
        assert not open_items(session)

    def test_another_language_or_another_time_begins_anew(
        self, booking: Booking, session: Session, officer: StaffMember
    ) -> None:
        write(session, booking, Needs(interpreter_language="Arabisch"))
        cards.arrange(session, booking=booking, interpreter="Frau Haddad", by=officer, now=NOW)
        write(session, booking, Needs(interpreter_language="Arabisch", calm=True))
        assert not open_items(session)
        slot = make.slot_at(officer, wall=time(12))
        service.move(session, booking=booking, slot=slot, by=officer, now=NOW)
        assert len(open_items(session)) == 1
        cards.arrange(session, booking=booking, interpreter="Frau Haddad", by=officer, now=NOW)
        write(session, booking, Needs(interpreter_language="Farsi"))
        assert len(open_items(session)) == 1

    def test_a_cancelled_talk_needs_nobody(
        self, booking: Booking, session: Session, officer: StaffMember
    ) -> None:
        write(session, booking, Needs(interpreter_language="Arabisch"))
        service.cancel(session, booking=booking, by=officer, now=NOW)
        assert not open_items(session)
        with pytest.raises(Conflict):
            cards.arrange(session, booking=booking, interpreter="X", by=officer, now=NOW)

    def test_nobody_is_arranged_whom_nobody_wants(
        self, booking: Booking, session: Session, officer: StaffMember
    ) -> None:
        with pytest.raises(InvalidInput):
            cards.arrange(session, booking=booking, interpreter="X", by=officer, now=NOW)
