"""Questions to colleagues: the file opens to whom they lie with, for as long as they are open."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import queries as casefiles_queries
from portal.casefiles import walls
from portal.casefiles.models import Case
from portal.casefiles.walls import Ground
from portal.casework import asking, jobs, queries
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox import queries as inbox_queries
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casework, office
from tests.queries import counted_queries

SECRET = "Zählt der Minijob als Erwerbstätigkeit?"


def sees(session: Session, case: Case, asker: StaffMember) -> bool:
    try:
        casefiles_queries.case_for_staff(session, case.id, asker=asker)
    except NotFound:
        return False
    return True


def item(session: Session, kind: ItemKind) -> WorkItem | None:
    return session.scalar(
        select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
    )


# The wall


def test_the_file_opens_to_who_is_asked_and_to_nobody_else_of_the_team(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    beside = accounts.staff_member(session, Role.INTEGRATION_OFFICER, team=selin.team)
    assert not sees(session, case, selin)
    casework.question(session, case, jana, selin)
    assert sees(session, case, selin)
    assert not sees(session, case, beside)
    assert walls.why(session, case_id=case.id, asker=selin).ground is Ground.QUESTION


def test_a_department_sees_the_file_until_one_of_them_takes_the_question(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    beside = accounts.staff_member(session, Role.INTEGRATION_OFFICER, team=selin.team)
    casework.question(session, case, jana, selin, only_team=True)
    assert sees(session, case, selin)
    assert sees(session, case, beside)
    waiting = item(session, ItemKind.EXPERT_QUESTION)
    assert waiting is not None
    inbox.claim(
        session,
        item=inbox_queries.item_for(session, waiting.id, asker=selin, lock=True),
        by=selin,
        now=clock.now(),
    )
    session.flush()
    assert sees(session, case, selin)
    assert not sees(session, case, beside)


def test_who_stands_in_for_the_asked_one_sees_the_file_and_may_answer(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    helps = accounts.staff_member(session, Role.INTEGRATION_OFFICER)
    asked = casework.question(session, case, jana, selin)
    office.substitution(session, absent=selin, substitute=helps)
    session.flush()
    assert sees(session, case, helps)
    found = queries.question_for(session, asked.id, asker=helps)
    asking.answer(session, asked=found, text="Ja.", by=helps, now=clock.now())
    assert found.answered_by_id == helps.id


@pytest.mark.parametrize("end", ["answer", "revoke"])
def test_the_file_closes_with_the_question(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember, end: str
) -> None:
    asked = casework.question(session, case, jana, selin)
    if end == "answer":
        asking.answer(session, asked=asked, text="Ja.", by=selin, now=clock.now())
    else:
        asking.revoke(session, asked=asked, by=jana, now=clock.now())
    session.flush()
    assert not sees(session, case, selin)


def test_a_question_opens_no_file_across_a_conflict_of_interest(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    casework.question(session, case, jana, selin)
    office.conflict(session, case=case, member=selin)
    session.flush()
    assert not sees(session, case, selin)
    with pytest.raises(InvalidInput):
        casework.question(session, case, jana, selin)


def test_who_was_let_in_by_a_question_lets_nobody_else_in(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    third = accounts.staff_member(session, Role.CASE_MANAGER)
    casework.question(session, case, jana, selin)
    with pytest.raises(Conflict):
        casework.question(session, case, selin, third)


# Asking and answering


def test_a_question_is_asked_answered_and_read_on_the_pages(
    client: PortalClient, session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    page = client.get(f"/amt/akten/{case.id}/fachfragen").text
    assert selin.name in page
    assert f"{selin.team.name}, wer Zeit hat" in page
    answer = client.post_form(
        f"/amt/akten/{case.id}/fachfragen",
        data={"whom": str(selin.id), "question": SECRET, "due_on": "2099-01-01"},
    )
    assert answer.status_code == 422  # three months at most
    due = clock.local_date(clock.now()) + timedelta(days=5)
    answer = client.post_form(
        f"/amt/akten/{case.id}/fachfragen",
        data={"whom": f"team-{selin.team_id}", "question": SECRET, "due_on": due.isoformat()},
    )
    assert answer.status_code == 302
    address = answer.location
    client.sign_in(selin)
    assert case.file_reference in client.get("/amt/eingang").text
    assert "Antwort senden" in client.get(address).text
    assert client.get(f"/amt/akten/{case.id}/ueberblick").status_code == 200
    assert client.post_form(f"{address}/antwort", data={"answer": "Ja, § 8."}).status_code == 302
    own = client.get(address).text
    assert "Ja, § 8." in own
    assert "wieder geschlossen" in own
    assert client.get(f"/amt/akten/{case.id}/ueberblick").status_code == 404
    client.sign_in(jana)
    assert "Ja, § 8." in client.get(address).text
    assert item(session, ItemKind.EXPERT_ANSWER) is not None
    client.post_form(f"{address}/gelesen")
    session.expire_all()
    assert item(session, ItemKind.EXPERT_ANSWER) is None


def test_the_asker_cannot_answer_and_a_stranger_finds_nothing(
    client: PortalClient, session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    asked = casework.question(session, case, jana, selin)
    answer = client.post_form(f"/amt/fachfragen/{asked.id}/antwort", data={"answer": "Ja."})
    assert answer.status_code == 409
    client.sign_in(accounts.staff_member(session, Role.CASE_MANAGER))
    assert client.get(f"/amt/fachfragen/{asked.id}").status_code == 404
    assert client.post_form(f"/amt/fachfragen/{asked.id}/zuruecknehmen").status_code == 404
    client.sign_in(selin)  # who is asked sees it and does not steer it
    assert client.post_form(f"/amt/fachfragen/{asked.id}/zuruecknehmen").status_code == 404


def test_a_question_has_one_end(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    asked = casework.question(session, case, jana, selin)
    asking.answer(session, asked=asked, text="Ja.", by=selin, now=clock.now())
    session.flush()
    with pytest.raises(Conflict):
        asking.revoke(session, asked=asked, by=jana, now=clock.now())
    with pytest.raises(Conflict):
        asking.answer(session, asked=asked, text="Nein.", by=selin, now=clock.now())


def test_neither_trail_nor_inbox_carries_the_words_or_the_name_of_the_citizen(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    asked = casework.question(session, case, jana, selin, text=SECRET)
    asking.answer(session, asked=asked, text="Geheime Antwort", by=selin, now=clock.now())
    session.flush()
    events = session.scalars(
        select(Event).where(Event.subject_kind == "expert_question").order_by(Event.id)
    ).all()
    items = session.scalars(select(WorkItem).where(WorkItem.subject_id == asked.id)).all()
    told = str([event.facts for event in events])
    told += str([(one.title, one.person, one.reason, one.next_step) for one in items])
    for word in (SECRET, "Geheime Antwort", "Kovalenko"):
        assert word not in told, word
    assert [one.deed for one in events] == [
        "casework.question_asked",
        "casework.question_answered",
    ]


# Time


def test_the_clock_reminds_once_and_tells_both_when_the_day_is_over(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    now = clock.now()
    due = clock.local_date(now) + timedelta(days=3)
    asked = casework.question(session, case, jana, selin, due_on=due, now=now)
    told = []
    for days in range(8):
        jobs.follow_questions.function(session, now=now + timedelta(days=days))
        session.flush()
        waiting = item(session, ItemKind.EXPERT_QUESTION)
        assert waiting is not None
        told.append((waiting.urgency, item(session, ItemKind.EXPERT_ANSWER) is not None))
    assert told == [(0, False)] * 2 + [(2, False)] * 2 + [(3, True)] * 4
    deeds = session.scalars(
        select(Event.deed).where(Event.subject_id == str(asked.id)).order_by(Event.id)
    ).all()
    assert deeds == [
        "casework.question_asked",
        "casework.question_reminded",
        "casework.question_overdue",
    ]


def test_a_question_that_is_taken_back_is_not_followed(
    session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    asked = casework.question(session, case, jana, selin)
    asking.revoke(session, asked=asked, by=jana, now=clock.now())
    session.flush()
    jobs.follow_questions.function(session, now=clock.now() + timedelta(days=30))
    session.flush()
    assert item(session, ItemKind.EXPERT_QUESTION) is None
    assert item(session, ItemKind.EXPERT_ANSWER) is None


def test_the_list_of_questions_asks_no_more_queries_for_more_questions(
    client: PortalClient, session: Session, case: Case, jana: StaffMember, selin: StaffMember
) -> None:
    counts = []
    for many in (1, 6):
        for _ in range(many):
            casework.question(session, case, jana, selin)
        client.get(f"/amt/akten/{case.id}/fachfragen")
        session.expire_all()
        with counted_queries() as statements:
            client.get(f"/amt/akten/{case.id}/fachfragen")
        counts.append(len(statements))
    assert counts[0] == counts[1]
