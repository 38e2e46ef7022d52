"""The file by its sections, and what is known of one document beside its pages."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles import filed, filing, service
from portal.casefiles.models import Case, Document, DocumentKind
from portal.core import clock
from tests.client import PortalClient
from tests.factories import accounts, casefiles


@pytest.fixture
def paper(session: Session) -> Document:
    return casefiles.document(session, title="Lohn Oktober")


@pytest.fixture
def case(session: Session, paper: Document) -> Case:
    return casefiles.case(session, paper.owner)


@pytest.fixture
def officer(session: Session, case: Case) -> StaffMember:
    return casefiles.officer(session, case)


def test_documents_lie_in_their_sections_the_newest_first(
    session: Session, paper: Document, case: Case, officer: StaffMember
) -> None:
    lease = {"owner": paper.owner, "kind": DocumentKind.RENTAL_CONTRACT, "prepared": False}
    for number in range(filed.FIRST_OF_EACH + 2):
        casefiles.document(session, title=f"Miete {number}", **lease)
    income, housing = filed.drawers(session, case=case, asker=officer, section=None)
    assert (income.section.number, income.count) == ("03", 1)
    assert (housing.section.number, housing.count) == ("05", 7)
    assert [one.title for one in housing.documents] == [f"Miete {n}" for n in (6, 5, 4, 3, 2)]
    chosen = filing.plan().section("05")
    *_, whole = filed.drawers(session, case=case, asker=officer, section=chosen, offset=5)
    assert [one.title for one in whole.documents] == ["Miete 1", "Miete 0"]


def test_a_paper_sent_again_a_part_and_a_whole_are_versions_of_one_another(
    session: Session, paper: Document, officer: StaffMember
) -> None:
    request = service.reject(
        session, document=paper, reason="Unscharf.", due_on=None, by=officer, now=clock.now()
    )
    again = casefiles.document(
        session, owner=paper.owner, request=request, title="Neu", prepared=False
    )
    part = casefiles.document(session, owner=paper.owner, title="Teil", prepared=False)
    part.derived_from_id = again.id
    whole = casefiles.document(session, owner=paper.owner, title="Ganz", prepared=False)
    part.merged_into_id = whole.id
    alone = casefiles.document(session, owner=paper.owner, title="Allein", prepared=False)
    session.flush()
    for one in (paper, whole):
        versions = filed.versions_of(session, document=one, asker=officer)
        assert [(version.document.id, version.how) for version in versions] == [
            (paper.id, "first"),
            (again.id, "again"),
            (part.id, "split"),
            (whole.id, "merged"),
        ]
    assert filed.versions_of(session, document=alone, asker=officer) == []


def test_the_pages_show_section_retention_versions_and_who_has_opened_it(
    client: PortalClient, session: Session, paper: Document, case: Case, officer: StaffMember
) -> None:
    client.sign_in(officer)
    page = client.get(f"/amt/akten/{case.id}").text
    assert "03 Einkommen" in page
    assert "Lohn Oktober" in page
    assert "In diesem Abschnitt liegt nichts." in client.get(f"/amt/akten/{case.id}?teil=01").text
    assert client.get(f"/amt/akten/{case.id}?teil=zz").status_code == 200
    page = client.get(f"/amt/akten/dokument/{paper.id}").text
    assert "03 Einkommen" in page
    assert "beginnt erst mit dem Ende der Leistung" in page
    assert officer.name in page


def test_a_member_sees_no_section_of_papers_closed_to_them(session: Session) -> None:
    sick = casefiles.document(session, kind=DocumentKind.SICK_NOTE)
    service.accept(session, document=sick, by=casefiles.officer(session), now=clock.now())
    mailroom = accounts.staff_member(session, Role.MAILROOM)
    case = casefiles.case(session, sick.owner)
    assert filed.drawers(session, case=case, asker=mailroom, section=None) == []
