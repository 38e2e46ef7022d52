"""What a citizen sees of the own hand-ins, and what became of a document."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, RepresentationKind
from portal.casefiles import jobs, views
from portal.casefiles.models import Document, DocumentKind, DocumentState, HandIn
from portal.core import clock
from portal.core.db import new_id
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.factories.representation import representation
from tests.queries import counted_queries

NOW = clock.now()


@pytest.fixture
def citizen(session: Session, client: PortalClient) -> Citizen:
    made = accounts.citizen(session)
    client.sign_in(made)
    return made


@pytest.fixture
def document(session: Session, citizen: Citizen) -> Document:
    return casefiles.document(session, owner=citizen, title="Lohn Oktober", prepared=False)


def hand_in_of(session: Session, document: Document) -> HandIn:
    return session.get_one(HandIn, document.hand_in_id)


def another(document: Document, **changed: object) -> Document:
    """Put one more document into the file without the way through the worker."""
    columns = {
        column.key: getattr(document, column.key)
        for column in Document.__table__.columns
        if column.key != "id"
    }
    return Document(id=new_id(), **columns | changed)


# Hand-ins


def test_the_page_shows_code_documents_and_that_the_paper_is_coming(
    client: PortalClient, session: Session, document: Document
) -> None:
    hand_in = hand_in_of(session, document)
    page = client.get(f"/unterlagen/abgaben/{hand_in.id}?angekommen=1").text
    assert "Ihr Dokument ist angekommen." in page
    assert hand_in.code in page
    assert f"/quittung?code={hand_in.code}" in page
    assert f"/unterlagen/{document.id}" in page
    assert "1 Dokument, 1 Seite" in page
    assert "wird gerade geschrieben" in page
    assert f'data-here="/unterlagen/abgaben/{hand_in.id}"' in page
    assert client.get(f"/unterlagen/abgaben/{hand_in.id}/quittung.pdf").status_code == 404


def test_the_paper_comes_as_it_was_written(
    client: PortalClient, session: Session, document: Document
) -> None:
    hand_in = hand_in_of(session, document)
    casefiles.receipt(session, hand_in)
    path = f"/unterlagen/abgaben/{hand_in.id}"
    page = client.get(path).text
    assert f'href="{path}/quittung.pdf"' in page
    assert "wird gerade geschrieben" not in page
    assert 'data-here=""' in page
    assert "angekommen." not in page, "said once"
    answer = client.get(f"{path}/quittung.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert f"Quittung-{hand_in.code}.pdf" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_every_hand_in_is_listed(client: PortalClient, session: Session, citizen: Citizen) -> None:
    assert "Noch nichts abgegeben" in client.get("/unterlagen/abgaben").text
    documents = [
        casefiles.document(session, owner=citizen, title=f"Brief {number}", prepared=False)
        for number in range(2)
    ]
    page = client.get("/unterlagen/abgaben").text
    for one in documents:
        assert f"/unterlagen/abgaben/{one.hand_in_id}" in page
    assert 'href="/unterlagen/abgaben"' in client.get("/unterlagen").text


@pytest.mark.parametrize("road", ["", "/quittung.pdf"])
def test_check_14_nobody_else_finds_it(
    app: Flask, session: Session, document: Document, road: str
) -> None:
    hand_in = hand_in_of(session, document)
    casefiles.receipt(session, hand_in)
    other = PortalClient(app, app.response_class, use_cookies=True)
    other.sign_in(accounts.citizen(session))
    assert other.get(f"/unterlagen/abgaben/{hand_in.id}{road}").status_code == 404
    assert str(hand_in.id) not in other.get("/unterlagen/abgaben").text


@pytest.mark.parametrize("road", ["", "/quittung.pdf"])
def test_a_partner_finds_no_receipt_of_a_hidden_paper(
    app: Flask, session: Session, citizen: Citizen, road: str
) -> None:
    hidden = casefiles.document(session, owner=citizen, kind=DocumentKind.SICK_NOTE, prepared=False)
    hand_in = hand_in_of(session, hidden)
    casefiles.receipt(session, hand_in)
    partner = accounts.citizen(session)
    kind = RepresentationKind.HOUSEHOLD_MEMBER
    right = representation(session, principal=citizen, representative=partner, kind=kind)
    session.commit()
    his = PortalClient(app, app.response_class, use_cookies=True)
    his.sign_in(partner)
    his.post_form("/vertretung/wechseln", {"representation": str(right.id)})
    assert his.get(f"/unterlagen/abgaben/{hand_in.id}{road}").status_code == 404
    assert hand_in.code not in his.get("/unterlagen/abgaben").text


def test_many_hand_ins_ask_no_more_queries_than_few(
    client: PortalClient, session: Session, citizen: Citizen
) -> None:
    counts = []
    for upto in (2, 12):
        while len(session.scalars(select(HandIn.id)).all()) < upto:
            number = len(session.scalars(select(HandIn.id)).all())
            casefiles.document(session, owner=citizen, title=f"Brief {number}", prepared=False)
        session.expire_all()
        with counted_queries() as statements:
            page = client.get("/unterlagen/abgaben").text
        assert page.count("document-list__item") == upto
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_hand_in_of_many_documents_asks_no_more_queries(
    client: PortalClient, session: Session, document: Document
) -> None:
    path = f"/unterlagen/abgaben/{document.hand_in_id}"
    counts = []
    for more in (0, 20):
        session.add_all(another(document, title=f"Brief {n}") for n in range(more))
        session.flush()
        session.expire_all()
        with counted_queries() as statements:
            page = client.get(path).text
        assert page.count("document-list__item") == more + 1
        counts.append(len(statements))
    assert counts[0] == counts[1]


# One document


def test_a_document_says_from_which_hand_in_it_is(
    client: PortalClient, session: Session, document: Document
) -> None:
    page = client.get(f"/unterlagen/{document.id}").text
    assert "Aus welcher Abgabe" in page
    assert f'href="/unterlagen/abgaben/{document.hand_in_id}"' in page


def test_a_document_says_for_whom_and_which_months(
    client: PortalClient, session: Session, document: Document
) -> None:
    child = accounts.citizen(session, first_name="Danylo")
    document.about_id = child.id
    document.months_from, document.months_until = date(2026, 7, 1), date(2026, 9, 1)
    session.flush()
    page = client.get(f"/unterlagen/{document.id}").text
    assert child.name in page
    assert "Juli bis September 2026" in page


def test_a_split_document_names_its_parts_and_they_name_it(
    client: PortalClient, session: Session, document: Document
) -> None:
    part = another(document, title="Seite drei", derived_from_id=document.id, hand_in_id=None)
    session.add(part)
    session.flush()
    page = client.get(f"/unterlagen/{document.id}").text
    assert "Das Jobcenter hat Ihr Dokument aufgeteilt" in page
    assert f'href="/unterlagen/{part.id}"' in page
    page = client.get(f"/unterlagen/{part.id}").text
    assert "aus einem anderen herausgenommen" in page
    assert f'href="/unterlagen/{document.id}"' in page


def test_a_joined_document_leaves_the_list_and_points_to_the_new_one(
    client: PortalClient, session: Session, document: Document
) -> None:
    whole = another(document, title="Alles zusammen")
    session.add(whole)
    session.flush()
    document.merged_into_id = whole.id
    session.flush()
    listed = client.get("/unterlagen").text
    assert f'href="/unterlagen/{document.id}"' not in listed
    assert f'href="/unterlagen/{whole.id}"' in listed
    page = client.get(f"/unterlagen/{document.id}").text
    assert "mit einem anderen zusammengelegt" in page
    assert f'href="/unterlagen/{whole.id}"' in page
    assert f'href="/unterlagen/{document.id}"' in client.get(f"/unterlagen/{whole.id}").text


def test_relatives_of_a_hidden_kind_are_not_named(
    app: Flask, session: Session, citizen: Citizen, document: Document
) -> None:
    part = another(
        document,
        title="Attest",
        kind=DocumentKind.SICK_NOTE,
        derived_from_id=document.id,
        hand_in_id=None,
    )
    session.add(part)
    partner = accounts.citizen(session)
    kind = RepresentationKind.HOUSEHOLD_MEMBER
    right = representation(session, principal=citizen, representative=partner, kind=kind)
    session.commit()
    his = PortalClient(app, app.response_class, use_cookies=True)
    his.sign_in(partner)
    his.post_form("/vertretung/wechseln", {"representation": str(right.id)})
    page = his.get(f"/unterlagen/{document.id}").text
    assert "Attest" not in page
    assert str(part.id) not in page


# Many documents


def test_many_documents_can_be_narrowed_down(
    client: PortalClient, session: Session, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'name="stand"' not in client.get("/unterlagen").text
    session.add_all(
        another(document, title=f"Brief {n}", received_at=NOW - timedelta(days=n))
        for n in range(views.MANY)
    )
    session.add(
        another(
            document,
            title="Das Attest",
            kind=DocumentKind.SICK_NOTE,
            state=DocumentState.BLOCKED,
            reason="Nicht sicher.",
        )
    )
    session.flush()
    assert 'name="stand"' in client.get("/unterlagen").text
    for wanted in ("stand=blocked", "art=sick_note", "stand=blocked&art=sick_note"):
        page = client.get(f"/unterlagen?{wanted}").text
        assert page.count("document-list__item") == 1, wanted
        assert "Das Attest" in page
    assert "Hier ist nichts dabei" in client.get("/unterlagen?stand=accepted").text
    everything = client.get("/unterlagen?stand=nichts&art=x").text
    assert everything.count("document-list__item") == views.MANY + 2
    monkeypatch.setattr(views, "ON_ONE_PAGE", 5)
    page = client.get("/unterlagen?stand=received&seite=2").text
    assert "stand=received" in page.partition('rel="prev"')[0].rpartition("<a ")[2]


def test_what_the_office_has_filed_is_not_accepted_by_anybody(
    client: PortalClient, session: Session, document: Document
) -> None:
    casefiles.prepare(session, document.id, now=NOW)
    session.refresh(document)
    session.add(another(document, title="Vermerk", from_office=True, state=DocumentState.ACCEPTED))
    session.flush()
    assert "Vermerk" not in client.get("/unterlagen?stand=accepted").text


# The office


def test_staff_see_the_receipt_beside_the_document(
    app: Flask, session: Session, document: Document
) -> None:
    jobs.prepare(session, now=NOW, document_id=str(document.id))
    hand_in = hand_in_of(session, document)
    client = PortalClient(app, app.response_class, use_cookies=True)
    client.sign_in(casefiles.officer(session, casefiles.case(session, document.owner)))
    page = client.get(f"/amt/akten/dokument/{document.id}").text
    assert hand_in.code in page
    assert "Über das Portal" in page
