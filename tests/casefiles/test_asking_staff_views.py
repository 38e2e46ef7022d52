"""How staff ask people for documents, and deal with what they answer."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.casefiles.models import (
    Case,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
)
from portal.core import clock
from portal.inbox.models import ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.queries import counted_queries

TODAY = clock.local_date(clock.now())
PHOTO = ("foto.jpg", "image/jpeg")


@pytest.fixture
def citizen(session: Session, client: PortalClient) -> Citizen:
    made = accounts.citizen(session)
    client.sign_in(made)
    return made


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(made)
    return made


@pytest.fixture
def case(session: Session, jana: StaffMember) -> Case:
    made = casefiles.case(session)
    casefiles.member(session, made, accounts.citizen(session))
    made.team = jana.team
    session.flush()
    return made


def asked_of(session: Session, owner: Citizen, **fields: object) -> EvidenceRequest:
    made = casefiles.evidence_request(session, owner=owner)
    for name, value in fields.items():
        setattr(made, name, value)
    session.flush()
    return made


# Staff: asking

ASKED = {
    "due_on": ["10", "12", "2026"],
    "heating_bill-title": "",
    "heating_bill-why": "",
    "heating_bill-basis": "§ 60 Absatz 1 SGB I",
    "heating_bill-months_from": "",
    "heating_bill-months_until": "",
}


@pytest.fixture
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the first of December 2026, a Tuesday."""
    now = clock.now().replace(year=2026, month=12, day=1)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_staff_pick_papers_and_read_what_the_person_will_read(
    client: PortalClient, case: Case, session: Session
) -> None:
    path = f"/amt/akten/{case.id}/anfordern"
    assert "Lohnabrechnung" in client.get(path).text
    page = client.get(f"{path}?art=payslips&art=bank_statements_3m&art=sick_note").text
    assert page.count("So liest es die Person") == 3
    assert "Wir rechnen Ihr Einkommen auf die Leistung an." in page
    assert "§ 56 SGB II" in page
    assert page.count("§ 66 SGB I") == 2, "no consequence where the law knows none"
    assert client.get(f"{path}?art=nichts").status_code == 422


@pytest.mark.usefixtures("december")
def test_staff_ask_a_person_for_papers(
    client: PortalClient, case: Case, session: Session, jana: StaffMember
) -> None:
    client.sign_in(jana)
    owner = case.members[0].citizen
    path = f"/amt/akten/{case.id}/anfordern?person={owner.id}&art=heating_bill&art=payslips"
    form = ASKED | {
        "about": str(owner.id),
        "payslips-title": "Lohn bei der Bäckerei",
        "payslips-why": "Ihr Lohn schwankt.",
        "payslips-basis": "§ 57 SGB II",
        "payslips-months_from": "2026-09-01",
        "payslips-months_until": "2026-11-01",
    }
    shown = client.post_form(path, form | {"preview": "1"})
    assert "Ihr Lohn schwankt." in shown.text
    assert "September bis November 2026" in shown.text
    assert session.scalars(select(EvidenceRequest)).all() == []

    assert client.post_form(path, form).location == f"/amt/akten/{case.id}"
    bill, slips = session.scalars(select(EvidenceRequest).order_by(EvidenceRequest.kind)).all()
    assert (bill.title, bill.why) == (
        "Heizkostenabrechnung",
        "Wir prüfen, ob wir eine Nachzahlung übernehmen.",
    )
    assert (slips.title, slips.legal_basis) == ("Lohn bei der Bäckerei", "§ 57 SGB II")
    assert (slips.months_from, slips.months_until) == (date(2026, 9, 1), date(2026, 11, 1))
    assert {bill.due_on, slips.due_on} == {date(2026, 12, 10)}
    assert {bill.about_id, slips.about_id} == {None}
    page = client.get(f"/amt/akten/{case.id}").text
    assert "hat jetzt eine Aufgabe" in page
    assert "September bis November 2026" in page


