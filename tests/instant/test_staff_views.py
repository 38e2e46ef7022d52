"""The pages of the office: who needs help first, whose it may be, what was done."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles.models import Case
from portal.instant.models import InstantState
from tests.client import PortalClient
from tests.factories import accounts, casefiles, instant
from tests.queries import counted_queries

NEED = {"emergencies": ["no_money", "home"], "need": "Miete Freitag fällig"}


@pytest.fixture
def officer(session: Session, client: PortalClient) -> StaffMember:
    member = casefiles.officer(session)
    client.sign_in(member)
    return member


def test_the_urgent_one_stands_first(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    instant.sent(session, name="Usual Person")
    instant.sent(session, name="Urgent Person", **NEED)
    page = client.get("/amt/sofortantraege").text
    assert page.index("Urgent Person") < page.index("Usual Person")
    assert "kein Geld, Miete oder Wohnung" in page


def test_many_cost_no_more_queries_than_few(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    def cost() -> int:
        with counted_queries() as queries:
            assert client.get("/amt/sofortantraege").status_code == 200
        return len(queries)

    def in_a_file() -> None:
        made = instant.sent(session, accounts.citizen(session))
        assert made.case is not None
        made.case.team = officer.team
        session.flush()

    in_a_file()
    few = cost()
    for _ in range(8):
        in_a_file()
    assert cost() <= few


def test_everything_typed_stands_there_and_the_view_is_written_down(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    made = instant.sent(session, phone="0151 2345", **NEED)
    page = client.get(f"/amt/sofortantraege/{made.id}").text
    for said in ("Farid Amiri", "27.03.1991", "Gartenstraße 14", "0151 2345", "Miete Freitag"):
        assert said in page
    assert "noch frei" in page
    viewed = select(Event).where(Event.deed == "instant.viewed")
    assert session.scalars(viewed).one().actor_id == str(officer.id)


def test_seen_linked_answered(client: PortalClient, session: Session, officer: StaffMember) -> None:
    person = accounts.citizen(session, first_name="Farid", last_name="Amiri")
    case = casefiles.case(session, person)
    case.team = officer.team
    made = instant.sent(session, with_receipt=True)
    here = f"/amt/sofortantraege/{made.id}"
    assert case.file_reference in client.get(here).text
    assert client.post_form(f"{here}/gesehen").status_code == 303
    assert client.post_form(f"{here}/akte", {"person": str(person.id)}).status_code == 303
    answer = client.post_form(f"{here}/antwort", {"words": "Wir haben Sie angerufen."})
    assert answer.status_code == 303
    session.refresh(made)
    assert (made.case_id, made.person_id) == (case.id, person.id)
    assert made.state is InstantState.ANSWERED
    assert made.document_id is not None
    page = client.get(here).text
    assert "Wir haben Sie angerufen." in page
    assert "Quittung in der Akte" in page
    assert "Farid Amiri" in client.get("/amt/sofortantraege?stand=erledigt").text


def test_answered_and_settled_without_a_main_application(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    made = instant.sent(session)
    here = f"/amt/sofortantraege/{made.id}"
    client.post_form(f"{here}/antwort", {"words": "Bitte schicken Sie den Hauptantrag."})
    assert "Untätigkeitsklage ist möglich ab" in client.get(here).text
    answer = client.post_form(f"{here}/erledigt", {"why": ""})
    assert "wie der Antrag erledigt ist" in answer.text
    assert client.post_form(f"{here}/erledigt", {"why": "Am Telefon zurück."}).status_code == 303
    page = client.get(here).text
    assert "Am Telefon zurück." in page
    assert "Untätigkeitsklage" not in page


def test_a_file_that_was_not_offered_cannot_be_chosen(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    hidden = accounts.citizen(session, first_name="Farid", last_name="Amiri")
    casefiles.case(session, hidden).team = accounts.team(session)
    session.flush()
    made = instant.sent(session)
    here = f"/amt/sofortantraege/{made.id}"
    assert str(hidden.id) not in client.get(f"{here}?suche=Amiri").text
    for chosen, status in ((hidden.id, 404), (made.id, 404), ("", 422), ("nonsense", 422)):
        assert client.post_form(f"{here}/akte", {"person": str(chosen)}).status_code == status
    session.refresh(made)
    assert made.case_id is None


def test_a_slip_in_the_name_is_found_by_another_name_or_the_reference(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    person = accounts.citizen(session, first_name="Fareed", last_name="Amiri")
    case = casefiles.case(session, person)
    case.team = officer.team
    session.flush()
    here = f"/amt/sofortantraege/{instant.sent(session).id}"
    assert str(person.id) not in client.get(here).text
    for words in ("Fareed", case.file_reference):
        assert str(person.id) in client.get(here, query_string={"suche": words}).text


def test_a_new_file_is_opened_with_what_was_typed(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    made = instant.sent(session)
    here = f"/amt/sofortantraege/{made.id}"
    assert client.post_form(f"{here}/neue-akte", {"last_name": ""}).status_code == 422
    names = {"first_name": "Farid", "last_name": "Amiri"}
    assert client.post_form(f"{here}/neue-akte", names).status_code == 303
    session.refresh(made)
    case = session.get_one(Case, made.case_id)
    assert case.team_id == officer.team_id
    assert case.members[0].citizen.city == "Lindenau"
    assert case.members[0].citizen.email is None
    assert client.post_form(f"{here}/neue-akte", names).status_code == 409


@pytest.mark.parametrize("role", set(Role) - {Role.BENEFIT_OFFICER, Role.TEAM_LEAD})
def test_who_does_not_work_on_applications_sees_none(
    client: PortalClient, session: Session, role: Role
) -> None:
    made = instant.sent(session)
    client.sign_in(accounts.staff_member(session, role))
    for path in ("/amt/sofortantraege", f"/amt/sofortantraege/{made.id}"):
        assert client.get(path).status_code == 404
