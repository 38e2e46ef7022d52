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
