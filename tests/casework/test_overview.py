"""One case on one page: what is open, what is missing, who is who, and the one next step."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import cards
from portal.appointments.cards import Needs
from portal.audit.models import Event
from portal.casefiles.models import Case
from portal.consultations.models import AgreedStep, Doer
from portal.core import clock
from tests.client import PortalClient
from tests.factories import accounts, casefiles, casework, consultations, inbox, office
from tests.queries import counted_queries


@pytest.fixture
def at(client: PortalClient, jana: StaffMember, case: Case) -> str:
    return f"/amt/akten/{case.id}/ueberblick"


def test_an_empty_case_says_that_nothing_is_open(client: PortalClient, at: str) -> None:
    text = client.get(at).text
    for words in ("Hier ist nichts offen", "Es fehlt nichts", "Kein Termin vereinbart"):
        assert words in text, words


def test_the_first_item_is_the_next_step_and_stands_with_its_owner(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    inbox.work_item(session, team_of=jana, case_id=case.id, title="Lohn Oktober")
    inbox.work_item(
        session,
        team_of=jana,
        case_id=case.id,
        title="Mietvertrag",
        urgency=3,
        urgency_reason="Miete Freitag fällig.",
        assignee_id=jana.id,
    )
    text = client.get(at).text
    step = text[text.index("Nächster Schritt") : text.index("Leistung")]
    assert "Mietvertrag: Prüfen" in step
    assert "Miete Freitag fällig." in step
    assert "noch frei" in text
    assert jana.name in text


def test_what_is_missing_is_late_or_answered(
    client: PortalClient, at: str, session: Session, case: Case
) -> None:
    owner = case.members[0].citizen
    asked = casefiles.evidence_request(session, owner=owner)
    asked.due_on = clock.local_date(clock.now()) - timedelta(days=3)
    session.flush()
    text = client.get(at).text
    assert asked.title in text
    assert "überfällig" in text
    assert f"Nachfragen: {asked.title}" in text


def test_people_have_an_age_and_a_role(
    client: PortalClient, at: str, session: Session, case: Case
) -> None:
    today = clock.local_date(clock.now())
    child = accounts.citizen(session, first_name="Mila", birth_date=today - timedelta(days=3700))
    casefiles.member(session, case, child)
    session.expire_all()
    text = client.get(at).text
    people = text[text.index('id="menschen"') : text.index('id="termine"')]
    assert "Kind" in people
    assert ">10<" in people
    assert "Deutsch" in people


def test_both_sides_are_seen_together(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    selin = accounts.staff_member(session, Role.INTEGRATION_OFFICER, last_name="Yildiz")
    case.integration_officer_id = selin.id
    helps = accounts.staff_member(session, Role.INTEGRATION_OFFICER, last_name="Okafor")
    office.substitution(session, absent=selin, substitute=helps)
    inbox.work_item(session, team_of=selin, case_id=case.id, title="Gespräch", assignee_id=selin.id)
    session.expire_all()
    text = client.get(at).text
    integration = text[text.index('id="integration"') : text.index('id="offen"')]
    assert selin.name in integration
    assert f"Vertretung heute: {helps.name}" in integration
    assert "Gespräch: Prüfen" in integration


def test_each_view_is_written_down_once_per_reading(
    client: PortalClient, at: str, session: Session, case: Case
) -> None:
    for address in (at, at, at.replace("ueberblick", "verlauf")):
        client.get(address)
    found = session.scalars(select(Event).where(Event.deed == "casefiles.case_opened")).all()
    assert [event.chain for event in found] == [str(case.id)]


def test_who_has_no_ground_finds_nothing(
    client: PortalClient, at: str, session: Session, case: Case
) -> None:
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER))
    for name in ("ueberblick", "verlauf", "termine", "notizen", "fachfragen"):
        assert client.get(at.replace("ueberblick", name)).status_code == 404, name


def test_a_conflict_of_interest_closes_every_page(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    office.conflict(session, case=case, member=jana)
    session.flush()
    for name in ("ueberblick", "verlauf", "termine", "notizen", "fachfragen"):
        assert client.get(at.replace("ueberblick", name)).status_code == 404, name


def test_a_citizen_is_not_let_in(client: PortalClient, at: str, session: Session) -> None:
    client.sign_in(accounts.citizen(session))
    assert client.get(at).status_code in {302, 403, 404}


def test_more_of_everything_asks_no_more_queries(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    owner = session.get_one(Citizen, case.members[0].citizen_id)
    colleague = accounts.staff_member(session, Role.INTEGRATION_OFFICER)

    def more() -> None:
        inbox.work_item(session, team_of=jana, case_id=case.id, assignee_id=jana.id)
        casefiles.document(session, owner=owner)
        casefiles.evidence_request(session, owner=owner)
        casework.note(session, case, jana)
        casework.question(session, case, jana, colleague)
        casefiles.member(session, case, accounts.citizen(session))

    counts = []
    for times in (1, 3):
        for _ in range(times):
            more()
        client.get(at)
        session.expire_all()
        with counted_queries() as statements:
            assert client.get(at).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_what_somebody_needs_for_a_talk_stays_with_the_talk(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    owner, now = case.members[0].citizen, clock.now()
    booking = consultations.booking(
        session, starts_in=timedelta(days=3), now=now, citizen=owner, officer=jana
    )
    booking.case_id = case.id
    cards.write(session, booking=booking, needs=Needs(calm=True), by=owner, now=now)
    session.flush()
    text = client.get(at).text
    assert booking.type.name in text
    assert "steht beim Termin" in text
    main = text[text.index("<main") : text.index("</main")]
    assert "ruhig" not in main.casefold()


def test_what_was_agreed_in_the_last_talk_is_here(
    client: PortalClient, at: str, session: Session, case: Case, jana: StaffMember
) -> None:
    owner = case.members[0].citizen
    for days, what in ((9, "Zeugnisse suchen"), (2, "Bewerbung schreiben")):
        now = clock.now() - timedelta(days=days)
        booking = consultations.booking(
            session, starts_in=timedelta(), now=now, citizen=owner, officer=jana
        )
        booking.case_id = case.id
        talk = consultations.ended(session, booking, now=now)
        talk.steps[:] = [AgreedStep(position=0, who=Doer.CITIZEN, what=what)]
    session.flush()
    text = client.get(at).text
    assert "Bewerbung schreiben" in text
    assert "Zeugnisse suchen" not in text
