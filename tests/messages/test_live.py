"""An open thread: what has moved is told, what has not costs little, nothing is seen by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, StaffMember
from portal.core import clock
from portal.messages import queries, service
from portal.messages.models import Entry, Thread
from tests.client import PortalClient
from tests.factories import accounts
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


@pytest.fixture
def thread(session: Session, oksana: Citizen, jana: StaffMember) -> Thread:
    made = make.thread(session, oksana)
    session.commit()
    return made


def entries(session: Session) -> list[Entry]:
    session.expire_all()
    return list(session.scalars(select(Entry).order_by(Entry.position)))


class TestTheCitizen:
    def test_is_shown_the_answer_and_that_the_question_was_read(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        """Given an open thread, when the office reads and answers, then each is told once."""
        client.sign_in(oksana)
        here = f"/nachrichten/{thread.id}/stand"
        first = client.get(here).json
        assert "Noch nicht gelesen" in first["list"]
        assert "Wir antworten bis" in first["beside"]
        service.note_seen(session, thread=thread, by=jana, now=clock.now())
        session.commit()
        read = client.get(f"{here}?seit={first['stamp']}").json
        assert "Gelesen:" in read["list"]
        make.answered(session, thread, jana, text="Am Montag.")
        session.commit()
        told = client.get(f"{here}?seit={read['stamp']}").json
        assert "Am Montag." in told["list"]
        assert "Wir antworten bis" not in told["beside"]
        assert client.get(f"{here}?seit={told['stamp']}").status_code == 204

    def test_asking_is_no_reading_and_no_sign_of_life(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        make.answered(session, thread, jana)
        session.commit()
        client.sign_in(oksana)
        opened = session.scalars(select(PortalSession)).one()
        opened.seen_at -= timedelta(minutes=10)
        session.commit()
        before = opened.seen_at
        assert client.get(f"/nachrichten/{thread.id}/stand").status_code == 200
        assert entries(session)[-1].seen_at is None
        session.refresh(opened)
        assert opened.seen_at == before

    def test_is_told_nothing_of_what_colleagues_say_to_each_other(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        client.sign_in(oksana)
        here = f"/nachrichten/{thread.id}/stand"
        stamp = client.get(here).json["stamp"]
        service.remark(session, thread=thread, text="Nur für uns.", by=jana, now=clock.now())
        session.commit()
        assert client.get(f"{here}?seit={stamp}").status_code == 204

    def test_has_seen_what_the_page_had_shown_and_not_what_came_after(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        make.answered(session, thread, jana, text="Am Montag.")
        shown = entries(session)[-1].id
        make.answered(session, thread, jana, text="Nein, am Dienstag.")
        session.commit()
        client.sign_in(oksana)
        told = client.post_form(f"/nachrichten/{thread.id}/gesehen", {"bis": str(shown)})
        assert told.status_code == 204
        assert [bool(one.seen_at) for one in entries(session)] == [False, True, False]

    @pytest.mark.parametrize("bis", ["", "kein Eintrag", "0" * 32])
    def test_who_names_no_entry_has_seen_none(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
        bis: str,
    ) -> None:
        make.answered(session, thread, jana)
        session.commit()
        client.sign_in(oksana)
        assert (
            client.post_form(f"/nachrichten/{thread.id}/gesehen", {"bis": bis}).status_code == 204
        )
        assert entries(session)[-1].seen_at is None

    def test_asks_without_a_script_by_a_link(
        self, client: PortalClient, oksana: Citizen, thread: Thread
    ) -> None:
        client.sign_in(oksana)
        page = client.get(f"/nachrichten/{thread.id}")
        assert "Neu laden" in page.text
        assert f'href="/nachrichten/{thread.id}#neu"' in page.text


class TestTheOffice:
    def test_is_shown_what_the_citizen_writes_and_what_follows(
        self,
        client: PortalClient,
        session: Session,
        oksana: Citizen,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        """Given an answered thread, when she writes again, then it waits and can be done."""
        make.answered(session, thread, jana)
        session.commit()
        client.sign_in(jana)
        here = f"/amt/nachrichten/{thread.id}/stand"
        first = client.get(here).json
        assert "Unterhaltung abschließen" in first["beside"]
        assert "Noch nicht gelesen" in first["list"]
        make.replied(session, thread, oksana, text="Und der Abschlag?")
        session.commit()
        told = client.get(f"{here}?seit={first['stamp']}").json
        assert "Und der Abschlag?" in told["list"]
        assert "Wartet auf uns" in told["beside"]
        assert "Keine Antwort nötig" in told["beside"]
        assert "Unterhaltung abschließen" not in told["beside"]

    def test_says_that_somebody_has_seen_it_and_that_is_a_reading(
        self,
        client: PortalClient,
        session: Session,
        jana: StaffMember,
        thread: Thread,
    ) -> None:
        client.sign_in(jana)
        [asked] = entries(session)
        told = client.post_form(f"/amt/nachrichten/{thread.id}/gesehen", {"bis": str(asked.id)})
        assert told.status_code == 204
        assert entries(session)[0].seen_by_name == jana.name


def test_a_thread_that_is_not_theirs_is_not_found(
    client: PortalClient, session: Session, jana: StaffMember, thread: Thread
) -> None:
    stranger = accounts.citizen(session)
    session.commit()
    client.sign_in(stranger)
    assert client.get(f"/nachrichten/{thread.id}/stand").status_code == 404
    assert client.post_form(f"/nachrichten/{thread.id}/gesehen", {"bis": ""}).status_code == 404


@pytest.mark.parametrize("whose", ["citizen", "office"])
def test_what_has_not_moved_costs_the_same_few_questions_however_long_the_thread(
    client: PortalClient,
    session: Session,
    oksana: Citizen,
    jana: StaffMember,
    thread: Thread,
    whose: str,
) -> None:
    person, room = (oksana, "nachrichten") if whose == "citizen" else (jana, "amt/nachrichten")
    client.sign_in(person)
    asked = []
    for _ in range(2):
        stamp = client.get(f"/{room}/{thread.id}/stand").json["stamp"]
        with counted_queries() as statements:
            same = client.get(f"/{room}/{thread.id}/stand?seit={stamp}")
        assert (same.status_code, same.data) == (204, b"")
        asked.append(len(statements))
        for number in range(10):
            make.answered(session, thread, jana, text=f"Antwort {number}")
            make.replied(session, thread, oksana, text=f"Frage {number}")
        session.commit()
    assert asked[0] == asked[1] <= 5, statements


def test_the_mark_changes_with_the_day_and_with_each_thing_that_is_shown(
    session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    today = clock.local_date(clock.now())

    def mark(asker: Citizen | StaffMember = oksana, *, days: int = 0) -> str:
        found = queries.thread_for(session, thread.id, asker=asker)
        day = today + timedelta(days=days)
        return queries.stamp(session, thread=found, asker=asker, today=day)

    seen = [mark(), mark(days=1)]
    make.answered(session, thread, jana, reply_by=today + timedelta(days=3))
    seen.append(mark())
    service.close(session, thread=thread, by=jana, now=clock.now())
    seen.append(mark())
    service.reopen(session, thread=thread, by=jana, now=clock.now())
    seen.append(mark())
    assert len(set(seen)) == len(seen)
    assert mark() == seen[-1]
