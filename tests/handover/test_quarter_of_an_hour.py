"""A fault that is a quarter of an hour old: the person it concerns can see where the thing is.

Reference: applications, section 5 (6): fault injection at each hand-over, citizen informed within
15 minutes in 100 %. Nobody of the office has done anything in the meantime.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.casefiles import jobs as casefiles_jobs
from portal.casefiles.models import Document, HandIn, Verdict
from portal.core import clock
from portal.core import jobs as queue
from portal.core.malware import NoVerdict
from portal.handover.steps import STEPS
from portal.inbox.models import WorkItem
from portal.notifications import service as notifications
from portal.notifications.models import Message, MessageState
from tests.client import PortalClient
from tests.factories import accounts, applications, casefiles

QUARTER = timedelta(minutes=15)

Fault = Callable[[Session, Citizen, datetime], tuple[str, str]]
"""Breaks one hand-over at a moment; returns the page of the person, and what stands there."""


def document(session: Session, owner: Citizen, at: datetime) -> Document:
    return casefiles.document(session, owner=owner, prepared=False, now=at)


def stored(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """The job that writes the receipt is lost."""
    document(session, owner, at)
    hand_in = session.scalars(select(HandIn)).one()
    assert hand_in.receipt_file_id is None
    return f"/unterlagen/abgaben/{hand_in.id}", "Ihre Quittung wird gerade geschrieben"


def scanned(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """The virus scanner is away."""
    made = document(session, owner, at)
    casefiles_jobs.scan(session, now=at, document_id=str(made.id))
    assert made.verdict is Verdict.HELD
    return f"/unterlagen/{made.id}", "Prüfung auf Schadprogramme dauert heute länger"


def prepared(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """The worker dies over the document."""
    return f"/unterlagen/{document(session, owner, at).id}", "Eingegangen"


def seen(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """Nobody opens what came into the inbox."""
    return f"/antraege/{applications.sent(session, owner, now=at).id}", "Eingegangen"


def decided(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """An application falls out of the inbox."""
    sent = applications.sent(session, owner, now=at)
    session.execute(delete(WorkItem).where(WorkItem.subject_id == sent.id))
    return f"/antraege/{sent.id}", "Eingegangen"


def notified(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """The mail server refuses the address."""
    message = write(session, owner, at)
    message.state, message.failure = MessageState.FAILED, "550 no such user"
    return "/", "Eine Nachricht kam nicht an"


def bounced(session: Session, owner: Citizen, at: datetime) -> tuple[str, str]:
    """A mail that was taken comes back, and nobody has told the office."""
    message = write(session, owner, at)
    message.state, message.failure = MessageState.FAILED, "550 mailbox gone"
    message.sent_at = message.bounced_at = at
    assert message.told_at is None
    return "/", "Eine Nachricht kam nicht an"


def write(session: Session, owner: Citizen, at: datetime) -> Message:
    message = notifications.send(
        session,
        template="document_received",
        address=owner.email,
        recipient_id=owner.id,
        now=at,
        context={"owner": owner, "path": "/unterlagen", "now": at},
    )
    assert message is not None
    return message


FAULTS: dict[str, Fault] = {
    one.__name__: one for one in (stored, scanned, prepared, seen, decided, notified, bounced)
}


class NoScanner:
    """A scanner that is not there."""

    def scan(self, _chunks: object) -> None:
        raise NoVerdict("away")


@pytest.fixture(autouse=True)
def scanner_away(app: Flask) -> Iterator[None]:
    kept = app.extensions["virus_scanner"]
    app.extensions["virus_scanner"] = NoScanner()
    yield
    app.extensions["virus_scanner"] = kept


def test_every_step_that_the_person_waits_for_is_broken_here() -> None:
    assert set(FAULTS) == {one.name for one in STEPS if "Person:" in str(one.shown)}


@pytest.mark.parametrize("name", FAULTS)
def test_the_person_sees_it_after_a_quarter_of_an_hour(
    client: PortalClient, session: Session, name: str
) -> None:
    oksana = accounts.citizen(session)
    casefiles.case(session, oksana)
    page, words = FAULTS[name](session, oksana, clock.now() - QUARTER)
    session.commit()
    client.sign_in(oksana)
    assert words in client.get(page).text


def test_a_lost_receipt_is_written_within_the_quarter(session: Session) -> None:
    oksana, now = accounts.citizen(session), clock.now()
    stored(session, oksana, now - QUARTER)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    casefiles_jobs.write_forgotten_receipts(session, now=now - timedelta(minutes=9))  # every ten
    session.flush()
    queue.run_due(session, now)
    assert session.scalars(select(HandIn.receipt_file_id)).one() is not None


def test_whoever_looks_after_it_is_told_of_a_bounce_within_the_quarter(session: Session) -> None:
    oksana, now = accounts.citizen(session), clock.now()
    casefiles.case(session, oksana)
    bounced(session, oksana, now - QUARTER)
    session.flush()
    casefiles_jobs.tell_undelivered(session, now=now)  # runs every five minutes
    assert session.scalars(select(Message.told_at)).one() == now
