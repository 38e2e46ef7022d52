"""Decisions for tests, made by the deeds of the house."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.applications import queries as applications_queries
from portal.applications import service as applications_service
from portal.applications.models import Application
from portal.decisions import jobs, objecting, queries, service
from portal.decisions.models import Decision, Objection, Ruling, TextBlock
from portal.decisions.typed import Typed, TypedAmount
from portal.postbox import jobs as postbox_jobs
from portal.postbox.models import Letter
from tests.factories import accounts, applications, postbox

GRANTED = Typed(
    ruling=Ruling.GRANTED,
    award_from=date(2027, 1, 1),
    award_until=date(2027, 12, 31),
    amounts=(TypedAmount("Oksana Kovalenko", 103_300),),
    legal_basis="§§ 7, 19 bis 22 SGB II",
    blocks=("vollstaendig",),
)
REJECTED = Typed(
    ruling=Ruling.REJECTED, legal_basis="§§ 7, 9, 11 SGB II", blocks=("einkommen_reicht",)
)


def application(
    session: Session, *, now: datetime, **person: Any
) -> tuple[Application, StaffMember]:
    """Make a sent application of somebody the office knows, and an officer of its team."""
    citizen = postbox.known(session, first_name="Oksana", last_name="Kovalenko", **person)
    made = applications.sent(session, citizen, now=now)
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=made.case.team)
    return applications_queries.application_for(session, made.id, asker=officer), officer


def draft(
    session: Session,
    application: Application,
    officer: StaffMember,
    *,
    now: datetime,
    typed: Typed = GRANTED,
    **change: Any,
) -> Decision:
    """Make a decision that is typed and not yet out."""
    made = service.begin(session, application=application, by=officer, now=now)
    found = queries.decision_for(session, made.id, asker=officer, lock=True)
    service.save(
        session,
        decision=found,
        typed=replace(typed, **change),
        revision=found.revision,
        by=officer,
        now=now,
    )
    return queries.decision_for(session, made.id, asker=officer, lock=True)


def issued(
    session: Session,
    application: Application,
    officer: StaffMember,
    *,
    now: datetime,
    typed: Typed = GRANTED,
    **change: Any,
) -> Decision:
    """Make a decision whose letter is in the file."""
    found = draft(session, application, officer, now=now, typed=typed, **change)
    assert service.finish(session, decision=found, by=officer, now=now)
    session.flush()
    postbox_jobs.file_letter(session, now=now, letter_id=str(found.letter_id))
    return queries.decision_for(session, found.id, asker=officer)


def lead(session: Session, application: Application) -> StaffMember:
    """Employ somebody who leads the team of a case."""
    return accounts.staff_member(session, Role.TEAM_LEAD, team=application.case.team)


def block(
    session: Session, *, key: str, text: str, rulings: tuple[Ruling, ...], now: datetime
) -> TextBlock:
    """Write a text block of the office."""
    made = TextBlock(
        key=key,
        version=1,
        title=key,
        text=text,
        rulings=[one.value for one in rulings],
        made_at=now,
        made_by_name="Petra Lindner",
    )
    session.add(made)
    session.flush()
    return made


WID: dict[str, Any] = {
    "wid_scope": "all",
    "wid_reasons": "Bitte prüfen Sie das noch einmal.",
    "wid_file_access": False,
    "wid_urgent_hardship": False,
    "wid_for_other": False,
    "wid_sign": "print",
    "truth": True,
}


def objection(
    session: Session, letter: Letter, citizen: Citizen, *, now: datetime, **more: Any
) -> Objection:
    """Object to a letter, as the citizen does, and let the worker write it down."""
    draft = objecting.begin(session, letter=letter, by=citizen, now=now)
    filled = applications_queries.filled_for(session, draft.id, asker=citizen)
    person = {
        "first_name": citizen.first_name,
        "last_name": citizen.last_name,
        "birth_date": "1990-03-27",
    }
    known = {place.question for place in filled.sheet.kept}
    answers = {name: value for name, value in (person | WID | more).items() if name not in known}
    asked = {name for name in answers if filled.sheet.form.find(name) is not None}
    applications_service.save_answers(
        session,
        filled=filled,
        answers=applications.places({name: answers[name] for name in asked}),
        by=citizen,
        now=now,
    )
    sent = applications_service.submit(session, application=draft, key=uuid4(), by=citizen, now=now)
    jobs.receive_objection(session, now=now, application_id=str(sent.id))
    session.flush()
    return queries.objection_for(session, sent.id, asker=citizen)


class Everything(NamedTuple):
    """One decision that is out, one draft, and the application of an objection."""

    issued: Decision
    draft: Decision
    objected: UUID


def everything(
    session: Session, citizen: Citizen, officer: StaffMember, *, now: datetime
) -> Everything:
    """Make one of each for somebody of the officer's team."""

    def sent() -> Application:
        made = applications.sent(session, citizen, now=now)
        return applications_queries.application_for(session, made.id, asker=officer)

    out = issued(session, sent(), officer, now=now, typed=REJECTED)
    assert out.letter is not None
    postbox.posted(session, out.letter, officer, now=now)
    objected = objection(session, out.letter, citizen, now=now)
    return Everything(out, draft(session, sent(), officer, now=now), objected.application_id)
