"""How the mailroom gives paper to a person, and prints the sheets that spare it the work."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session
from werkzeug.test import TestResponse

from portal.accounts.models import Citizen, Role, StaffMember
from portal.casefiles.models import Document, DocumentKind, RequestState
from portal.core import clock
from portal.intake.models import CoverSheet, Scan, ScanState
from tests.client import PortalClient
from tests.factories import accounts, casefiles, intake
from tests.queries import counted_queries


@pytest.fixture
def mailroom(session: Session, client: PortalClient) -> StaffMember:
    made = accounts.staff_member(session, Role.MAILROOM)
    client.sign_in(made)
    return made


@pytest.fixture
def demir(session: Session) -> Citizen:
    made = accounts.citizen(session, first_name="Elif", last_name="Demir")
    casefiles.case(session, made)
    return made


def documents_of(session: Session, citizen: Citizen) -> list[Document]:
    return list(session.scalars(select(Document).where(Document.owner_id == citizen.id)))


def give(client: PortalClient, scan: Scan, person: Citizen, **more: str) -> TestResponse:
    answer = client.post_form(
        f"/amt/posteingang/{scan.id}?suche={person.last_name}",
        {"owner": str(person.id), "kind": "rental_contract", "request": "", **more},
    )
    session = object_session(scan)
    assert session is not None
    session.expire_all()
    session.refresh(scan, ["state", "pages"])
    return answer


def test_what_waits_stands_in_a_list(
    client: PortalClient, session: Session, mailroom: StaffMember
) -> None:
    scans = [intake.scan(session, pages=n, filename=f"{n}.pdf") for n in (1, 3)]
    page = client.get("/amt/posteingang").text
    assert "2 Scans" in page
    for scan in scans:
        assert f"/amt/posteingang/{scan.id}" in page


def test_a_long_list_asks_as_often_as_a_short_one(
    client: PortalClient, session: Session, mailroom: StaffMember
) -> None:
    intake.scan(session)
    client.get("/amt/posteingang")
    with counted_queries() as short:
        client.get("/amt/posteingang")
    for number in range(5):
        intake.scan(session, pages=number + 3, filename=f"{number}.pdf")
    with counted_queries() as long:
        client.get("/amt/posteingang")
    assert len(long) == len(short)


def test_all_pages_go_to_the_person_who_was_found(
    client: PortalClient, session: Session, mailroom: StaffMember, demir: Citizen
) -> None:
    scan = intake.scan(session)
    assert "Elif Demir" in client.get(f"/amt/posteingang/{scan.id}?suche=demir").text
    assert give(client, scan, demir).location == "/amt/posteingang"
    assert scan.state is ScanState.FILED
    [document] = documents_of(session, demir)
    assert document.kind is DocumentKind.RENTAL_CONTRACT


def test_pages_of_two_people_are_given_one_after_the_other(
    client: PortalClient, session: Session, mailroom: StaffMember, demir: Citizen
) -> None:
    other = accounts.citizen(session, last_name="Kowalski")
    casefiles.case(session, other)
    scan = intake.scan(session, pages=3)
    first = give(client, scan, demir, pages="1-2")
    assert first.location == f"/amt/posteingang/{scan.id}"
    assert [page.number for page in scan.pages] == [3]
    give(client, scan, other)
    assert scan.state is ScanState.FILED
    assert len(documents_of(session, demir)) == len(documents_of(session, other)) == 1


def test_paper_can_answer_a_request(
    client: PortalClient, session: Session, mailroom: StaffMember, demir: Citizen
) -> None:
    asked = casefiles.evidence_request(session, owner=demir)
    scan = intake.scan(session)
    give(client, scan, demir, request=str(asked.id))
    assert asked.state is RequestState.ANSWERED


def test_a_request_of_somebody_else_is_not_answered(
    client: PortalClient, session: Session, mailroom: StaffMember, demir: Citizen
) -> None:
    namesake = accounts.citizen(session, last_name="Demir")
    casefiles.case(session, namesake)
    asked = casefiles.evidence_request(session, owner=namesake)
    answer = give(client, intake.scan(session), demir, request=str(asked.id))
    assert answer.status_code == 422
    assert "gehört zu einer anderen Person" in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"pages": "9"}, "jede wartende Seite höchstens einmal"),
        ({"pages": "eins"}, "Schreiben Sie Seiten so"),
        ({"owner": ""}, "Wem gehören die Seiten?"),
        ({"kind": "spaceship"}, "Was ist es?"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    client: PortalClient,
    session: Session,
    mailroom: StaffMember,
    demir: Citizen,
    typed: dict[str, str],
    sentence: str,
) -> None:
    scan = intake.scan(session)
    answer = give(client, scan, demir, title="Vertrag vom Mai", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Vertrag vom Mai" in answer.text
    assert scan.state is ScanState.UNASSIGNED


def test_a_filed_scan_is_not_filed_again(
    client: PortalClient, session: Session, mailroom: StaffMember, demir: Citizen
) -> None:
    scan = intake.scan(session)
    give(client, scan, demir)
    assert give(client, scan, demir).status_code == 409
    assert "Alle Seiten liegen in ihren Akten" in client.get(f"/amt/posteingang/{scan.id}").text


def test_whoever_does_not_sort_paper_sees_none(
    client: PortalClient, session: Session, mailroom: StaffMember
) -> None:
    scan = intake.scan(session)
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER))
    for address in ("", f"/{scan.id}", f"/{scan.id}/seite/1"):
        assert client.get(f"/amt/posteingang{address}").status_code == 404


def test_a_cover_sheet_is_printed_for_a_request(client: PortalClient, session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, asked.owner_id)
    case = casefiles.case(session, owner, now=clock.now())
    client.sign_in(casefiles.officer(session, case))
    answer = client.post_form(
        f"/amt/posteingang/deckblatt/{case.id}", data={"request": str(asked.id)}
    )
    assert answer.content_type == "application/pdf"
    [sheet] = session.scalars(select(CoverSheet)).all()
    assert (sheet.owner_id, sheet.request_id) == (owner.id, asked.id)


def test_a_cover_sheet_names_a_person_of_the_case_only(
    client: PortalClient, session: Session, demir: Citizen
) -> None:
    case = casefiles.case(session)
    client.sign_in(casefiles.officer(session, case))
    answer = client.post_form(
        f"/amt/posteingang/deckblatt/{case.id}", data={"owner": str(demir.id)}
    )
    assert answer.status_code == 404
