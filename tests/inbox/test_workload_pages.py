"""The lead sees how full each desk is and says how much each person works."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.appointments import contacts
from portal.appointments.contacts_models import CareTrack
from portal.calendars import away, telling
from portal.calendars.models import AbsenceReason
from portal.core import clock
from portal.office import workload
from tests.client import PortalClient
from tests.factories import accounts, casefiles, office
from tests.factories.inbox import work_item
from tests.queries import counted_queries

NOW = clock.now()


@pytest.fixture
def lead(client: PortalClient, session: Session) -> StaffMember:
    made = office.lead(session)
    client.sign_in(made)
    return made


@pytest.fixture
def jana(session: Session, lead: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)


def test_each_desk_with_what_counts(
    client: PortalClient, session: Session, lead: StaffMember, jana: StaffMember
) -> None:
    work_item(
        session, team_of=jana, assignee_id=jana.id, due_on=clock.local_date(NOW) - timedelta(1)
    )
    workload.note_caseloads(session, [workload.Fullness(jana.id, 90, 0.6)], now=NOW)
    session.flush()
    page = client.get("/amt/auslastung").text
    assert jana.name in page
    assert "62 %" in page  # 60 by cases, 2 by one paper
    assert "60 %" in page
    with counted_queries() as one:
        client.get("/amt/auslastung")
    for _ in range(5):
        accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
    session.expire_all()
    with counted_queries() as many:
        client.get("/amt/auslastung")
    assert len(many) == len(one)


def test_part_time_is_written_down(
    client: PortalClient, session: Session, lead: StaffMember, jana: StaffMember
) -> None:
    assert 'value="100"' in client.get(f"/amt/auslastung/{jana.id}").text
    answer = client.post_form(f"/amt/auslastung/{jana.id}", data={"percent": "50"})
    assert answer.status_code == 303
    page = client.get("/amt/auslastung").text
    assert "50 %" in page
    assert "bekommt nichts Neues" in page
    for wrong in ("0", "101", "viel", ""):
        refused = client.post_form(f"/amt/auslastung/{jana.id}", data={"percent": wrong})
        assert refused.status_code == 422


def test_only_the_lead_of_the_own_team(
    client: PortalClient, session: Session, lead: StaffMember, jana: StaffMember
) -> None:
    stranger = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert client.get(f"/amt/auslastung/{stranger.id}").status_code == 404
    client.sign_in(jana)
    assert client.get("/amt/auslastung").status_code == 404


def test_cases_come_down_as_figures(session: Session, jana: StaffMember) -> None:
    contacts.ensure_standard_tracks(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=jana.team)
    for key in ("fall", None):
        case = casefiles.case(session)
        case.integration_officer_id = jana.id
        session.flush()
        if key:
            track = session.get_one(CareTrack, key)
            contacts.set_track(session, case=case, track=track, by=lead, now=NOW)
    contacts.tell_caseloads(session, now=NOW)
    worker = workload.workers(session, now=NOW, land="HE")[jana.id]
    assert worker.caseload == pytest.approx(1 / 75 + 1 / 150)


def test_absences_come_down_without_their_reason(session: Session, jana: StaffMember) -> None:
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=jana.team)
    begins = workload.at_desk(NOW + timedelta(days=4), land="HE") - timedelta(hours=9)
    away.add_absence(
        session,
        officer=jana,
        starts_at=begins,
        ends_at=begins + timedelta(days=2),
        reason=AbsenceReason.VACATION,
        by=lead,
        now=NOW,
    )
    session.flush()
    for _ in range(2):  # telling it again changes nothing
        telling.tell(session, now=NOW)
    session.flush()
    then = begins + timedelta(hours=10)
    assert workload.workers(session, now=then, land="HE")[jana.id].away_until
    assert workload.workers(session, now=NOW, land="HE")[jana.id].away_until is None
