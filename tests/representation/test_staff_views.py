"""What staff write down that was shown on paper, and how they end it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Representation, RepresentationKind, Role, StaffMember
from portal.audit.models import Event
from portal.casefiles.models import Case
from portal.core import clock
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.factories.representation import representation

Kind = RepresentationKind
PROOF = "Betreuerausweis, Amtsgericht Lindenau, 3.2.2026"


@pytest.fixture
def case(session: Session) -> Case:
    return casefiles.case(session, accounts.citizen(session, first_name="Gerda"))


@pytest.fixture
def officer(session: Session, case: Case) -> StaffMember:
    made = casefiles.officer(session, case)
    session.commit()
    return made


@pytest.fixture
def guardian(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Ruth", last_name="Sander")


def written(case: Case, guardian: Citizen, **other: object) -> dict[str, object]:
    return {
        "principal": str(case.members[0].citizen_id),
        "kind": "guardian",
        "address": guardian.email,
        "areas": ["authorities", "assets"],
        "proof": PROOF,
        **other,
    }


def test_a_guardian_is_written_down(
    client: PortalClient, session: Session, case: Case, officer: StaffMember, guardian: Citizen
) -> None:
    """Given the paper of the court, when staff record it, then the guardian may act, with proof."""
    client.sign_in(officer)
    path = f"/amt/akten/{case.id}/vertretung"
    assert f'href="{path}"' in client.get(f"/amt/akten/{case.id}").text
    assert client.get(f"{path}/neu").status_code == 200
    answer = client.post_form(f"{path}/neu", written(case, guardian, consent_reserved="y"))
    assert answer.location == path
    page = client.get(path).text
    for word in (PROOF, "Ruth Sander für Gerda", "Vermögenssorge", "Einwilligungsvorbehalt"):
        assert word in page, word
    made = session.scalars(select(Representation)).one()
    assert (made.kind, made.ends_at, made.consent_reserved) == (Kind.GUARDIAN, None, True)
    event = session.scalars(select(Event).where(Event.deed == "representation.granted")).one()
    assert (event.chain, event.actor_name) == (str(case.id), officer.name)
    assert event.facts["proof"] == PROOF


def test_a_power_of_attorney_on_paper_needs_an_end(
    client: PortalClient, session: Session, case: Case, officer: StaffMember, guardian: Citizen
) -> None:
    client.sign_in(officer)
    path = f"/amt/akten/{case.id}/vertretung/neu"
    paper = written(case, guardian, kind="power_of_attorney", powers=["see", "send"])
    assert client.post_form(path, paper).status_code == 422
    in_a_year = clock.local_date(clock.now()) + timedelta(days=365)
    assert client.post_form(path, {**paper, "ends_on": f"{in_a_year:%d.%m.%Y}"}).status_code == 302
    made = session.scalars(select(Representation)).one()
    assert (made.kind, made.powers) == (Kind.POWER_OF_ATTORNEY, ["see", "send"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "nobody@example.org"},
        {"address": ""},
        {"areas": []},
        {"areas": ["everything"]},
        {"proof": ""},
        {"kind": "helper"},
        {"principal": "00000000-0000-0000-0000-000000000000"},
        {"ends_on": "1.1.2020"},
        {"ends_on": "1.1.2060"},
        {"proof": "x" * 10_000},
    ],
)
def test_bad_input_is_named_and_nothing_is_made(
    client: PortalClient,
    session: Session,
    case: Case,
    officer: StaffMember,
    guardian: Citizen,
    wrong: dict[str, object],
) -> None:
    client.sign_in(officer)
    answer = client.post_form(
        f"/amt/akten/{case.id}/vertretung/neu", written(case, guardian, **wrong)
    )
    assert answer.status_code == 422
    assert session.scalars(select(Representation)).first() is None


def test_the_office_ends_what_the_court_has_ended(
    client: PortalClient, session: Session, case: Case, officer: StaffMember, guardian: Citizen
) -> None:
    found = representation(
        session,
        principal=case.members[0].citizen,
        representative=guardian,
        kind=Kind.GUARDIAN,
        lasts=None,
        task_areas=["authorities"],
    )
    session.commit()
    client.sign_in(officer)
    path = f"/amt/akten/{case.id}/vertretung/{found.id}/beenden"
    assert client.post_form(path, {"why": ""}).status_code == 422
    assert client.post_form(path, {"why": "Beschluss vom 2.11.2026"}).status_code == 302
    session.refresh(found)
    assert found.revoked_by_name == officer.name
    event = session.scalars(select(Event).where(Event.deed == "representation.ended")).one()
    assert event.facts["why"] == "Beschluss vom 2.11.2026"


def test_only_of_the_people_of_this_case(
    client: PortalClient, session: Session, case: Case, officer: StaffMember
) -> None:
    found = representation(session)
    session.commit()
    client.sign_in(officer)
    path = f"/amt/akten/{case.id}/vertretung/{found.id}/beenden"
    assert client.post_form(path, {"why": "Irrtum"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.FRONT_DESK, True),
        (Role.BENEFIT_OFFICER, True),
        (Role.TEAM_LEAD, True),
        (Role.INTEGRATION_OFFICER, False),
        (Role.MAILROOM, False),
        (Role.MANAGEMENT, False),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_who_may_write_it_down(
    client: PortalClient, session: Session, case: Case, role: Role, may: bool
) -> None:
    client.sign_in(accounts.staff_member(session, role, team=case.team))
    session.commit()
    for path in ("", "/neu"):
        answer = client.get(f"/amt/akten/{case.id}/vertretung{path}")
        assert answer.status_code == (200 if may else 404)
