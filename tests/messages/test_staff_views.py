"""Messages as the office sees them: lists, answering, blocks, what a message is turned into."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.queries import events_about
from portal.casefiles import deadlines
from portal.casefiles.models import EvidenceRequest
from portal.core import clock
from portal.inbox.models import WorkItem
from portal.messages import service
from portal.messages.models import Entry, EntryKind, TextBlock, Thread
from tests.client import PortalClient
from tests.factories import accounts, appointments, casefiles
from tests.factories import messages as make
from tests.queries import counted_queries


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session, last_name="Kovalenko")


@pytest.fixture
def jana(session: Session, oksana: Citizen) -> StaffMember:
    jana = make.officer(session, phone="0641 5550", last_name="Keller")
    make.case_with(session, oksana, jana)
    return jana


@pytest.fixture
def thread(session: Session, oksana: Citizen, jana: StaffMember) -> Thread:
    made = make.thread(session, oksana)
    session.commit()
    return made


def latest(session: Session) -> Entry:
    session.expire_all()
    return session.scalars(select(Entry).order_by(Entry.position.desc()).limit(1)).one()


def land(client: PortalClient) -> str:
    """Return whose public holidays count."""
    return str(client.application.config["SETTINGS"].land)


def answering(text: str = "Am Montag.", **more: object) -> dict[str, object]:
    return {"text": text, "key": str(uuid4()), **more}


class TestLists:
    def test_what_waits_for_me_stands_first(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        page = client.get("/amt/nachrichten").text
        assert "Frage zur Heizung" in page
        assert "Wartet auf uns" in page
        assert "Eine Nachricht wartet auf Ihre Antwort" in client.get("/amt").text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?suche=kovalenko", True),
            ("?suche=heizung", True),
            ("?suche=100%25", False),
            ("?stand=wartet", True),
            ("?stand=abgeschlossen", False),
            ("?ansicht=alle&stand=jeder", True),
            ("?ansicht=quatsch&stand=%00&seite=2", False),
        ],
    )
    def test_the_list_is_narrowed(
        self, client: PortalClient, thread: Thread, jana: StaffMember, query: str, *, found: bool
    ) -> None:
        client.sign_in(jana)
        assert ("Frage zur Heizung" in client.get(f"/amt/nachrichten{query}").text) is found

    def test_a_case_has_its_messages_and_says_who_looked(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        page = client.get(f"/amt/nachrichten/akte/{thread.case_id}")
        assert "Frage zur Heizung" in page.text
        opened = events_about(session, kind="case", id=thread.case_id)
        assert [one.deed for one in opened].count("casefiles.case_opened") == 1

    def test_another_team_finds_nothing(
        self, client: PortalClient, session: Session, thread: Thread
    ) -> None:
        other = make.officer(session)
        session.commit()
        client.sign_in(other)
        assert "Frage" not in client.get("/amt/nachrichten?ansicht=alle&stand=jeder").text
        for path in (f"/amt/nachrichten/{thread.id}", f"/amt/nachrichten/akte/{thread.case_id}"):
            assert client.get(path).status_code == 404
        answer = client.post_form(f"/amt/nachrichten/{thread.id}", answering())
        assert answer.status_code == 404

    def test_whoever_sorts_paper_reads_no_messages(
        self, client: PortalClient, session: Session, thread: Thread
    ) -> None:
        client.sign_in(accounts.staff_member(session, Role.MAILROOM, Role.FRONT_DESK))
        session.commit()
        assert client.get(f"/amt/nachrichten/{thread.id}").status_code == 404
        assert "/amt/nachrichten" not in client.get("/amt").text

    def test_the_number_of_queries_does_not_grow(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)

        def asked(path: str) -> int:
            client.get(path)
            with counted_queries() as statements:
                client.get(path)
            return len(statements)

        paths = (
            "/amt/nachrichten",
            f"/amt/nachrichten/akte/{thread.case_id}",
            f"/amt/nachrichten/{thread.id}",
        )
        few = [asked(path) for path in paths]
        for number in range(6):
            one = accounts.citizen(session)
            make.case_with(session, one, make.officer(session, team=jana.team), jana)
            make.thread(session, one, subject=f"Frage {number}")
        for _ in range(4):
            make.replied(session, thread, session.get_one(Citizen, thread.citizen_id))
        session.commit()
        assert [asked(path) for path in paths] == few


class TestAnswering:
    def test_reads_answers_and_the_item_is_done(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        page = client.get(f"/amt/nachrichten/{thread.id}").text
        assert "Wann kommt das Geld für die Heizung?" in page
        assert latest(session).seen_by_name == jana.name
        answer = client.post_form(f"/amt/nachrichten/{thread.id}", answering())
        assert answer.status_code == 302
        assert latest(session).text == "Am Montag."
        item = session.scalars(select(WorkItem).where(WorkItem.subject_id == thread.id)).one()
        assert item.closed_at is not None
        assert "Noch nicht gelesen" in client.get(f"/amt/nachrichten/{thread.id}").text

    def test_goes_on_through_the_inbox_when_asked_to(
        self, client: PortalClient, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        answer = client.post_form(f"/amt/nachrichten/{thread.id}", answering(weiter="1"))
        assert answer.location.startswith("/amt/eingang/naechstes")

    def test_a_block_is_put_behind_what_was_typed_and_sent_only_then(
        self,
        client: PortalClient,
        session: Session,
        thread: Thread,
        jana: StaffMember,
        oksana: Citizen,
    ) -> None:
        block = make.block(session, jana, text="Fragen? {{ mein_telefon }}, {{mein_name}}.")
        session.commit()
        client.sign_in(jana)
        typed = answering("Guten Tag,", insert="1", block=str(block.id))
        page = client.post_form(f"/amt/nachrichten/{thread.id}", typed)
        assert page.status_code == 200
        assert "Guten Tag,\n\nFragen? 0641 5550, Jana Keller." in page.text
        assert latest(session).position == 0

    def test_markup_in_a_name_stays_what_it_is(
        self, client: PortalClient, session: Session
    ) -> None:
        jana = make.officer(session)
        evil = accounts.citizen(session, first_name="<script>", last_name="{{ mein_raum }}")
        make.case_with(session, evil, jana)
        thread = make.thread(session, evil)
        block = make.block(session, jana, text="Guten Tag {{ name }}!")
        session.commit()
        client.sign_in(jana)
        typed = answering("", insert="1", block=str(block.id))
        page = client.post_form(f"/amt/nachrichten/{thread.id}", typed).text
        assert "Guten Tag &lt;script&gt; {{ mein_raum }}!" in page

    def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
        self, client: PortalClient, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        yesterday = clock.local_date(clock.now()) - timedelta(days=1)
        typed = answering("Mein Text", reply_by=f"{yesterday:%d.%m.%Y}")
        page = client.post_form(f"/amt/nachrichten/{thread.id}", typed)
        assert page.status_code == 422
        assert "Der Tag muss nach heute liegen" in page.text
        assert "Mein Text" in page.text

    def test_two_clicks_are_one_answer(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        typed = answering()
        for _ in range(2):
            answer = client.post_form(f"/amt/nachrichten/{thread.id}", typed)
            assert answer.status_code == 302
        assert latest(session).position == 1

    def test_the_office_writes_first(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        case = casefiles.case(session, oksana)
        session.commit()
        client.sign_in(jana)
        assert client.get(f"/amt/nachrichten/akte/{case.id}/neu").status_code == 200
        typed = answering(person=str(oksana.id), topic="money", subject="Ihre neue Wohnung")
        answer = client.post_form(f"/amt/nachrichten/akte/{case.id}/neu", typed)
        assert answer.status_code == 302
        stranger = accounts.citizen(session)
        session.commit()
        typed = answering(person=str(stranger.id), topic="money", subject="Ihre neue Wohnung")
        page = client.post_form(f"/amt/nachrichten/akte/{case.id}/neu", typed)
        assert page.status_code == 422


class TestDeeds:
    def test_a_message_becomes_a_request_in_one_step(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        due = deadlines.usual_day(clock.local_date(clock.now()), land=land(client))
        given = {"kind": "heating_bill", "why": "", "due_on": f"{due:%d.%m.%Y}"}
        answer = client.post_form(f"/amt/nachrichten/{thread.id}/unterlage", given)
        assert answer.status_code == 302
        asked = session.scalars(select(EvidenceRequest)).one()
        page = client.get(f"/amt/nachrichten/{thread.id}").text
        assert f"/amt/akten/anforderungen/{asked.id}" in page
        client.sign_in(session.get_one(Citizen, thread.citizen_id))
        page = client.get(f"/nachrichten/{thread.id}").text
        assert f"/unterlagen/aufgaben/{asked.id}" in page

    def test_a_message_becomes_an_invitation_in_one_step(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        jana = appointments.officer(session)
        jana.roles.append(accounts.StaffRole(role=Role.BENEFIT_OFFICER))
        make.case_with(session, oksana, jana)
        appointments.kind(session)
        thread = make.thread(session, oksana)
        session.commit()
        client.sign_in(jana)
        answer = client.post_form(f"/amt/nachrichten/{thread.id}/termin")
        assert answer.status_code == 302
        assert latest(session).kind is EntryKind.INVITATION
        client.sign_in(oksana)
        page = client.get(f"/nachrichten/{thread.id}").text
        assert f"/termine/einladungen/{latest(session).invitation_id}" in page

    def test_without_a_free_time_nobody_is_invited(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        assert client.post_form(f"/amt/nachrichten/{thread.id}/termin").status_code == 409
        assert latest(session).position == 0

    def test_remark_hand_over_no_answer_close_and_open(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        ali = make.officer(session, team=jana.team, first_name="Ali")
        session.commit()
        client.sign_in(jana)
        here = f"/amt/nachrichten/{thread.id}"
        assert client.post_form(f"{here}/vermerk", {"remark": ""}).status_code == 422
        assert client.post_form(f"{here}/vermerk", {"remark": "Rückruf?"}).status_code == 302
        assert (
            client.post_form(f"{here}/weitergeben", {"colleague": str(uuid4())}).status_code == 422
        )
        given = {"colleague": str(ali.id), "note": "Bitte du"}
        assert client.post_form(f"{here}/weitergeben", given).status_code == 302
        client.sign_in(ali)
        page = client.get(here).text
        assert "Rückruf?" in page
        assert "Nur für das Amt" in page
        assert "hat es an Ali" in page
        assert client.post_form(f"{here}/abschliessen").status_code == 409
        assert client.post_form(f"{here}/keine-antwort").status_code == 302
        assert client.post_form(f"{here}/abschliessen").status_code == 302
        assert "Wieder öffnen" in client.get(here).text
        assert client.post_form(f"{here}/oeffnen").status_code == 302
        session.expire_all()
        assert session.get_one(Thread, thread.id).closed_at is None

    def test_opening_is_a_reading_that_the_citizen_can_see(
        self, client: PortalClient, session: Session, thread: Thread, jana: StaffMember
    ) -> None:
        client.sign_in(jana)
        client.get(f"/amt/nachrichten/{thread.id}")
        client.sign_in(session.get_one(Citizen, thread.citizen_id))
        assert jana.name in client.get("/unterlagen/einsicht").text


class TestBlocks:
    def test_own_blocks_are_mine_and_those_of_the_team_everybodys(
        self, client: PortalClient, session: Session, jana: StaffMember
    ) -> None:
        lead = accounts.staff_member(session, Role.TEAM_LEAD, team=jana.team)
        mine = make.block(session, jana, name="Mein Gruß")
        ours = make.block(session, lead, name="Teamgruß", for_team=True)
        session.commit()
        client.sign_in(jana)
        page = client.get("/amt/nachrichten/bausteine").text
        assert "Mein Gruß" in page
        assert "Teamgruß" in page
        assert client.get(f"/amt/nachrichten/bausteine/{mine.id}").status_code == 200
        assert client.get(f"/amt/nachrichten/bausteine/{ours.id}").status_code == 404
        client.sign_in(lead)
        assert "Mein Gruß" not in client.get("/amt/nachrichten/bausteine").text
        assert client.get(f"/amt/nachrichten/bausteine/{mine.id}").status_code == 404
        changed = {"name": "Teamgruß", "text": "Hallo {{ vorname }}"}
        answer = client.post_form(f"/amt/nachrichten/bausteine/{ours.id}", changed)
        assert answer.status_code == 302
        assert client.post_form(f"/amt/nachrichten/bausteine/{ours.id}/loeschen").status_code == 302
        assert [one.name for one in session.scalars(select(TextBlock))] == ["Mein Gruß"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Hallo {{ iban }}", "Diesen Platzhalter gibt es nicht: iban. Möglich sind"),
            ("{{ name.__class__ }}", "darf nur der Name eines Platzhalters stehen"),
            ("{% for x in range(10**9) %}", "stimmt eine geschweifte Klammer nicht"),
            ("{{ name", "stimmt eine geschweifte Klammer nicht"),
            ("{{ {{ name }} }}", "stimmt eine geschweifte Klammer nicht"),
        ],
    )
    def test_a_place_that_nothing_fills_is_named_before_anybody_sends_it(
        self, client: PortalClient, session: Session, jana: StaffMember, text: str, said: str
    ) -> None:
        session.commit()
        client.sign_in(jana)
        page = client.post_form("/amt/nachrichten/bausteine/neu", {"name": "Neu", "text": text})
        assert page.status_code == 422
        assert said in page.text

    def test_a_name_stands_once(
        self, client: PortalClient, session: Session, jana: StaffMember
    ) -> None:
        make.block(session, jana, name="Gruß")
        session.commit()
        client.sign_in(jana)
        page = client.post_form("/amt/nachrichten/bausteine/neu", {"name": " Gruß ", "text": "Hi"})
        assert page.status_code == 409
        assert "gibt es schon" in page.text

    def test_only_the_lead_writes_for_the_team(
        self, client: PortalClient, session: Session, jana: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(jana)
        given = {"name": "Gruß", "text": "Hi", "for_team": "y"}
        page = client.post_form("/amt/nachrichten/bausteine/neu", given)
        assert page.status_code == 422
        assert session.scalars(select(TextBlock)).all() == []


def test_no_remark_becomes_an_answer(session: Session, thread: Thread, jana: StaffMember) -> None:
    """What waits goes on waiting, whatever colleagues say to each other."""
    found = make.queries.thread_for(session, thread.id, asker=jana)
    service.remark(session, thread=found, text="Ich frage nach.", by=jana, now=clock.now())
    assert found.waiting_since is not None
