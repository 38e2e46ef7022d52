"""Applications for tests and the demo, made through the real verbs."""

import functools
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.models import Citizen, StaffMember
from portal.applications import (
    corrections,
    part_queries,
    parts,
    queries,
    service,
    shelf,
    supplements,
)
from portal.applications.corrections import Mark
from portal.applications.definitions import Form
from portal.applications.models import (
    Application,
    CorrectionRound,
    MarkReason,
    Outcome,
    OwnPart,
    Supplement,
)
from portal.applications.places import Place, Value
from portal.applications.sheet import Sheet
from portal.core import clock
from tests.factories import accounts, casefiles, papers

PROBE = Path(__file__).parent / "forms" / "probe.yaml"
FAMILY = Path(__file__).parent / "forms" / "family.yaml"
FAMILY_WORK = Path(__file__).parent / "forms" / "family_work.yaml"

NOTHING_CHANGED: dict[str, Value] = {
    "first_name": "Oksana",
    "last_name": "Kovalenko",
    "birth_date": "1992-03-27",
    "street": "Lindenweg 4",
    "postcode": "35390",
    "city": "Lindenau",
    "award_until": "2026-12-31",
    "lives_alone": True,
    "household_changes": ["none"],
    "moved": False,
    "housing_costs_changed": False,
    "utility_statement": "none",
    "arrears": False,
    "income_kinds": ["none"],
    "assets_accounts": "320.50",
    "assets_savings": "0.00",
    "asset_kinds": ["none"],
    "assets_above_allowance": "below",
    "unreported": False,
    "foreseeable": ["none"],
    "bank_changed": False,
    "insurance_changed": False,
    "truth": True,
}


A_JOB: dict[str, Value] = {
    "income_kinds": ["job"],
    "expense_kinds": ["none"],
    "job_person@1": "Oksana",
    "job_employer@1": "Bäckerei",
    "job_kind@1": "mini",
    "job_varies@1": False,
    "job_gross@1": "500.00",
    "job_net@1": "450.00",
    "job_paid_in@1": "same",
}


@functools.cache
def form() -> Form:
    """Return a form of the size of a renewal, with lists, conditions and papers."""
    return shelf.read(PROBE.read_text("utf-8"))


@functools.cache
def family_form() -> Form:
    """Return a small form with pages for each person of the household from 15."""
    return shelf.read(
        FAMILY.read_text("utf-8"), {"work": shelf.read_part(FAMILY_WORK.read_text("utf-8"))}
    )


def family(session: Session, citizen: Citizen, now: datetime | None = None) -> Application:
    """Make a draft about a household: Petro (1), Danylo, who is 16 (2), and Mila, who is 14 (3)."""
    now = now or clock.now()
    made = service.begin(session, definition=family_form(), by=citizen, now=now)
    answers = places({"first_name": citizen.first_name})
    for number, name, years in ((1, "Petro", 36), (2, "Danylo", 16), (3, "Mila", 14)):
        answers[Place("called", row(number))] = name
        answers[Place("member_birth_date", row(number))] = f"{now.year - years}-01-01"
    filled = queries.filled_for(session, made.id, asker=citizen)
    service.save_answers(session, filled=filled, answers=answers, by=citizen, now=now)
    return made


def shared(
    session: Session, citizen: Citizen, owner: UUID | None = None, now: datetime | None = None
) -> tuple[Application, OwnPart]:
    """Make a draft of which one person's part waits for that person: Danylo's, unless named."""
    made = family(session, citizen, now)
    filled = queries.filled_for(session, made.id, asker=citizen)
    owner, now = owner or row(2), now or clock.now()
    part, _ = parts.invite(session, filled=filled, owner=owner, by=citizen, now=now)
    return made, part


def held(session: Session, citizen: Citizen, *, now: datetime) -> OwnPart:
    """Let a citizen fill in the own part in the draft of somebody else: one job so far."""
    _, part = shared(session, accounts.citizen(session), now=now)
    part.citizen, part.opened_at = citizen, now
    session.flush()
    mine, filled = part_queries.filled_for(session, part.id, asker=citizen)
    for answers in (
        {Place("works", None, mine.owner_id): True},
        {Place("employer", row(7), mine.owner_id): "Bäckerei"},
    ):
        saved = parts.save(session, part=mine, filled=filled, answers=answers, by=citizen, now=now)
        filled = saved.filled
    return mine


def on_paper(session: Session, application: Application, *, now: datetime) -> OwnPart:
    """Make a part of an application that somebody signs on paper; the sheet is awaited."""
    part = OwnPart(
        id=uuid.uuid4(),
        application=application,
        owner_id=row(2),
        code_hash=uuid.uuid4().hex,
        made_at=now,
        expires_at=now,
        citizen=accounts.citizen(session),
        opened_at=now,
        on_paper_at=now,
        paper_sha256="0" * 64,
    )
    session.add(part)
    session.flush()
    return part


