"""What happens around an application in the demo: questions back, changes, own parts, renewals.

The stories of this module go on where those of `stories` end, through the same verbs.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from portal.accounts import queries as accounts
from portal.accounts import slowdown
from portal.accounts.models import Citizen
from portal.accounts.service.secrets import plain_code
from portal.applications import corrections, parts, queries, service, supplements
from portal.applications.corrections import Mark
from portal.applications.models import (
    Application,
    CorrectionRound,
    MarkReason,
    Outcome,
)
from portal.applications.places import Place, Value
from portal.casefiles.models import DocumentKind
from portal.casefiles.wishes import Wish
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import NotFound
from portal.dev import renewals
from portal.dev.people import DEMO_DOMAIN
from portal.dev.stage import Lead, Office

APPLYING = "samira.aziz"
PARTNER = "tim.berger"  # has an account and nothing else; fills in the own part of a household
RENT = Place("cold_rent")
NO_NOTICE = Wish(
    DocumentKind.OTHER,
    "Damit wir die neue Miete übernehmen können.",
    "Schreiben zur Mieterhöhung",
)

COUPLE: dict[str, Value] = {
    "gender": "f",
    "lives_alone": False,
    "member_first_name": "Tim",
    "member_last_name": "Berger",
    "member_birth_date": "2003-08-17",
    "member_relationship": "partner",
}

MOTHER: dict[str, Value] = renewals.WITH_A_JOB | {
    "gender": "f",
    "lives_alone": False,
    "member_first_name": "Mila",
    "member_last_name": "Köhler",
    "member_birth_date": "2023-04-11",
    "member_relationship": "child",
    "has_account": True,
    "pension_no_status": "none",
    "able_3h": True,
    "single_parent": True,
    "housing_costs": True,
    "ki_gender": "f",
    "ki_child_benefit": "259.00",
    "ki_uvg": "227.00",
}
MANY = 200  # pages; the form is shorter


def _sent(office: Office, lead: Lead, *, at: datetime) -> Application:
    """Send a renewal of somebody with a small job."""
    application = renewals.start(office, lead.citizen, at=at)
    renewals.answer(office, application, lead.citizen, choices=renewals.WITH_A_JOB, at=at)
    service.submit(office.session, application=application, key=new_id(), by=lead.citizen, now=at)
    return queries.application_for(office.session, application.id, asker=lead.citizen)


def _job_row(office: Office, lead: Lead, application: Application) -> Place:
    """Return where the pay of the job stands."""
    sheet = queries.filled_for(office.session, application.id, asker=lead.citizen).sheet
    return next(place for place in sheet.kept if place.question == "ek_job_gross")


def _ask_back(office: Office, lead: Lead, *, at: datetime) -> CorrectionRound:
    """Ask about the pay, the rent and a letter."""
    application = _sent(office, lead, at=at - timedelta(days=3))
    return corrections.open_round(
        office.session,
        application=application,
        marks=[
            Mark(
                MarkReason.CONTRADICTS,
                "Auf der Lohnabrechnung für Oktober steht ein höherer Betrag.",
                place=_job_row(office, lead, application),
            ),
            Mark(MarkReason.OUTDATED, "Seit Oktober gilt eine neue Miete.", place=RENT),
            Mark(MarkReason.MISSING, wish=NO_NOTICE),
        ],
        words="Zwei Angaben passen nicht zu Ihren Unterlagen. Bitte sehen Sie noch einmal nach.",
        due_on=clock.local_date(office.now + timedelta(days=10)),
        by=lead.benefit_officer,
        now=at,
    )


def correction_open(office: Office, lead: Lead) -> None:
    """The office has asked about two answers and a paper."""
    _ask_back(office, lead, at=office.ago(days=2))


def correction_answered(office: Office, lead: Lead) -> None:
    """The office has asked, and the answers are back."""
    round = _ask_back(office, lead, at=office.ago(days=5))
    filled = queries.filled_for(office.session, round.application_id, asker=lead.citizen)
    pay = _job_row(office, lead, filled.application)
    _change(
        office,
        lead,
        filled.application,
        answers={pay: "644.10", RENT: "431.00"},
        words="Seit Oktober arbeite ich eine Stunde mehr in der Woche.",
        at=office.ago(hours=9),
        round=round,
    )


def supplemented(office: Office, lead: Lead) -> None:
    """A sent application was changed by the person, without being asked."""
    application = _sent(office, lead, at=office.ago(days=4))
    _change(
        office,
        lead,
        application,
        answers={RENT: "431.00"},
        words="Meine Miete steigt ab Dezember.",
        at=office.ago(hours=30),
    )


def _change(
    office: Office,
    lead: Lead,
    application: Application,
    *,
    answers: dict[Place, Value | None],
    words: str,
    at: datetime,
    round: CorrectionRound | None = None,
) -> None:
    session, me = office.session, lead.citizen
    filled = queries.filled_for(session, application.id, asker=me)
    supplements.keep(session, filled=filled, round=round, answers=answers, by=me, now=at)
    session.flush()  # sending reads what was written
    supplements.send(session, filled=filled, round=round, key=new_id(), words=words, by=me, now=at)


def renewal_known(office: Office, lead: Lead) -> None:
    """The award for half a year ends: what the main application said stands on cards."""
    at, officer = office.ago(days=120), lead.benefit_officer
    application = service.start(office.session, form="ha", by=lead.citizen, now=at)
    renewals.answer(office, application, lead.citizen, choices=MOTHER, at=at, pages=MANY)
    service.submit(office.session, application=application, key=new_id(), by=lead.citizen, now=at)
    service.take_into_review(
        office.session, application=application, by=officer, now=at + timedelta(days=4)
    )
    service.decide(
        office.session,
        application=application,
        outcome=Outcome.GRANTED,
        note="Vorläufig bewilligt für sechs Monate.",
        by=officer,
        now=at + timedelta(days=15),
    )
    renewals.start(office, lead.citizen, at=office.ago(hours=2))


def household_part(office: Office, lead: Lead) -> None:
    """The main application of a couple has come as far as the household."""
    at = office.ago(days=1)
    application = service.start(office.session, form="ha", by=lead.citizen, now=at)
    renewals.answer(office, application, lead.citizen, choices=COUPLE, at=at, until="account")


def give_part(office: Office) -> None:
    """Let the other one of the couple take the own part, once both have an account."""
    session, now = office.session, office.ago(hours=20)
    me, other = (_person(office, name) for name in (APPLYING, PARTNER))
    draft = queries.open_draft(session, form="ha", asker=me)
    if draft is None:
        raise NotFound(APPLYING)
    filled = queries.filled_for(session, draft.id, asker=me)
    [owner] = parts.others(filled.sheet)
    _, code = parts.invite(session, filled=filled, owner=owner, by=me, now=now)
    tries = slowdown.Tries.of("code of a part", str(other.id), "demo")
    parts.take(session, code=plain_code(code), tries=tries, by=other, now=now)


def _person(office: Office, name: str) -> Citizen:
    found = accounts.citizen_by_address(office.session, name + DEMO_DOMAIN)
    if found is None:
        raise NotFound(name)
    return found


STORIES: dict[str, Callable[[Office, Lead], None]] = {
    story.__name__: story
    for story in (
        correction_open,
        correction_answered,
        supplemented,
        renewal_known,
        household_part,
    )
}