@pytest.mark.usefixtures("december")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"due_on": ["12", "12", "2026"]}, "Montag, 14. Dezember 2026"),
        ({"due_on": ["25", "12", "2026"]}, "Montag, 28. Dezember 2026"),
        ({"due_on": ["30", "11", "2026"]}, "heute oder später"),
        ({"due_on": ["", "", ""]}, "Geben Sie ein Datum an"),
        ({"heating_bill-months_until": "2026-09-01"}, "auch den ersten Monat"),
        (
            {
                "heating_bill-months_from": "2026-10-01",
                "heating_bill-months_until": "2026-09-01",
            },
            "liegt vor dem ersten",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(
    client: PortalClient,
    case: Case,
    session: Session,
    jana: StaffMember,
    typed: dict[str, object],
    words: str,
) -> None:
    client.sign_in(jana)
    owner = case.members[0].citizen
    path = f"/amt/akten/{case.id}/anfordern?art=heating_bill"
    answer = client.post_form(path, ASKED | {"about": str(owner.id)} | typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert session.scalars(select(EvidenceRequest)).all() == []


def test_nobody_outside_the_case_is_asked(
    client: PortalClient, case: Case, session: Session
) -> None:
    stranger = accounts.citizen(session)
    path = f"/amt/akten/{case.id}/anfordern?art=heating_bill"
    assert client.post_form(f"{path}&person={stranger.id}", ASKED).status_code == 422
    assert client.post_form(path, ASKED | {"about": str(stranger.id)}).status_code == 422
    assert session.scalars(select(EvidenceRequest)).all() == []


# Staff: the answer


def answered(session: Session, case: Case, **fields: object) -> EvidenceRequest:
    """Let the person of a case have answered."""
    said = {
        "answer": EvidenceAnswer.DO_NOT_HAVE,
        "answer_words": "Ist verbrannt.",
        "answered_at": clock.now(),
        "state": RequestState.ANSWERED,
    }
    return asked_of(session, case.members[0].citizen, **(said | fields))


def test_staff_read_the_answer_and_settle_it(
    client: PortalClient, case: Case, session: Session
) -> None:
    asked = answered(session, case)
    listed = client.get(f"/amt/akten/{case.id}").text
    assert "Ich habe es nicht" in listed
    assert f"/amt/akten/anforderungen/{asked.id}" in listed
    page = client.get(f"/amt/akten/anforderungen/{asked.id}").text
    assert "Ich habe es nicht: Ist verbrannt." in page
    client.post_form(f"/amt/akten/anforderungen/{asked.id}/erledigt")
    session.refresh(asked)
    assert asked.state == RequestState.SETTLED
    assert client.post_form(f"/amt/akten/anforderungen/{asked.id}/erledigt").status_code == 409
    page = client.get(f"/amt/akten/anforderungen/{asked.id}").text
    assert "Was geschieht jetzt?" not in page


def test_staff_take_a_request_back(client: PortalClient, case: Case, session: Session) -> None:
    asked = asked_of(session, case.members[0].citizen)
    client.post_form(f"/amt/akten/anforderungen/{asked.id}/zuruecknehmen")
    session.refresh(asked)
    assert asked.state == RequestState.WITHDRAWN


@pytest.mark.parametrize(("said", "moves"), [("ja", True), ("nein", False)])
def test_staff_give_more_time_or_not(
    client: PortalClient, case: Case, session: Session, said: str, moves: bool
) -> None:
    due = TODAY + timedelta(days=5)
    asked = answered(
        session,
        case,
        answer=EvidenceAnswer.LATER,
        answer_words=None,
        answer_on=due + timedelta(days=7),
        due_on=due,
        state=RequestState.OPEN,
    )
    path = f"/amt/akten/anforderungen/{asked.id}"
    assert "Möchte mehr Zeit" in client.get(path).text
    assert client.post_form(f"{path}/mehr-zeit").status_code == 422
    client.post_form(f"{path}/mehr-zeit", {"antwort": said})
    session.refresh(asked)
    assert asked.due_on == (due + timedelta(days=7) if moves else due)
    assert client.post_form(f"{path}/mehr-zeit", {"antwort": said}).status_code == 409


@pytest.mark.usefixtures("december")
def test_staff_ask_again(
    client: PortalClient, case: Case, session: Session, jana: StaffMember
) -> None:
    client.sign_in(jana)
    asked = answered(session, case)
    path = f"/amt/akten/anforderungen/{asked.id}/noch-einmal"
    wrong = client.post_form(path, {"why": "", "due_on": ["12", "12", "2026"]})
    assert wrong.status_code == 422
    client.post_form(path, {"why": "Eine Kopie genügt.", "due_on": ["14", "12", "2026"]})
    session.refresh(asked)
    assert (asked.state, asked.why) == (RequestState.OPEN, "Eine Kopie genügt.")
    assert asked.due_on == date(2026, 12, 14)


def test_the_answer_reaches_the_inbox_of_the_team(
    client: PortalClient, case: Case, session: Session, jana: StaffMember
) -> None:
    owner = case.members[0].citizen
    asked = asked_of(session, owner)
    client.sign_in(owner)
    client.post_form(f"/unterlagen/aufgaben/{asked.id}/jobcenter-holt", {"words": ""})
    item = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.EVIDENCE_ANSWER)).one()
    assert (item.subject_id, item.team_id) == (asked.id, jana.team_id)
    client.sign_in(jana)
    page = client.get("/amt/eingang").text
    assert "Das Jobcenter soll es selbst holen" in page


def test_a_case_with_more_requests_asks_no_more_queries(
    client: PortalClient, case: Case, session: Session
) -> None:
    owner = case.members[0].citizen
    counts = []
    client.get(f"/amt/akten/{case.id}")
    for _ in range(2):
        for _ in range(4):
            asked_of(session, owner, about_id=accounts.citizen(session).id)
        session.expire_all()
        with counted_queries() as statements:
            client.get(f"/amt/akten/{case.id}")
        counts.append(len(statements))
    assert counts[0] == counts[1]
