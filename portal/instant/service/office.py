"""What the office does with a Sofortantrag: look at it, take it to a file, answer it."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import service as casefiles
from portal.casefiles import unreached, walls
from portal.casefiles.models import Case
from portal.core.db import new_id
from portal.instant import papers, queries, rules
from portal.instant.models import InstantApplication, InstantState
from portal.instant.service import lane
from portal.notifications import service as notifications

SAME_READING = timedelta(minutes=5)


def record_view(
    session: Session, *, application: InstantApplication, by: StaffMember, now: datetime
) -> None:
    """Write down that somebody opened it; a reload is the same reading."""
    for event in audit_queries.events_about(session, kind="instant_application", id=application.id):
        known = event.deed == "instant.viewed" and event.actor_id == by.actor.id
        if known and event.at > now - SAME_READING:
            return
    facts: dict[str, Any] = {}
    if application.case_id is not None:
        facts["why"] = walls.why(session, case_id=application.case_id, asker=by).facts
    _record(session, application, deed="viewed", by=by, now=now, **facts)


def mark_seen(
    session: Session, *, application: InstantApplication, by: StaffMember, now: datetime
) -> None:
    """Say that somebody has begun to look after it: the applicant sees that."""
    application = queries.to_change(session, application=application)
    rules.check_transition(application, InstantState.SEEN)
    application.state = InstantState.SEEN
    application.seen_at = application.changed_at = now
    application.seen_by_name = by.name
    _record(session, application, deed="seen", by=by, now=now)


def link(
    session: Session,
    *,
    application: InstantApplication,
    case: Case,
    person: Citizen,
    by: StaffMember,
    now: datetime,
    land: str,
) -> None:
    """Take it to a file that the officer may see, for a person of that file.

    Its receipt lies there from now on, among the papers of this person. No account is bound by
    this: only number and code show whose it is.
    """
    application = queries.to_change(session, application=application)
    rules.check_can_link(application)
    _take(session, application, case, person, by=by, now=now, land=land)


def open_case(
    session: Session,
    *,
    application: InstantApplication,
    first_name: str,
    last_name: str,
    by: StaffMember,
    now: datetime,
    land: str,
) -> Case:
    """Open a file for somebody who has none, and take the application to it.

    The person is known by what was typed and has no sign-in: who shows number and code later
    joins the file with an own account (`applying.connect`).
    """
    application = queries.to_change(session, application=application)
    rules.check_can_link(application)
    answers = application.answers
    person = Citizen(
        id=new_id(),
        first_name=first_name,
        last_name=last_name,
        birth_date=application.birth_date,
        phone=answers["phone"],
        street=answers["street"],
        postcode=answers["postcode"],
        city=answers["city"],
        created_at=now,
    )
    session.add(person)
    session.flush()  # the file names its members
    case = casefiles.case_for(session, citizen=person, now=now, by=by)
    case.team = by.team
    application.opened_case = True
    _take(session, application, case, person, by=by, now=now, land=land)
    return case


def _take(
    session: Session,
    application: InstantApplication,
    case: Case,
    person: Citizen,
    *,
    by: StaffMember,
    now: datetime,
    land: str,
) -> None:
    application.case, application.case_id, application.person_id = case, case.id, person.id
    application.linked_at = application.changed_at = now
    if application.seen_at is None and rules.can_go(application, InstantState.SEEN):
        application.state = InstantState.SEEN
        application.seen_at, application.seen_by_name = now, by.name
    _record(session, application, deed="linked", by=by, now=now, opened=application.opened_case)
    papers.file_receipt(session, application=application, now=now)
    if rules.is_open(application):
        lane.put_before_office(session, application=application, citizen=None, now=now, land=land)
    elif rules.can_settle(application):
        lane.await_decision(
            session, application=application, now=now
        )  # behind the wall of the file


def answer(
    session: Session,
    *,
    application: InstantApplication,
    words: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Say what was done about it; the applicant reads `words` with number and code."""
    application = queries.to_change(session, application=application)
    rules.check_transition(application, InstantState.ANSWERED)
    application.state = InstantState.ANSWERED
    application.answered_at = application.changed_at = now
    application.answered_by_name = by.name
    application.answer = words
    _record(session, application, deed="answered", by=by, now=now)
    lane.clear(session, application=application, by=by, now=now)
    if application.lodgement.stands:
        lane.await_decision(session, application=application, now=now)
    if email := application.answers["email"]:
        notifications.send(
            session,
            template="instant_answered",
            address=email,
            recipient_id=None,
            about=(unreached.ABOUT_INSTANT, application.id),
            now=now,
            context={"application": application},
        )


def settle(
    session: Session, *, application: InstantApplication, why: str, by: StaffMember, now: datetime
) -> None:
    """Say how it ended without a main application: decided by letter, or taken back by word."""
    application = queries.to_change(session, application=application)
    rules.check_can_settle(application)
    application.changed_at = application.lodgement.ended_at = now
    application.lodgement.ended_why = why
    _record(session, application, deed="settled", by=by, now=now, settled_why=why)
    lane.end_waiting(session, application=application, by=by, now=now, why=why)


def follow_lodgements(session: Session, *, now: datetime) -> None:
    """Let the inbox follow what became of those that were answered and not decided.

    The rooms of the main application know nothing of this one: what they have taken up goes, and
    what they have given back comes again.
    """
    for application in queries.waiting_needlessly(session):
        why = gettext("Der Hauptantrag ist da.")
        lane.end_waiting(session, application=application, by=SYSTEM, now=now, why=why)
    for application in queries.forgotten(session):
        lane.await_decision(session, application=application, now=now)


def _record(
    session: Session,
    application: InstantApplication,
    *,
    deed: str,
    by: StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=f"instant.{deed}",
        subject=("instant_application", application.id),
        by=by,
        now=now,
        case_id=application.case_id,
        **facts,
    )
