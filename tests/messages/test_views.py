"""Messages as citizens see them: list, thread, writing; whose they are and whose not."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Power, RepresentationKind, StaffMember
from portal.calendars.models import Absence, AbsenceReason
from portal.casefiles.models import Document
from portal.core import clock
from portal.messages import queries, service
from portal.messages.models import Entry, Thread
from portal.office.models import Substitution
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers, representation
from tests.factories import messages as make
from tests.queries import counted_queries


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def jana(session: Session, oksana: Citizen) -> StaffMember:
    jana = make.officer(session)
    make.case_with(session, oksana, jana)
    return jana


def writing(**more: object) -> dict[str, object]:
    """Fill the page of a new message."""
    return {
        "topic": "money",
        "subject": "Frage zur Heizung",
        "text": "Wann kommt das Geld?",
        "key": str(uuid4()),
        **more,
    }


def threads(session: Session) -> list[Thread]:
    session.expire_all()
    return list(session.scalars(select(Thread).order_by(Thread.opened_at)))


class TestWriting:
    def test_writes_and_reads_what_was_written_with_the_day_of_the_answer(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        assert "Noch keine Nachrichten" in client.get("/nachrichten").text
        assert "Wir antworten bis" in client.get("/nachrichten/neu").text
        answer = client.post_form("/nachrichten/neu", writing())
        assert answer.status_code == 302
        page = client.get(answer.location)
        assert "Wann kommt das Geld?" in page.text
        assert "Wir antworten bis" in page.text
        assert "Noch nicht gelesen" in page.text
        assert "Angekommen" in client.get("/nachrichten").text

    def test_what_is_missing_is_named_and_what_was_typed_stays(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        sent = writing(topic="", text="Mein Text mit <b>")
        page = client.post_form("/nachrichten/neu", sent)
        assert page.status_code == 422
        assert "Wählen Sie, worum es geht." in page.text
        assert "Mein Text mit &lt;b&gt;" in page.text
        assert str(sent["key"]) in page.text

    def test_two_clicks_lead_to_the_same_thread(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        sent = writing()
        first, second = (client.post_form("/nachrichten/neu", sent) for _ in range(2))
        assert first.location.split("#")[0] == second.location.split("#")[0]
        [thread] = threads(session)
        again = {"text": "Noch etwas", "key": str(uuid4())}
        for _ in range(2):
            assert client.post_form(f"/nachrichten/{thread.id}", again).status_code == 302
        assert session.scalar(select(func.count()).select_from(Entry)) == 2

    def test_papers_come_along_and_lie_in_the_file(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        photo = (io.BytesIO(papers.picture()), "rechnung.jpg", "image/jpeg")
        answer = client.post_form(
            "/nachrichten/neu", writing(files=photo), content_type="multipart/form-data"
        )
        assert answer.status_code == 302
        document = session.scalars(select(Document)).one()
        page = client.get(answer.location).text
        assert "rechnung.jpg" in page
        assert f"/unterlagen/{document.id}" in page

    def test_a_file_that_cannot_be_taken_loses_no_word(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        session.commit()
        client.sign_in(oksana)
        word = (io.BytesIO(b"PK"), "brief.docx", "application/msword")
        page = client.post_form(
            "/nachrichten/neu", writing(files=word), content_type="multipart/form-data"
        )
        assert page.status_code == 422
        assert "aus einem Büroprogramm" in page.text
        assert "Wann kommt das Geld?" in page.text
        assert threads(session) == []

    def test_a_late_answer_is_taken_and_both_sides_read_when(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        now = clock.now()
        until = clock.local_date(now) + timedelta(days=3)
        thread = make.from_office(session, oksana, jana, reply_by=until, now=now)
        session.commit()
        client.sign_in(oksana)
        with time_machine.travel(now + timedelta(days=10), tick=False):
            client.sign_in(oksana)
            page = client.get(f"/nachrichten/{thread.id}").text
            assert "Antworten Sie bitte trotzdem" in page
            sent = {"text": "Hier bin ich.", "key": str(uuid4())}
            assert client.post_form(f"/nachrichten/{thread.id}", sent).status_code == 302
            assert "Erbeten war sie bis" in client.get(f"/nachrichten/{thread.id}").text


class TestReading:
    def test_the_citizen_sees_that_it_was_read_and_what_is_new(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        service.note_seen(session, thread=thread, by=jana, now=clock.now())
        make.answered(session, thread, jana)
        session.commit()
        client.sign_in(oksana)
        assert "Neu" in client.get("/nachrichten").text
        assert "Eine neue Nachricht vom Jobcenter" in client.get("/").text
        page = client.get(f"/nachrichten/{thread.id}").text
        assert "Das Geld kommt am Montag." in page
        assert f"{jana.name}" in page
        assert "Gelesen:" in page
        session.expire_all()
        assert queries.unread_of(session, asker=oksana) == 0

    def test_what_a_browser_fetches_ahead_is_not_read(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.from_office(session, oksana, jana)
        session.commit()
        client.sign_in(oksana)
        client.get(f"/nachrichten/{thread.id}", headers={"Sec-Purpose": "prefetch"})
        session.expire_all()
        assert queries.unread_of(session, asker=oksana) == 1

    def test_remarks_stay_in_the_office(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.thread(session, oksana)
        service.remark(session, thread=thread, text="Intern!", by=jana, now=clock.now())
        ali = make.officer(session, first_name="Ali")
        service.hand_over(
            session, thread=thread, to=ali, note="Nur du", by=jana, land="HE", now=clock.now()
        )
        session.commit()
        client.sign_in(oksana)
        page = client.get(f"/nachrichten/{thread.id}").text
        assert "Intern!" not in page
        assert "Nur du" not in page

    def test_who_is_away_and_who_reads(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread, now = make.thread(session, oksana), clock.now()
        today = clock.local_date(now)
        ali = make.officer(session, first_name="Ali", last_name="Demir")
        session.add(
            Absence(
                staff_member_id=jana.id,
                starts_at=now - timedelta(days=2),
                ends_at=now + timedelta(days=2),
                reason=AbsenceReason.VACATION,
            )
        )
        session.commit()
        client.sign_in(oksana)
        page = client.get(f"/nachrichten/{thread.id}").text
        assert "nicht im Haus. Ihr Team liest mit." in page
        assert "Urlaub" not in page
        session.add(
            Substitution(
                absent_id=jana.id,
                substitute_id=ali.id,
                first_day=today,
                last_day=today + timedelta(days=5),
                created_at=now,
                created_by_name="Leitung",
            )
        )
        session.commit()
        assert "Ali Demir liest mit." in client.get(f"/nachrichten/{thread.id}").text

    def test_the_number_of_queries_does_not_grow(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        first = make.thread(session, oksana)
        session.commit()
        client.sign_in(oksana)

        def asked(path: str) -> int:
            client.get(path)
            with counted_queries() as statements:
                client.get(path)
            return len(statements)

        few = asked("/nachrichten"), asked(f"/nachrichten/{first.id}")
        for number in range(8):
            make.answered(session, make.thread(session, oksana, subject=f"Frage {number}"), jana)
            make.replied(session, first, oksana)
        session.commit()
        assert (asked("/nachrichten"), asked(f"/nachrichten/{first.id}")) == few


class TestWhose:
    def test_another_citizen_finds_nothing(
        self, client: PortalClient, session: Session, oksana: Citizen
    ) -> None:
        thread = make.thread(session, oksana)
        other = accounts.citizen(session)
        session.commit()
        client.sign_in(other)
        assert client.get(f"/nachrichten/{thread.id}").status_code == 404
        sent = {"text": "Hallo", "key": str(uuid4())}
        assert client.post_form(f"/nachrichten/{thread.id}", sent).status_code == 404

    def act(self, client: PortalClient, session: Session, oksana: Citizen, **fields: object) -> str:
        """Sign somebody in who acts for Oksana; return their name."""
        helper = accounts.citizen(session, first_name="Farid", last_name="Amiri")
        if fields.pop("same_household", False):
            casefiles.member(session, casefiles.case(session, oksana), helper)
        made = representation.representation(
            session, principal=oksana, representative=helper, **fields
        )
        session.commit()
        client.sign_in(helper)
        client.post_form("/vertretung/wechseln", {"representation": str(made.id), "next": "/"})
        return helper.name

    def test_a_representative_reads_and_writes_in_the_own_name(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.from_office(session, oksana, jana)
        self.act(client, session, oksana)
        assert "Bitte rufen Sie mich an." in client.get(f"/nachrichten/{thread.id}").text
        sent = {"text": "Ich melde mich.", "key": str(uuid4())}
        assert client.post_form(f"/nachrichten/{thread.id}", sent).status_code == 302
        page = client.get(f"/nachrichten/{thread.id}").text
        assert "Farid Amiri" in page

    def test_a_helper_who_may_only_see_writes_nothing(
        self, client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember
    ) -> None:
        thread = make.from_office(session, oksana, jana)
        self.act(client, session, oksana, kind=RepresentationKind.HELPER, powers=[Power.SEE])
        assert "<textarea" not in client.get(f"/nachrichten/{thread.id}").text
        sent = {"text": "Hallo", "key": str(uuid4())}
        assert client.post_form(f"/nachrichten/{thread.id}", sent).status_code in {302, 404}
        assert session.scalar(select(func.count()).select_from(Entry)) == 1

    @pytest.mark.parametrize(
        "kind", [RepresentationKind.HOUSEHOLD_MEMBER, RepresentationKind.POWER_OF_ATTORNEY]
    )
    def test_from_the_same_household_nobody_reads_or_writes(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        kind: RepresentationKind,
    ) -> None:
        thread = make.from_office(session, oksana, jana)
        self.act(client, session, oksana, kind=kind, same_household=True)
        assert client.get(f"/nachrichten/{thread.id}").status_code == 404
        assert "Bitte rufen" not in client.get("/nachrichten").text
        assert client.get("/nachrichten/neu").status_code == 404
        assert client.post_form("/nachrichten/neu", writing()).status_code == 404
