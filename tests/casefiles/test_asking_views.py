"""How a citizen reads and answers a task, and how staff ask and read the answer."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Power, RepresentationKind, Role, StaffMember
from portal.casefiles.models import (
    Case,
    Document,
    DocumentKind,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
)
from portal.core import clock
from portal.inbox.models import ItemKind, WorkItem
from tests.casefiles.test_views import picked, send
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.factories.representation import representation
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


# The task


def test_the_task_says_what_why_for_whom_when_and_by_what_law(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    partner = accounts.citizen(session, first_name="Danylo")
    asked = asked_of(
        session,
        citizen,
        about_id=partner.id,
        months_from=date(2026, 7, 1),
        months_until=date(2026, 9, 1),
        due_on=TODAY + timedelta(days=5),
    )
    page = client.get(f"/unterlagen/aufgaben/{asked.id}").text
    for words in (asked.title, asked.why, "Danylo", "Juli bis September 2026", "noch 5 Tage"):
        assert words in page, words
    assert "§ 60 Absatz 1 SGB I" in page
    assert "§ 66 SGB I" in page
    assert "Diese Aufgabe allein reicht dafür nicht" in page
    listed = client.get("/unterlagen").text
    assert "Juli bis September 2026" in listed
    assert "Für Danylo" in listed
    assert "noch 5 Tage" in listed


def test_the_seven_answers_stand_side_by_side(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = asked_of(session, citizen)
    page = client.get(f"/unterlagen/aufgaben/{asked.id}").text
    assert page.count("action-list__item") == len(EvidenceAnswer)
    assert f"/unterlagen/neu?request={asked.id}" in page
    for slug in (
        *("spaeter", "schon-abgegeben", "jemand-anderes"),
        *("habe-ich-nicht", "jobcenter-holt", "trifft-nicht-zu"),
    ):
        address = f"/unterlagen/aufgaben/{asked.id}/{slug}"
        assert address in page
        assert client.get(address).status_code == 200
    assert client.get(f"/unterlagen/aufgaben/{asked.id}/vielleicht").status_code == 404


@pytest.mark.parametrize(
    ("slug", "form", "answer", "words"),
    [
        ("jemand-anderes", {"words": "Mein Vermieter"}, "someone_else", "Mein Vermieter"),
        ("habe-ich-nicht", {"words": "Verloren"}, "do_not_have", "Verloren"),
        ("trifft-nicht-zu", {"words": "Kein Konto"}, "not_applicable", "Kein Konto"),
        ("jobcenter-holt", {"words": ""}, "authority_fetches", "Das Jobcenter soll es"),
        (
            "schon-abgegeben",
            {"document": "paper", "words": "Am Montag am Schalter"},
            "already_sent",
            "Am Montag am Schalter",
        ),
    ],
)
def test_an_answer_arrives_is_shown_and_can_be_changed(
    client: PortalClient,
    citizen: Citizen,
    session: Session,
    slug: str,
    form: dict[str, str],
    answer: str,
    words: str,
) -> None:
    asked = asked_of(session, citizen)
    path = f"/unterlagen/aufgaben/{asked.id}"
    assert client.post_form(f"{path}/{slug}", form).location == path
    session.refresh(asked)
    assert asked.answer == EvidenceAnswer(answer)
    page = client.get(path).text
    assert words in page
    assert "Ihre Antwort vom" in page
    assert "Antwort ändern" in page
    listed = client.get("/unterlagen").text
    assert "Das haben Sie schon beantwortet" in listed
    assert words in listed


@pytest.mark.parametrize(
    "slug", ["spaeter", "schon-abgegeben", "jemand-anderes", "habe-ich-nicht", "trifft-nicht-zu"]
)
def test_an_empty_answer_is_asked_for_again(
    client: PortalClient, citizen: Citizen, session: Session, slug: str
) -> None:
    asked = asked_of(session, citizen)
    answer = client.post_form(f"/unterlagen/aufgaben/{asked.id}/{slug}")
    assert answer.status_code == 422
    session.refresh(asked)
    assert asked.answer is None


def test_later_names_a_day_and_beyond_it_asks_for_more_time(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = asked_of(session, citizen, due_on=TODAY + timedelta(days=10))
    path = f"/unterlagen/aufgaben/{asked.id}"
    page = client.get(f"{path}/spaeter").text
    assert "Dafür brauchen Sie mehr Zeit" in page
    assert client.post_form(f"{path}/spaeter", {"on": "2031-01-01"}).status_code == 422
    client.post_form(f"{path}/spaeter", {"on": asked.due_on.isoformat()})
    session.refresh(asked)
    assert (asked.state, asked.answer_on) == (RequestState.OPEN, asked.due_on)
    assert "Wir erinnern Sie an diesem Tag" in client.get(path).text


def test_the_own_paper_that_is_meant_is_offered_and_linked(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = asked_of(session, citizen)
    casefiles.document(session, owner=citizen, title="Mietvertrag")
    meant = casefiles.document(session, owner=citizen, kind=DocumentKind.BANK_STATEMENTS)
    path = f"/unterlagen/aufgaben/{asked.id}"
    page = client.get(f"{path}/schon-abgegeben").text
    assert page.index(str(meant.id)) < page.index("Mietvertrag")
    client.post_form(f"{path}/schon-abgegeben", {"document": str(meant.id)})
    session.refresh(meant)
    assert meant.request_id == asked.id
    assert f"/unterlagen/{meant.id}" in client.get(path).text


def test_the_paper_of_another_is_no_answer(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = asked_of(session, citizen)
    foreign = casefiles.document(session)
    path = f"/unterlagen/aufgaben/{asked.id}/schon-abgegeben"
    assert client.post_form(path, {"document": str(foreign.id)}).status_code == 422


def test_the_task_of_another_does_not_exist(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = casefiles.evidence_request(session)
    path = f"/unterlagen/aufgaben/{asked.id}"
    assert client.get(path).status_code == 404
    assert client.get(f"{path}/spaeter").status_code == 404
    assert client.post_form(f"{path}/habe-ich-nicht", {"words": "x"}).status_code == 404


def test_a_partner_never_learns_of_a_task_about_health(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    owner = accounts.citizen(session)
    hidden = casefiles.evidence_request(session, owner=owner, kind=DocumentKind.SICK_NOTE)
    shown = casefiles.evidence_request(session, owner=owner)
    right = representation(
        session,
        principal=owner,
        representative=citizen,
        kind=RepresentationKind.HOUSEHOLD_MEMBER,
    )
    client.post_form("/vertretung/wechseln", {"representation": str(right.id), "next": "/"})
    assert client.get(f"/unterlagen/aufgaben/{shown.id}").status_code == 200
    assert client.get(f"/unterlagen/aufgaben/{hidden.id}").status_code == 404


def test_who_may_only_look_does_not_answer(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    owner = accounts.citizen(session)
    asked = casefiles.evidence_request(session, owner=owner)
    right = representation(session, principal=owner, representative=citizen, powers=[Power.SEE])
    client.post_form("/vertretung/wechseln", {"representation": str(right.id), "next": "/"})
    path = f"/unterlagen/aufgaben/{asked.id}"
    page = client.get(path).text
    assert asked.why in page
    assert "action-list__item" not in page
    client.post_form(f"{path}/habe-ich-nicht", {"words": "x"})
    session.refresh(asked)
    assert asked.answer is None


def test_everybody_sees_who_answered_for_whom(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    owner = accounts.citizen(session, first_name="Gerda")
    asked = casefiles.evidence_request(session, owner=owner)
    right = representation(session, principal=owner, representative=citizen)
    client.post_form("/vertretung/wechseln", {"representation": str(right.id), "next": "/"})
    path = f"/unterlagen/aufgaben/{asked.id}"
    client.post_form(f"{path}/habe-ich-nicht", {"words": "Verbrannt"})
    client.sign_in(owner)
    assert f"Gesagt von {citizen.name} für Sie." in client.get(path).text
    client.sign_in(casefiles.officer(session, session.get_one(Case, asked.case_id)))
    page = client.get(f"/amt/akten/anforderungen/{asked.id}").text
    assert f"{citizen.name} für {owner.name}" in page


def test_more_tasks_ask_no_more_queries(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            asked_of(session, citizen, about_id=accounts.citizen(session).id)
        session.expire_all()
        with counted_queries() as statements:
            client.get("/unterlagen")
        counts.append(len(statements))
    assert counts[0] == counts[1]


# What is handed in


def test_handing_in_offers_the_open_tasks(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    page = client.get("/unterlagen/neu").text
    assert 'name="task"' not in page
    asked = asked_of(session, citizen)
    page = client.get("/unterlagen/neu").text
    assert f'value="{asked.id}"' in page
    assert "Nein, etwas anderes" in page
    form = picked((papers.picture(), *PHOTO), task=str(asked.id), kind="")
    assert send(client, "/unterlagen/neu", form).status_code == 302
    document = session.scalars(select(Document)).one()
    assert (document.request_id, document.kind) == (asked.id, DocumentKind.BANK_STATEMENTS)


def test_what_the_address_says_chooses_beforehand(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = asked_of(session, citizen)
    chosen = f'value="{asked.id}" checked'
    assert chosen not in client.get("/unterlagen/neu").text
    assert chosen in client.get("/unterlagen/neu?art=bank_statements_3m").text
    assert chosen in client.get("/unterlagen/neu?name=kontoauszug.pdf").text
    assert chosen not in client.get("/unterlagen/neu?art=nichts").text


def test_without_a_task_the_kind_is_still_needed(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked_of(session, citizen)
    form = picked((papers.picture(), *PHOTO), task="none", kind="")
    answer = send(client, "/unterlagen/neu", form)
    assert answer.status_code == 422
    assert "was für ein Dokument es ist" in answer.text


def test_a_paper_that_fits_a_task_says_so_and_becomes_its_answer(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    paper = casefiles.document(session, owner=citizen, kind=DocumentKind.BANK_STATEMENTS)
    assert "Das passt zu" not in client.get(f"/unterlagen/{paper.id}").text
    asked = asked_of(session, citizen)
    page = client.get(f"/unterlagen/{paper.id}").text
    assert "Das passt zu: Kontoauszüge" in page
    path = f"/unterlagen/aufgaben/{asked.id}/schon-abgegeben"
    client.post_form(path, {"document": str(paper.id)})
    session.refresh(paper)
    assert paper.request_id == asked.id
    assert "Das passt zu" not in client.get(f"/unterlagen/{paper.id}").text


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
