"""Threads and text blocks for tests, made by the deeds of the house."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.casefiles.models import Case
from portal.core import clock
from portal.messages import blocks, queries, service
from portal.messages.models import TextBlock, Thread, Topic
from tests.factories import accounts, casefiles

LAND = "HE"


def case_with(session: Session, citizen: Citizen, *officers: StaffMember) -> Case:
    """Open the case of a citizen with a benefit and, if given, an integration officer."""
    case = casefiles.case(session, citizen)
    case.team = officers[0].team
    case.benefit_officer = officers[0]
    case.integration_officer = officers[1] if len(officers) > 1 else None
    session.flush()
    return case


def officer(session: Session, **fields: Any) -> StaffMember:
    """Employ a benefit officer."""
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, **fields)


def thread(
    session: Session,
    citizen: Citizen | None = None,
    *,
    text: str = "Wann kommt das Geld für die Heizung?",
    subject: str = "Frage zur Heizung",
    topic: Topic = Topic.MONEY,
    now: datetime | None = None,
) -> Thread:
    """Let a citizen write to the office."""
    return service.begin(
        session,
        topic=topic,
        subject=subject,
        text=text,
        by=citizen or accounts.citizen(session),
        land=LAND,
        now=now or clock.now(),
    )


def from_office(
    session: Session,
    citizen: Citizen,
    by: StaffMember,
    *,
    text: str = "Bitte rufen Sie mich an.",
    now: datetime | None = None,
    **more: Any,
) -> Thread:
    """Let the office write to a citizen."""
    return service.start(
        session,
        case=casefiles.case(session, citizen),
        citizen=citizen,
        topic=Topic.MONEY,
        subject="Rückfrage",
        text=text,
        by=by,
        land=LAND,
        now=now or clock.now(),
        **more,
    )


def replied(
    session: Session, thread: Thread, by: Citizen, *, text: str = "Und noch etwas."
) -> Thread:
    """Let the citizen write again."""
    found = queries.thread_for(session, thread.id, asker=by, lock=True)
    service.reply(session, thread=found, text=text, by=by, land=LAND, now=clock.now())
    return found


def answered(
    session: Session, thread: Thread, by: StaffMember, *, now: datetime | None = None, **more: Any
) -> Thread:
    """Let an officer answer."""
    found = queries.thread_for(session, thread.id, asker=by, lock=True)
    text = more.pop("text", "Das Geld kommt am Montag.")
    service.answer(
        session, thread=found, text=text, by=by, land=LAND, now=now or clock.now(), **more
    )
    return found


def block(
    session: Session,
    by: StaffMember,
    *,
    name: str = "Begrüßung",
    text: str = "Guten Tag {{ name }},",
    for_team: bool = False,
    now: datetime | None = None,
) -> TextBlock:
    """Keep a text block."""
    return blocks.add(
        session, name=name, text=text, for_team=for_team, by=by, now=now or clock.now()
    )