def row(number: int) -> UUID:
    """Return the id of a row; they sort by number."""
    return uuid.UUID(int=(0x0190_0000_0000 + number) << 80 | 0x7 << 76 | 0b10 << 62)


def places(answers: Mapping[str, Value | None]) -> dict[Place, Value | None]:
    """Return answers by place; `jobs.1.employer` would be a row, plain ids are not."""
    found: dict[Place, Value | None] = {}
    for id, value in answers.items():
        question, _, number = id.partition("@")
        found[Place(question, row(int(number)) if number else None)] = value
    return found


def draft(
    session: Session,
    citizen: Citizen,
    answers: Mapping[str, Value] | None = None,
    now: datetime | None = None,
) -> Application:
    """Make a draft with these answers (`question` or `question@row`)."""
    now = now or clock.now()
    made = queries.open_draft(session, form="probe", asker=citizen)
    made = made or service.begin(session, definition=form(), by=citizen, now=now)
    if answers:
        filled = queries.filled_for(session, made.id, asker=citizen)
        service.save_answers(session, filled=filled, answers=places(answers), by=citizen, now=now)
    return made


def sent(
    session: Session,
    citizen: Citizen,
    answers: Mapping[str, Value] | None = None,
    now: datetime | None = None,
) -> Application:
    """Make an application that is sent; without answers, the household in which nothing changed."""
    now = now or clock.now()
    made = draft(session, citizen, NOTHING_CHANGED | dict(answers or {}), now)
    return service.submit(session, application=made, key=uuid.uuid4(), by=citizen, now=now)


def attach(
    session: Session,
    application: Application,
    citizen: Citizen,
    key: str,
    file: FileStorage | None = None,
    **picture: Any,
) -> None:
    """Hand one file in for a requirement of an application; `picture` paints another photo."""
    filled = queries.filled_for(session, application.id, asker=citizen)
    need = next(need for need in filled.sheet.needs if need.key.startswith(key))
    painted = casefiles.upload(papers.picture(**picture)) if picture else casefiles.upload()
    service.attach(
        session,
        filled=filled,
        need=need,
        groups=[casefiles.sent(session, citizen, file or painted)],
        by=citizen,
        now=clock.now(),
    )


def in_review(
    session: Session, citizen: Citizen, officer: StaffMember, **kwargs: Any
) -> Application:
    """Make an application that an officer has taken into review."""
    made = sent(session, citizen, **kwargs)
    seen = queries.application_for(session, made.id, asker=officer)
    service.take_into_review(session, application=seen, by=officer, now=clock.now())
    return made


def decided(
    session: Session,
    citizen: Citizen,
    officer: StaffMember,
    outcome: Outcome = Outcome.GRANTED,
    **kwargs: Any,
) -> Application:
    """Make an application that is decided."""
    made = in_review(session, citizen, officer, **kwargs)
    seen = queries.application_for(session, made.id, asker=officer)
    service.decide(
        session, application=seen, outcome=outcome, note=None, by=officer, now=clock.now()
    )
    return made


def sheet(session: Session, application: Application) -> Sheet:
    """Return the sheet of an application as it is now."""
    return queries.sheet_of(session, application=application)


def asked(
    session: Session,
    application: Application,
    officer: StaffMember,
    *questions: str,
    now: datetime | None = None,
    **more: Any,
) -> CorrectionRound:
    """Ask about answers of a sent application (`question` or `question@row`)."""
    now = now or clock.now()
    marks = [Mark(MarkReason.UNCLEAR, place=place) for place in places(dict.fromkeys(questions, 0))]
    seen = queries.application_for(session, application.id, asker=officer)
    given = {"words": None, "due_on": clock.local_date(now) + timedelta(days=14), "marks": marks}
    return corrections.open_round(session, application=seen, by=officer, now=now, **given | more)


def amended(
    session: Session,
    application: Application,
    citizen: Citizen,
    answers: Mapping[str, Value | None],
    round: CorrectionRound | None = None,
    now: datetime | None = None,
) -> None:
    """Write these answers into a supplement and leave it unsent."""
    filled = queries.filled_for(session, application.id, asker=citizen)
    supplements.keep(
        session,
        filled=filled,
        round=round,
        answers=places(answers),
        by=citizen,
        now=now or clock.now(),
    )


def supplemented(
    session: Session,
    application: Application,
    citizen: Citizen,
    answers: Mapping[str, Value | None],
    round: CorrectionRound | None = None,
    now: datetime | None = None,
    words: str | None = None,
) -> Supplement:
    """Write and send a supplement with these answers."""
    now = now or clock.now()
    amended(session, application, citizen, answers, round, now)
    filled = queries.filled_for(session, application.id, asker=citizen)
    return supplements.send(
        session, filled=filled, round=round, key=uuid.uuid4(), words=words, by=citizen, now=now
    )
