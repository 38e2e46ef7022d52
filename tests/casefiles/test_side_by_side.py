"""A deed in a file while the clock of the office holds what the deed will close."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from flask import Flask
from sqlalchemy import select, text

from portal.accounts.models import StaffMember
from portal.audit import queries as audit
from portal.audit.models import SYSTEM
from portal.audit.service import record
from portal.casefiles import checking, queries
from portal.core import clock
from portal.core.db import db
from portal.inbox.models import WorkItem
from tests.factories import casefiles

PATIENCE = 20.0  # seconds


def accepts(app: Flask, document_id: UUID, officer_id: UUID) -> None:
    with app.app_context():
        officer = db.session.get_one(StaffMember, officer_id)
        document = queries.document_to_decide(db.session, document_id, officer)
        details = checking.Details(document.kind, document.owner_id, "Lohn im Juni")
        checking.accept(db.session, document=document, details=details, by=officer, now=clock.now())
        db.session.commit()


def wait_until_somebody_waits() -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    end = time.monotonic() + PATIENCE
    while not db.session.scalar(waiting):
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.01)


def test_a_paper_is_accepted_while_the_clock_works_on_its_item(committed_app: Flask) -> None:
    """Given the clock holds the item, when an officer accepts, then both get to the trail."""
    with committed_app.app_context(), ThreadPoolExecutor(1) as aside:
        document = casefiles.document(db.session)
        officer = casefiles.officer(db.session, document.case)
        db.session.commit()
        item = db.session.scalars(
            select(WorkItem).where(WorkItem.subject_id == document.id).with_for_update()
        ).one()

        accepted = aside.submit(accepts, committed_app, document.id, officer.id)
        wait_until_somebody_waits()
        record(
            db.session,
            deed="inbox.escalated",
            subject=("work_item", item.id),
            by=SYSTEM,
            now=clock.now(),
            case_id=document.case_id,
        )
        db.session.commit()
        accepted.result(PATIENCE)

        deeds = [one.deed for one in audit.events_of_case(db.session, case_id=document.case_id)]
        assert {"casefiles.document_accepted", "inbox.escalated"} <= set(deeds)
        assert audit.first_break(db.session) is None
        db.session.refresh(item)
        assert item.closed_at is not None
