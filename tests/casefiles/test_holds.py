"""Holds: set with a reason, lifted again, and stronger than every date."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import holds
from portal.casefiles.models import Document, DocumentKind
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotFound
from tests.client import PortalClient
from tests.factories import accounts, casefiles

WHY = "Klage beim Sozialgericht, S 12 AS 345/26"


@pytest.fixture
def paper(session: Session) -> Document:
    return casefiles.document(session, title="Lohn Oktober")


@pytest.fixture
def lead(session: Session, paper: Document) -> StaffMember:
    team = casefiles.case(session, paper.owner).team
    return accounts.staff_member(session, Role.TEAM_LEAD, team=team)


def test_a_hold_is_set_and_lifted_with_a_line_each(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember
) -> None:
    client.sign_in(lead)
    case = f"/amt/akten/{paper.case_id}"
    assert client.post_form(f"{case}/sperren", {"reason": WHY}).status_code == 302
    assert "Gesperrt durch Aufbewahrungssperre" in client.get(case).text
    page = client.get(f"/amt/akten/dokument/{paper.id}").text
    assert WHY in page
    (hold,) = holds.in_force(session, case_id=paper.case_id)
    client.post_form(f"/amt/akten/sperre/{hold.id}/aufheben")
    session.expire_all()
    assert not holds.in_force(session, case_id=paper.case_id)
    assert lead.name in client.get(f"{case}/sperren").text
    deeds = session.scalars(
        select(Event.deed).where(Event.deed.startswith("casefiles.hold_")).order_by(Event.id)
    ).all()
    assert deeds == ["casefiles.hold_set", "casefiles.hold_lifted"]
    assert "Aufbewahrungssperre aufgehoben" in client.get(case).text


def test_one_document_is_held_without_the_others(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember
) -> None:
    other = casefiles.document(session, owner=paper.owner, title="Miete")
    client.sign_in(lead)
    url = f"/amt/akten/{paper.case_id}/sperren"
    page = client.get(f"{url}?dokument={paper.id}").text
    assert "„Lohn Oktober“ sperren" in page
    client.post_form(url, {"reason": WHY, "document": str(paper.id)})
    assert WHY in client.get(f"/amt/akten/dokument/{paper.id}").text
    assert WHY not in client.get(f"/amt/akten/dokument/{other.id}").text


def test_a_hold_needs_a_reason_and_what_was_typed_stays(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember
) -> None:
    client.sign_in(lead)
    page = client.post_form(f"/amt/akten/{paper.case_id}/sperren", {"reason": "Klage"})
    assert page.status_code == 422
    assert "mindestens 10 Zeichen" in page.text
    assert re.search(r">\s*Klage\s*</textarea>", page.text)
    case = casefiles.case(session, paper.owner)
    with pytest.raises(InvalidInput):
        holds.set_hold(session, case=case, reason="  zu  kurz ", by=lead, now=clock.now())


def test_who_has_no_right_sees_holds_and_sets_none(
    client: PortalClient, session: Session, paper: Document
) -> None:
    case = casefiles.case(session, paper.owner)
    officer = casefiles.officer(session, case)
    client.sign_in(officer)
    url = f"/amt/akten/{paper.case_id}/sperren"
    assert "Sperre setzen" not in client.get(url).text
    assert client.post_form(url, {"reason": WHY}).status_code == 404
    with pytest.raises(NotFound):
        holds.set_hold(session, case=case, reason=WHY, by=officer, now=clock.now())


def test_a_hold_of_another_teams_file_or_on_its_document_is_not_there(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember
) -> None:
    far = casefiles.case(session)
    far.team = accounts.team(session)
    session.flush()
    elsewhere = casefiles.document(session, owner=far.members[0].citizen)
    their_lead = accounts.staff_member(session, Role.TEAM_LEAD, team=far.team)
    hold = holds.set_hold(session, case=far, reason=WHY, by=their_lead, now=clock.now())
    session.flush()
    client.sign_in(lead)
    assert client.post_form(f"/amt/akten/sperre/{hold.id}/aufheben").status_code == 404
    assert client.get(f"/amt/akten/{far.id}/sperren").status_code == 404
    mine = f"/amt/akten/{paper.case_id}/sperren"
    body = {"reason": WHY, "document": str(elsewhere.id)}
    assert client.post_form(mine, body).status_code == 404
    with pytest.raises(NotFound):
        holds.set_hold(
            session,
            case=casefiles.case(session, paper.owner),
            document=elsewhere,
            reason=WHY,
            by=lead,
            now=clock.now(),
        )


def test_a_hold_is_lifted_once(session: Session, paper: Document, lead: StaffMember) -> None:
    case = casefiles.case(session, paper.owner)
    hold = holds.set_hold(session, case=case, reason=WHY, by=lead, now=clock.now())
    holds.lift(session, hold=hold, by=lead, now=clock.now())
    with pytest.raises(Conflict):
        holds.lift(session, hold=hold, by=lead, now=clock.now())


def test_check_15_the_title_of_a_closed_paper_stays_closed_in_the_list_of_holds(
    client: PortalClient, session: Session, lead: StaffMember
) -> None:
    sick = casefiles.document(session, kind=DocumentKind.SICK_NOTE, title="Rückenleiden")
    case = casefiles.case(session, sick.owner)
    case.team = lead.team
    holds.set_hold(session, case=case, document=sick, reason=WHY, by=lead, now=clock.now())
    session.flush()
    client.sign_in(lead)
    assert "Rückenleiden" in client.get(f"/amt/akten/{case.id}/sperren").text
    client.sign_in(accounts.staff_member(session, Role.DATA_QUALITY_OFFICER))
    page = client.get(f"/amt/akten/{case.id}/sperren").text
    assert "Rückenleiden" not in page
    assert "Ein Dokument" in page
