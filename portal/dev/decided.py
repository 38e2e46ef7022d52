"""The demo office around decisions: one that went out, one that waits for release, an objection."""

from datetime import timedelta

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen
from portal.applications import queries as applications
from portal.applications import service as applications_service
from portal.applications.models import Application
from portal.applications.places import Place, Value
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import NotFound
from portal.decisions import block_service, jobs, months, objecting, queries, service
from portal.decisions.models import Decision, Ruling
from portal.decisions.typed import Typed, TypedAmount
from portal.dev.people import DEMO_DOMAIN
from portal.dev.stage import Lead, Office
from portal.postbox import jobs as postbox_jobs
from portal.postbox import service as postbox

OBJECTS, WAITS = "horst.eichler", "fatima.haddad"
LAND = "HE"
A_MONTH, A_LOT = 103_300, 187_450

OBJECTION: dict[Place, Value | None] = {
    Place("wid_scope"): "part",
    Place("wid_part"): "Die Heizkosten im Winter.",
    Place("wid_reasons"): "Ich heize mit Strom. Der Abschlag ist höher als im Bescheid.",
    Place("wid_file_access"): False,
    Place("wid_urgent_hardship"): False,
    Place("wid_for_other"): False,
    Place("wid_sign"): "print",
}


def grant(office: Office, lead: Lead, application: Application, *, days_ago: int) -> Decision:
    """Grant an application for a year; the letter is in the file and posted."""
    session, now = office.session, office.ago(days=days_ago)
    decision = _typed(office, lead, application, cents=A_MONTH, days_ago=days_ago)
    service.finish(session, decision=decision, by=lead.benefit_officer, now=now)
    postbox_jobs.file_letter(session, now=now, letter_id=str(decision.letter_id))
    letter, by = decision.letter, lead.benefit_officer
    if letter is not None and letter.print_asked_at is not None:
        posted_on = clock.local_date(now)
        postbox.mark_printed(session, letter=letter, by=by, now=now)
        postbox.mark_posted(session, letter=letter, posted_on=posted_on, by=by, now=now, land=LAND)
    return decision


def _typed(
    office: Office, lead: Lead, application: Application, *, cents: int, days_ago: int
) -> Decision:
    session, by, now = office.session, lead.benefit_officer, office.ago(days=days_ago)
    first = months.after(clock.local_date(now).replace(day=1))
    seen = applications.application_for(session, application.id, asker=by)
    made = service.begin(session, application=seen, by=by, now=now)
    decision = queries.decision_for(session, made.id, asker=by, lock=True)
    typed = Typed(
        ruling=Ruling.GRANTED,
        award_from=first,
        award_until=months.end(months.after(first, 11)),
        amounts=(TypedAmount(lead.citizen.name, cents),),
        legal_basis="§§ 7, 19 bis 22 SGB II",
        blocks=("vollstaendig", "einkommen"),
        reasons="Die Miete erkennen wir in voller Höhe an.",
    )
    service.save(
        session, decision=decision, typed=typed, revision=decision.revision, by=by, now=now
    )
    return decision


def fill(office: Office) -> None:
    """Name the court, let one decision wait for release, and let somebody object."""
    lead = office.staff[2]
    block_service.write(
        office.session,
        key="sozialgericht",
        title="Anschrift des Sozialgerichts",
        text="Sozialgericht Lindenau\nGerichtsplatz 1\n35390 Lindenau",
        rulings=[Ruling.REFUSED, Ruling.PARTLY_REMEDIED],
        by=lead,
        now=office.ago(days=90),
    )
    _wait_for_release(office, _person(office, WAITS))
    _object(office, _person(office, OBJECTS))


def _wait_for_release(office: Office, citizen: Citizen) -> None:
    session = office.session
    application = applications.latest_of(session, asker=citizen)
    if application is None or application.reviewer_id is None:
        return
    by = next(one for one in office.staff if one.id == application.reviewer_id)
    case = applications.application_for(session, application.id, asker=by).case
    if case is None:
        raise NotFound(WAITS)
    lead = Lead(citizen, case, by, by)
    decision = _typed(office, lead, application, cents=A_LOT, days_ago=1)
    service.finish(session, decision=decision, by=by, now=office.ago(hours=20))


def _object(office: Office, citizen: Citizen) -> None:
    session, now = office.session, office.now - timedelta(hours=30)
    [decision, *_] = queries.decisions_of(session, asker=citizen)
    if decision.letter is None:
        raise NotFound(OBJECTS)
    draft = objecting.begin(session, letter=decision.letter, by=citizen, now=now)
    filled = applications.filled_for(session, draft.id, asker=citizen)
    applications_service.save_answers(
        session, filled=filled, answers=OBJECTION, by=citizen, now=now
    )
    sent = applications_service.submit(
        session, application=draft, key=new_id(), by=citizen, now=now
    )
    jobs.receive_objection(session, now=now, application_id=str(sent.id))


def _person(office: Office, name: str) -> Citizen:
    found = accounts.citizen_by_address(office.session, name + DEMO_DOMAIN)
    if found is None:
        raise NotFound(name)
    return found
