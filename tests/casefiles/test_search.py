"""Searching documents: by words and by what is known of them, behind the wall, with a line left."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import filing, search, service, words
from portal.casefiles.models import Document, DocumentKind, DocumentState
from portal.casefiles.search import Wanted
from portal.core import clock
from portal.core.vault import service as vault
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.queries import counted_queries

PAGE = "Abrechnung der Bezüge. Für geleistete Überstunden zahlen wir 184,50 Euro. Gute Besserung."


def read(session: Session, document: Document, *pages: str) -> Document:
    """Keep what the pages say, as the job does that reads them."""
    text = "\f".join(pages or (PAGE,)).encode()
    file = vault.keep(session, holder=document.case_id, chunks=[text], now=clock.now())
    document.text_file_id = file.id
    words.index_anew(session, document=document)
    return document


def found(session: Session, asker: StaffMember, query: str, **filters: object) -> list[str]:
    wanted = Wanted(words=words.variants(session, query) if query else None, **filters)
    return [one.title for one in search.search(session, wanted, asker=asker)[0]]


@pytest.fixture
def paper(session: Session) -> Document:
    return read(session, casefiles.document(session, title="Lohn Oktober"))


@pytest.fixture
def officer(session: Session, paper: Document) -> StaffMember:
    return casefiles.officer(session, casefiles.case(session, paper.owner))


def test_all_words_must_be_there(session: Session, paper: Document, officer: StaffMember) -> None:
    assert found(session, officer, "Überstunde") == ["Lohn Oktober"]
    assert found(session, officer, "überstunden 184,50 lohn") == ["Lohn Oktober"]
    assert found(session, officer, "Überstunden Mietvertrag") == []


def test_the_newest_come_first_and_go_on_page_by_page(
    session: Session, paper: Document, officer: StaffMember
) -> None:
    for number in range(3):
        read(session, casefiles.document(session, owner=paper.owner, title=f"Lohn {number}"))
    wanted = Wanted(words=words.variants(session, "Lohn"))
    first, more = search.search(session, wanted, asker=officer, limit=3)
    rest, none = search.search(session, wanted, asker=officer, offset=3, limit=3)
    assert (len(first), more, [one.title for one in rest], none) == (
        3,
        True,
        ["Lohn Oktober"],
        False,
    )
    times = [one.received_at for one in (*first, *rest)]
    assert times == sorted(times, reverse=True)


def test_filters_narrow_the_search(session: Session, paper: Document, officer: StaffMember) -> None:
    paper.months_from, paper.months_until = date(2026, 9, 1), date(2026, 10, 1)
    session.flush()
    plan = filing.plan()
    for filters, is_there in (
        ({"kind": DocumentKind.PAYSLIPS}, True),
        ({"kind": DocumentKind.RECEIPT}, False),
        ({"section": plan.section("03")}, True),
        ({"section": plan.section("05")}, False),
        ({"state": DocumentState.IN_REVIEW}, True),
        ({"state": DocumentState.ACCEPTED}, False),
        ({"person": paper.owner_id}, True),
        ({"person": paper.id}, False),
        ({"months": (date(2026, 10, 1), date(2026, 10, 31))}, True),
        ({"months": (date(2026, 11, 1), date(2026, 11, 30))}, False),
        ({"case": casefiles.case(session, paper.owner)}, True),
        ({"case": casefiles.case(session)}, False),
    ):
        for query in ("Überstunden", ""):
            assert bool(found(session, officer, query, **filters)) is is_there, filters


# Who finds what (check 14: search snippets)


def test_check_14_another_team_finds_nothing(session: Session, paper: Document) -> None:
    stranger = casefiles.officer(session)
    assert found(session, stranger, "Überstunden") == []
    assert found(session, stranger, "") == []


def test_check_14_a_decided_paper_of_a_closed_kind_is_not_found(session: Session) -> None:
    sick = casefiles.document(session, kind=DocumentKind.SICK_NOTE, title="Krankmeldung")
    read(session, sick)
    mailroom = accounts.staff_member(session, Role.MAILROOM)
    assert found(session, mailroom, "Besserung") == ["Krankmeldung"]  # it has still to be checked
    service.accept(session, document=sick, by=casefiles.officer(session), now=clock.now())
    session.flush()
    assert found(session, mailroom, "Besserung") == []


def test_check_14_a_sentence_is_shown_only_of_what_may_be_opened(
    session: Session, paper: Document, officer: StaffMember
) -> None:
    shown = search.sentences(session, [paper], query="Überstunde", asker=officer)
    pieces = shown[paper.id]
    assert [piece.text for piece in pieces if piece.is_marked] == ["Überstunden"]
    assert "zahlen wir" in "".join(piece.text for piece in pieces)
    paper.state, paper.reason = DocumentState.BLOCKED, "Gesperrt"
    session.flush()
    assert search.sentences(session, [paper], query="Überstunde", asker=officer) == {}
    assert found(session, officer, "Überstunde") == ["Lohn Oktober"]  # that it is there may be seen


def test_a_hit_in_the_title_alone_shows_no_sentence(
    session: Session, paper: Document, officer: StaffMember
) -> None:
    assert search.sentences(session, [paper], query="Oktober", asker=officer) == {}


# The page


def trail(session: Session, officer: StaffMember) -> list[Event]:
    return list(
        session.scalars(select(Event).where(Event.deed == "casefiles.searched").order_by(Event.id))
    )


def test_the_page_marks_the_word_and_leaves_one_line_without_it(
    client: PortalClient, session: Session, paper: Document, officer: StaffMember
) -> None:
    client.sign_in(officer)
    page = client.get("/amt/akten/suche", query_string={"suche": "überstunde"}).text
    assert "<mark>Überstunden</mark>" in page
    assert f"/amt/akten/dokument/{paper.id}" in page
    (line,) = trail(session, officer)
    assert line.facts == {"shown": 1, "sentences_of": [str(paper.id)]}
    assert (line.subject_kind, line.subject_id) == ("staff_member", str(officer.id))
    assert "berstunde" not in str(line.facts)


def test_a_search_inside_a_case_stands_in_its_trail(
    client: PortalClient, session: Session, paper: Document, officer: StaffMember
) -> None:
    client.sign_in(officer)
    page = client.get(f"/amt/akten/{paper.case_id}/suche?suche=Lohn&monat=13/2026&teil=zz").text
    assert "Lohn Oktober" in page
    assert [line.chain for line in trail(session, officer)] == [str(paper.case_id)]
    assert "In der Akte gesucht" in client.get(f"/amt/akten/{paper.case_id}").text


def test_an_empty_search_asks_nothing_and_a_vain_one_says_so(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    client.sign_in(officer)
    assert "Nichts gefunden" not in client.get("/amt/akten/suche").text
    for vain in ("Nachtigall", "!?%", "\0"):
        page = client.get("/amt/akten/suche", query_string={"suche": vain})
        if page.status_code == 200:
            assert "Nichts gefunden" in page.text


def test_what_stands_in_a_paper_is_text_and_never_markup(
    client: PortalClient, session: Session, paper: Document, officer: StaffMember
) -> None:
    read(session, paper, "<script>alert(1)</script> Überstunden \ue000böse\ue001 <b>")
    client.sign_in(officer)
    page = client.get("/amt/akten/suche?suche=Überstunden").text
    assert "<script>alert" not in page
    assert "<mark>böse" not in page
    assert "<mark>Überstunden</mark>" in page


def test_twenty_hits_ask_hardly_more_than_two(
    client: PortalClient, session: Session, paper: Document, officer: StaffMember
) -> None:
    client.sign_in(officer)
    client.get("/amt/akten/suche?suche=Lohn")
    counts, owner = [], paper.owner
    for upto in (2, 10):
        for number in range(upto):
            title = f"Lohn {upto}/{number}"
            casefiles.document(session, owner=owner, title=title, prepared=False)
        session.expire_all()
        with counted_queries() as statements:
            client.get("/amt/akten/suche?suche=Lohn")
        counts.append(len(statements))
    assert counts[0] == counts[1]
