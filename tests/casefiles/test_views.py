"""What a citizen sees and does on the pages of the own file."""

import io
import itertools
import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.datastructures import MultiDict

from portal.accounts.models import Citizen
from portal.casefiles import readings, service, views
from portal.casefiles.models import Document, DocumentKind, DocumentState, HandIn, RequestState
from portal.core import clock
from portal.core.storage import store
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.queries import counted_queries
from tests.uploads.test_taking import BAD

NOW = clock.now()


@pytest.fixture
def citizen(session: Session, client: PortalClient) -> Citizen:
    made = accounts.citizen(session)
    client.sign_in(made)
    return made


def picked(*files: tuple[bytes, str, str], **fields: str) -> MultiDict:
    """Fill the form as a browser sends it."""
    form: MultiDict = MultiDict({"kind": "payslips", **fields})
    for content, name, content_type in files:
        form.add("files", (io.BytesIO(content), name, content_type))
    return form


def send(client: PortalClient, path: str, form: MultiDict) -> object:
    form["csrf_token"] = client.csrf_token()
    return client.post(path, data=form, content_type="multipart/form-data")


def documents(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Document)) or 0


PHOTO = ("foto.jpg", "image/jpeg")


# The list


def test_an_empty_file_offers_the_first_step(client: PortalClient, citizen: Citizen) -> None:
    page = client.get("/unterlagen")
    assert "Noch keine Dokumente" in page.text
    assert "/unterlagen/neu" in page.text


