"""What the office writes for itself never reaches the citizen, on no page and in no answer."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments.models import BookingState
from portal.casefiles.models import Case
from portal.consultations import notes as consultation_notes
from portal.consultations.models import Doer
from portal.consultations.note_words import NoteWords, Step
from portal.core import clock
from portal.office import service as office_service
from portal.office.models import ConflictKind
from tests.client import PortalClient
from tests.factories import accounts, applications, casefiles, consultations, inbox

AN_HOUR = timedelta(hours=1)
CANARY = "Kanarienvogel"


def paths(app: Flask, ids: dict[str, object]) -> Iterator[str]:
    """Return each page of citizens, with the things of one citizen in it."""
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if access is None or access.who != "citizen" or "GET" not in (rule.methods or set()):
            continue
        feature = rule.endpoint.split(".")[0]
        known = {"id": ids.get(feature), "number": 1}
        if all(known.get(name) for name in rule.arguments):
            with app.test_request_context():
                yield app.url_map.bind("localhost").build(
                    rule.endpoint, {name: known[name] for name in rule.arguments}
                )


def test_check_15_the_citizen_never_receives_notes_of_the_office(
    client: PortalClient, app: Flask, session: Session
) -> None:
    """Given notes of every kind, when the citizen opens every page, then none is there."""
    oksana = accounts.citizen(session)
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    paper = casefiles.document(session, owner=oksana)
    case = session.get_one(Case, paper.case_id)
    booking = consultations.booking(session, citizen=oksana, officer=jana)
    consultations.running(session, booking)
    consultation_notes.save(
        session,
        booking=booking,
        words=NoteWords(CANARY, CANARY, [Step(Doer.OFFICE, CANARY)]),
        by=jana,
        now=clock.now(),
    )
    past = consultations.booking(session, citizen=oksana, officer=jana, starts_in=-AN_HOUR * 30)
    past.state, past.outcome_reason = BookingState.MISSED, CANARY
    past.recorded_at, past.recorded_by = clock.now(), jana.name
    inbox.work_item(session, team_of=jana, case_id=case.id, reason=CANARY)
    office_service.declare_conflict(
        session,
        member=accounts.staff_member(session, Role.BENEFIT_OFFICER),
        citizen=oksana,
        kind=ConflictKind.CLOSE,
        reason=CANARY,
        case_id=case.id,
        by=jana,
        now=clock.now(),
    )
    ids = {
        "casefiles": paper.id,
        "applications": applications.sent(session, oksana).id,
        "appointments": past.id,
        "consultations": booking.id,
    }
    session.commit()
    client.sign_in(oksana)
    found = list(paths(app, ids))
    assert len(found) > 15
    for path in found:
        answer = client.get(path)
        assert answer.status_code < 500, path
        assert CANARY.encode() not in answer.data, path
