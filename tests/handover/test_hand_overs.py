"""Each hand-over is broken on purpose: somebody sees it, after a known time, with a way out.

Nothing here is mended by hand but the fault itself: when the step goes on, its item goes away.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.casefiles import jobs as casefiles_jobs
from portal.casefiles.models import Case, HandIn, Verdict
from portal.core import jobs as queue
from portal.core.db import new_id
from portal.core.malware import NoVerdict
from portal.handover import jobs
from portal.handover.steps import STEPS, HandOver
from portal.inbox.models import ItemKind, WorkItem
from portal.intake.models import Scan
from portal.notifications import service as notifications
from portal.notifications.models import Message, MessageState
from portal.notifications.transport import NoMailServer
from portal.postbox import jobs as postbox_jobs
from portal.postbox.models import Letter
from tests.client import PortalClient
from tests.factories import accounts, applications, casefiles
from tests.factories import postbox as make
from tests.factories.inbox import work_item
from tests.queries import counted_queries

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)  # a Wednesday
LATER = NOW + timedelta(hours=1, minutes=1)


def step(name: str) -> HandOver:
    return next(one for one in STEPS if one.name == name)


def items(session: Session) -> list[WorkItem]:
    found = select(WorkItem).where(
        WorkItem.kind == ItemKind.HAND_OVER_LATE, WorkItem.closed_at.is_(None)
    )
    return list(session.scalars(found.order_by(WorkItem.title)))


def seen_at(session: Session, name: str, *, limit: timedelta, team: Any) -> WorkItem:
    """Check that a fault of NOW is silent until its limit, and stands before the team after it."""
    session.flush()
    jobs.watch(session, now=NOW + limit - timedelta(minutes=1))
    assert items(session) == []
    jobs.watch(session, now=NOW + limit + timedelta(minutes=1))
    [item] = items(session)
    assert item.subject_id == step(name).item_id(team)
    assert item.team_id == team
    assert item.next_step == "Ansehen, was hängt"
    return item


def gone(session: Session, now: datetime) -> None:
    session.flush()
    jobs.watch(session, now=now)
    assert items(session) == []


@pytest.fixture
def case(session: Session) -> Case:
    citizen = make.known(session, email="oksana@example.org")
    make.consent(session, citizen, now=NOW)
    return casefiles.case(session, citizen, now=NOW)


def letter(session: Session, case: Case, **fields: Any) -> Letter:
    return make.letter(session, case.members[0].citizen, case=case, now=NOW, **fields)


def quittances(session: Session) -> None:
    for hand_in in session.scalars(select(HandIn).order_by(HandIn.id)):
        casefiles.receipt(session, hand_in, now=NOW)


class NoScanner:
    """A scanner that is not there."""

    def scan(self, _chunks: object) -> None:
        raise NoVerdict("away")

    def ping(self) -> None:
        raise NoVerdict("away")


@pytest.fixture
def scanner_away(app: Flask) -> Iterator[Callable[[], None]]:
    kept = app.extensions["virus_scanner"]
    app.extensions["virus_scanner"] = NoScanner()

    def back() -> None:
        app.extensions["virus_scanner"] = kept

    yield back
    back()


def test_stored_a_receipt_that_nobody_writes(session: Session, case: Case) -> None:
    casefiles.document(session, owner=case.members[0].citizen, now=NOW)
    seen_at(session, "stored", limit=timedelta(hours=1), team=case.team_id)
    quittances(session)
    gone(session, LATER)


def test_scanned_the_virus_scanner_is_away(
    session: Session, case: Case, scanner_away: Callable[[], None]
) -> None:
    document = casefiles.document(session, owner=case.members[0].citizen, now=NOW)
    quittances(session)
    assert document.verdict is Verdict.HELD
    seen_at(session, "scanned", limit=timedelta(hours=1), team=case.team_id)
    scanner_away()
    casefiles.prepare(session, document.id, now=LATER)
    gone(session, LATER)


def test_prepared_the_worker_dies_over_a_document(session: Session, case: Case) -> None:
    document = casefiles.document(session, owner=case.members[0].citizen, prepared=False, now=NOW)
    casefiles_jobs.scan(session, now=NOW, document_id=str(document.id))
    quittances(session)
    seen_at(session, "prepared", limit=timedelta(hours=1), team=case.team_id)
    casefiles_jobs.prepare(session, now=LATER, document_id=str(document.id))
    gone(session, LATER)


def test_sorted_a_scan_belongs_to_no_team_and_still_to_somebody(session: Session) -> None:
    lead = accounts.staff_member(session, Role.TEAM_LEAD)
    session.add(Scan(id=new_id(), filename="a.pdf", size=1, sha256="0" * 64, taken_at=NOW))
    seen_at(session, "sorted", limit=timedelta(hours=1), team=lead.team_id)
    session.execute(update(Scan).values(page_count=3))
    gone(session, LATER)


def test_decided_an_application_that_fell_out_of_the_inbox(session: Session) -> None:
    application = applications.sent(session, accounts.citizen(session), now=NOW)
    assert application.case
    session.execute(delete(WorkItem).where(WorkItem.subject_id == application.id))
    seen_at(session, "decided", limit=timedelta(hours=1), team=application.case.team_id)


def test_filed_a_letter_whose_pdf_nobody_makes(session: Session, case: Case) -> None:
    made = letter(session, case, filed=False)
    seen_at(session, "filed", limit=timedelta(hours=1), team=case.team_id)
    postbox_jobs.file_letter(session, now=LATER, letter_id=str(made.id))
    gone(session, LATER)


def test_notified_the_mail_server_is_away_for_a_day(
    session: Session, case: Case, app: Flask
) -> None:
    kept = app.extensions["mail_transport"]
    app.extensions["mail_transport"] = NoMailServer()
    try:
        message = news(session, case)
        for hours in range(24):
            queue.run_due(session, NOW + timedelta(hours=hours))
        assert message.state is MessageState.WAITING
        seen_at(session, "notified", limit=timedelta(hours=24), team=case.team_id)
    finally:
        app.extensions["mail_transport"] = kept
    queue.run_due(session, NOW + timedelta(days=3))
    assert message.state is MessageState.SENT  # nothing was lost
    gone(session, NOW + timedelta(days=3))


def test_bounced_nobody_reads_what_came_back(session: Session, case: Case) -> None:
    message = news(session, case)
    message.state, message.failure = MessageState.FAILED, "550 no such user"
    seen_at(session, "bounced", limit=timedelta(hours=1), team=case.team_id)
    casefiles_jobs.tell_undelivered(session, now=LATER)
    gone(session, LATER)
    assert message.told_at == LATER


def test_printed_a_letter_that_lies_in_the_printer(session: Session, case: Case) -> None:
    made = letter(session, case)
    make.sent(session, made, at=NOW)
    friday, day = NOW + timedelta(days=2), timedelta(days=1)
    session.execute(
        update(Letter)
        .where(Letter.id == made.id)
        .values(print_asked_at=friday, print_reason="bounced")
    )
    for days in range(5):  # the weekend counts for nothing, Monday and Tuesday are the time it has
        jobs.watch(session, now=friday + days * day)
        assert items(session) == []
    jobs.watch(session, now=friday + 5 * day)
    [item] = items(session)
    assert item.subject_id == step("printed").item_id(case.team_id)
    session.execute(
        update(Letter)
        .where(Letter.id == made.id)
        .values(printed_at=NOW, printed_by_name="P", posted_on=NOW.date(), posted_by_name="P")
    )
    gone(session, friday + 5 * day)


def test_queued_a_job_that_the_queue_has_given_up(session: Session) -> None:
    lead = accounts.staff_member(session, Role.TEAM_LEAD)
    session.execute(
        text(
            "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('portal', 'casefiles.scan', 'failed') RETURNING id)"
            " INSERT INTO procrastinate_events (job_id, type, at) SELECT id, 'failed', :at FROM job"
        ),
        {"at": NOW},
    )
    session.execute(text("UPDATE procrastinate_events SET at = :at"), {"at": NOW})
    seen_at(session, "queued", limit=timedelta(hours=1), team=lead.team_id)


def test_seen_an_item_that_nobody_opens_is_on_the_table(
    session: Session, client: PortalClient
) -> None:
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    work_item(session, team_of=officer, now=NOW)
    late = step("seen")
    assert late.late(session, late.before(NOW + timedelta(days=2), land="HE"), None) == []
    [one] = late.late(session, late.before(NOW + timedelta(days=6), land="HE"), officer.team_id)
    assert one.title == "Mietvertrag"
    jobs.watch(session, now=NOW + timedelta(days=6))
    assert items(session) == []  # the inbox looks after its own


def test_a_hundred_at_once_are_one_item(session: Session, case: Case) -> None:
    for _ in range(100):
        message = news(session, case)
        message.state, message.failure = MessageState.FAILED, "550"
    session.flush()
    with counted_queries() as counted:
        jobs.watch(session, now=LATER)
    assert len(counted) < 40
    [item] = items(session)
    assert item.reason.startswith("100 Vorgänge hängen")


def test_an_item_looks_new_only_when_something_is_new(session: Session, case: Case) -> None:
    first, second = news(session, case), news(session, case)
    first.state, first.failure = MessageState.FAILED, "550"
    session.flush()
    jobs.watch(session, now=LATER)
    [item] = items(session)
    jobs.watch(session, now=LATER + timedelta(minutes=10))
    assert (item.changed_at, item.last_change) == (LATER, None)
    second.state, second.failure = MessageState.FAILED, "550"
    session.flush()
    jobs.watch(session, now=LATER + timedelta(minutes=20))
    assert item.changed_at == LATER + timedelta(minutes=20)
    assert item.reason.startswith("2 Vorgänge")


def test_the_pages_name_the_thing_and_no_person(
    session: Session, client: PortalClient, case: Case
) -> None:
    officer = casefiles.officer(session, case)
    message = news(session, case)
    message.state, message.failure = MessageState.FAILED, "550"
    message.created_at = datetime.now(UTC) - timedelta(hours=3)
    session.commit()
    client.sign_in(officer)
    page = client.get("/amt/uebergaben").text
    assert "1 hängt" in page
    assert page.count("Alles ging weiter") == len(STEPS) - 1
    page = client.get(f"/amt/uebergaben/{step('bounced').item_id(officer.team_id)}").text
    assert case.file_reference in page
    assert case.members[0].citizen.name not in page


def test_another_teams_page_is_not_found(session: Session, client: PortalClient) -> None:
    here, there = (accounts.staff_member(session, Role.BENEFIT_OFFICER) for _ in range(2))
    assert here.team_id != there.team_id
    session.commit()
    client.sign_in(here)
    for id in (step("filed").item_id(there.team_id), new_id()):
        assert client.get(f"/amt/uebergaben/{id}").status_code == 404


def test_every_step_has_a_limit_a_place_and_a_way_out() -> None:
    for one in STEPS:
        assert bool(one.limit) != bool(one.days), one.name
        assert str(one.shown), one.name
        assert str(one.fallback), one.name
    assert len({one.name for one in STEPS}) == len(STEPS)


def test_monitoring_sees_each_step(session: Session) -> None:
    [family] = jobs.figures(session, NOW)
    assert {sample.labels["step"] for sample in family.samples} == {one.name for one in STEPS}


def news(session: Session, case: Case) -> Message:
    citizen = case.members[0].citizen
    message = notifications.send(
        session,
        template="document_received",
        address=citizen.email,
        recipient_id=citizen.id,
        now=NOW,
        context={"owner": citizen, "path": "/unterlagen", "now": NOW},
    )
    assert message is not None
    return message