def test_tasks_stand_before_documents(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    casefiles.document(session, owner=citizen, title="Lohnabrechnung Oktober")
    asked = casefiles.evidence_request(session, owner=citizen, due_on=date(2026, 12, 4))
    page = client.get("/unterlagen").text
    assert page.index("Das brauchen wir von Ihnen") < page.index("Lohnabrechnung Oktober")
    assert f"/unterlagen/aufgaben/{asked.id}" in page
    assert asked.why in page
    assert "Bis Freitag, 4. Dezember 2026" in page
    assert "Wird geprüft" in page
    assert "1 Seite" in page


def test_the_list_goes_on_page_by_page(
    client: PortalClient, citizen: Citizen, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ON_ONE_PAGE", 2)
    for number in range(3):
        casefiles.document(session, owner=citizen, title=f"Brief {number}", prepared=False)
    pages = [client.get(f"/unterlagen?seite={number}").text for number in (1, 2, 99)]
    shown = [sum(f"Brief {number}" in page for number in range(3)) for page in pages]
    assert shown == [2, 1, 1]


def copy_of(document: Document, number: int) -> Document:
    """Put one more document into the file without the way through the worker."""
    columns = {
        column.key: getattr(document, column.key)
        for column in Document.__table__.columns
        if column.key != "id"
    }
    return Document(**columns | {"title": f"Brief {number}"})


def test_fifty_documents_ask_no_more_queries_than_five(
    client: PortalClient, citizen: Citizen, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ON_ONE_PAGE", 100)
    first = casefiles.document(session, owner=citizen)
    counts = []
    for upto in (5, 50):
        session.add_all(copy_of(first, n) for n in range(documents(session), upto))
        session.flush()
        session.expire_all()
        with counted_queries() as statements:
            page = client.get("/unterlagen").text
        assert page.count("document-list__item") == upto
        counts.append(len(statements))
    assert counts[0] == counts[1]


# Handing in


def test_handing_in_leads_to_the_document(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    assert client.get("/unterlagen/neu").status_code == 200
    answer = send(
        client, "/unterlagen/neu", picked((papers.picture(), *PHOTO), title="Lohn Oktober")
    )
    document = session.scalars(select(Document)).one()
    assert answer.status_code == 302
    assert answer.location == f"/unterlagen/abgaben/{document.hand_in_id}?angekommen=1"
    assert (document.kind, document.title) == (DocumentKind.PAYSLIPS, "Lohn Oktober")
    page = client.get(answer.location).text
    assert "Ihr Dokument ist angekommen." in page
    assert f"/unterlagen/{document.id}" in page
    assert "Eingegangen" in page
    page = client.get(f"/unterlagen/{document.id}").text
    assert "sicher bei uns angekommen" in page
    assert document.sha256 in page


def test_photos_join_and_a_paper_stays_alone(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    form = picked(
        (papers.picture(width=400), "1.jpg", "image/jpeg"),
        (papers.pdf(), "brief.pdf", "application/pdf"),
        (papers.picture(width=500), "2.jpg", "image/jpeg"),
        together="y",
    )
    answer = send(client, "/unterlagen/neu", form)
    hand_in = session.scalars(select(HandIn)).one()
    assert answer.location == f"/unterlagen/abgaben/{hand_in.id}?angekommen=1"
    found = session.scalars(select(Document).options(selectinload(Document.originals)))
    names = sorted([original.filename for original in document.originals] for document in found)
    assert names == [["1.jpg", "2.jpg"], ["brief.pdf"]]
    assert "2 Dokumente sind angekommen" in client.get(answer.location).text


def test_a_photo_taken_just_now_counts_as_well(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    form = picked()
    form.add("photos", (io.BytesIO(papers.picture()), "image.jpg", "image/jpeg"))
    assert send(client, "/unterlagen/neu", form).status_code == 302
    assert documents(session) == 1


def test_a_task_knows_what_it_wants(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = casefiles.evidence_request(session, owner=citizen)
    path = f"/unterlagen/neu?request={asked.id}"
    page = client.get(path).text
    assert "Kontoauszüge der letzten drei Monate abgeben" in page
    assert asked.why in page
    assert 'name="kind"' not in page
    assert send(client, path, picked((papers.picture(), *PHOTO))).status_code == 302
    document = session.scalars(select(Document)).one()
    assert (document.request_id, document.kind) == (asked.id, DocumentKind.BANK_STATEMENTS)
    session.refresh(asked)
    assert asked.state == RequestState.ANSWERED


def test_the_task_of_somebody_else_does_not_exist(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    asked = casefiles.evidence_request(session)
    path = f"/unterlagen/neu?request={asked.id}"
    assert client.get(path).status_code == 404
    assert send(client, path, picked((papers.picture(), *PHOTO))).status_code == 404
    assert documents(session) == 0


@pytest.mark.parametrize("case", BAD)
def test_a_refused_file_keeps_what_was_typed_and_says_what_to_do(
    client: PortalClient, citizen: Citizen, session: Session, case: str
) -> None:
    make, name, content_type, words = BAD[case]
    before = set(store().entries())
    answer = send(
        client, "/unterlagen/neu", picked((make(), name, content_type), title="Lohn Oktober")
    )
    assert 400 <= answer.status_code < 500
    assert "Fehler: Dokument abgeben" in answer.text
    assert words in answer.text
    assert 'value="Lohn Oktober"' in answer.text
    assert '<option value="payslips" selected>' in answer.text
    assert documents(session) == 0
    assert set(store().entries()) == before


def test_without_a_file_or_a_kind_the_page_asks_for_them(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    answer = send(client, "/unterlagen/neu", picked(kind="", title="Lohn Oktober"))
    assert answer.status_code == 422
    assert "mindestens eine Datei" in answer.text
    assert "was für ein Dokument" in answer.text
    assert 'value="Lohn Oktober"' in answer.text


def test_a_double_click_makes_one_document(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    first, second = (
        send(client, "/unterlagen/neu", picked((papers.picture(), *PHOTO))) for _ in range(2)
    )
    assert documents(session) == 1
    assert first.location == second.location


def test_without_a_token_nothing_is_taken(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    answer = client.post(
        "/unterlagen/neu",
        data=picked((papers.picture(), *PHOTO)),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 400
    assert documents(session) == 0


def test_only_the_hand_in_page_may_ask_for_the_camera(
    client: PortalClient, citizen: Citizen
) -> None:
    assert "camera=(self)" in client.get("/unterlagen/neu").headers["Permissions-Policy"]
    assert "camera=()" in client.get("/unterlagen").headers["Permissions-Policy"]


# One document


def test_the_document_shows_its_pages(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(
        session, owner=citizen, file=casefiles.upload(papers.pdf(2), "a.pdf", "application/pdf")
    )
    page = client.get(f"/unterlagen/{document.id}").text
    assert f"/unterlagen/{document.id}/seite/2" in page
    assert "Seite 2 von 2" in page
    picture = client.get(f"/unterlagen/{document.id}/seite/2")
    assert picture.mimetype == "image/jpeg"
    assert picture.data.startswith(b"\xff\xd8")
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert picture.headers["Cache-Control"] == "no-store"
    small = client.get(f"/unterlagen/{document.id}/seite/2/klein")
    assert len(small.data) < len(picture.data)
    assert client.get(f"/unterlagen/{document.id}/seite/3").status_code == 404


def test_check_22_the_safe_copy_is_saved_not_shown(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(
        session,
        owner=citizen,
        file=casefiles.upload(papers.pdf(), "Müller „Vertrag“.pdf", "application/pdf"),
    )
    answer = client.get(f"/unterlagen/{document.id}/datei")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert "filename*=UTF-8''M%C3%BCller%20" in disposition


def test_nothing_is_served_before_it_is_prepared(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(session, owner=citizen, prepared=False)
    page = client.get(f"/unterlagen/{document.id}")
    assert page.status_code == 200
    assert "<img" not in page.text
    for path in ("seite/1", "seite/1/klein", "datei"):
        assert client.get(f"/unterlagen/{document.id}/{path}").status_code == 404


def test_nothing_is_served_of_a_blocked_document(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(session, owner=citizen)
    document.state, document.reason = DocumentState.BLOCKED, "nicht sicher"
    session.flush()
    assert "Gesperrt" in client.get(f"/unterlagen/{document.id}").text
    for path in ("seite/1", "seite/1/klein", "datei"):
        assert client.get(f"/unterlagen/{document.id}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "/seite/1", "/seite/1/klein", "/datei"])
def test_the_document_of_somebody_else_does_not_exist(
    client: PortalClient, citizen: Citizen, session: Session, path: str
) -> None:
    document = casefiles.document(session)
    assert client.get(f"/unterlagen/{document.id}{path}").status_code == 404
    assert client.get(f"/unterlagen/{uuid.uuid4()}{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "/neu", "/{id}", "/{id}/seite/1", "/{id}/datei"])
def test_without_sign_in_there_is_nothing(
    client: PortalClient, session: Session, path: str
) -> None:
    id = casefiles.document(session).id
    answer = client.get("/unterlagen" + path.format(id=id))
    assert answer.status_code == 302
    assert answer.location.startswith("/anmelden")


def test_a_rejected_document_leads_to_a_better_one(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(session, owner=citizen)
    task = service.reject(
        session,
        document=document,
        reason="Seite 2 ist nicht zu lesen.",
        due_on=date(2026, 12, 4),
        by=casefiles.officer(session),
        now=NOW,
    )
    page = client.get(f"/unterlagen/{document.id}").text
    assert "Bitte noch einmal" in page
    assert "Seite 2 ist nicht zu lesen." in page
    assert "Freitag, 4. Dezember 2026" in page
    assert f"/unterlagen/neu?request={task.id}" in page
    better = picked((papers.picture(width=901), *PHOTO))
    send(client, f"/unterlagen/neu?request={task.id}", better)
    assert "Das haben Sie schon getan" in client.get(f"/unterlagen/{document.id}").text


def test_the_citizen_sees_who_opened_the_document(
    client: PortalClient, citizen: Citizen, session: Session
) -> None:
    document = casefiles.document(session, owner=citizen)
    page = client.get(f"/unterlagen/{document.id}").text
    assert "noch niemand dieses Dokument geöffnet" in page
    jana = casefiles.officer(session, casefiles.case(session, citizen))
    readings.note_document(session, document=document, by=jana, now=NOW)
    page = client.get(f"/unterlagen/{document.id}").text
    assert jana.name in page
    assert "Zuständiges Team" in page


def test_the_routes_are_typed(app: Flask) -> None:
    """A word where an id or a number belongs is no server error."""
    with app.test_client() as browser:
        for path in itertools.chain(["/unterlagen/abc"], ["/unterlagen/abc/seite/x"]):
            assert browser.get(path).status_code == 404
