"""Letters for tests, made by the deeds of the house."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Identified, StaffMember
from portal.casefiles.models import Case
from portal.core import clock
from portal.notifications.models import Message, MessageState
from portal.postbox import consenting, jobs, law, service
from portal.postbox.models import Letter, LetterKind, PortalConsent
from tests.factories import accounts, casefiles

HEARING = {
    "planned": ["Wir möchten 120 Euro zurückfordern."],
    "facts": ["Im Oktober haben Sie 120 Euro mehr verdient."],
    "basis": "§ 48 SGB X",
    "until": "Freitag, 18. Dezember 2026",
    "is_personal": False,
    "path": "/anhoerungen/1",
}


def known(session: Session, **fields: Any) -> Citizen:
    """Make a citizen whom the office knows, with an address for letters."""
    return accounts.citizen(
        session,
        **{
            "level": 2,
            "identified_at": datetime(2026, 1, 1, tzinfo=UTC),
            "identified_how": Identified.COUNTER,
            "street": "Lindenstraße 7",
            "postcode": "35390",
            "city": "Lindenau",
            **fields,
        },
    )


def consent(session: Session, citizen: Citizen, *, now: datetime) -> PortalConsent:
    """Let a citizen agree to letters in the portal."""
    version = law.CONSENTS[-1].version
    return consenting.give(session, citizen=citizen, version=version, now=now)


def letter(
    session: Session,
    citizen: Citizen,
    *,
    now: datetime,
    case: Case | None = None,
    kind: LetterKind = LetterKind.HEARING,
    filed: bool = True,
) -> Letter:
    """Write a hearing to a citizen and let the worker make its PDF."""
    case = case or casefiles.case(session, citizen, now=now)
    made = service.write(
        session,
        case=case,
        citizen=citizen,
        kind=kind,
        subject="Anhörung zu Ihrem Einkommen",
        template="hearing",
        version=2,
        content=HEARING,
        by=casefiles.officer(session, case),
        now=now,
    )
    if filed:
        jobs.file_letter(session, now=now, letter_id=str(made.id))
    return made


def sent(session: Session, letter: Letter, *, at: datetime) -> Message:
    """Let the notice of a letter leave the house, and the clock see it."""
    message = session.get_one(Message, letter.notification_id)
    message.state, message.sent_at = MessageState.SENT, at
    session.flush()
    jobs.follow(session, now=at)
    return message


def posted(
    session: Session, letter: Letter, officer: StaffMember, *, now: datetime, land: str = "HE"
) -> None:
    """Print a letter and give it to the post."""
    service.mark_printed(session, letter=letter, by=officer, now=now)
    service.mark_posted(
        session,
        letter=letter,
        posted_on=clock.local_date(now),
        by=officer,
        now=now,
        land=land,
    )
    session.flush()
