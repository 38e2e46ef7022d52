"""The inbox while somebody is away, and when somebody must keep out of a file."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.core import clock
from portal.core.errors import NotAllowed
from portal.inbox import service
from tests.client import PortalClient
from tests.factories import accounts, casefiles, inbox, office


def test_the_substitute_finds_and_takes_what_lies_with_the_absent(
    client: PortalClient, session: Session
) -> None:
    absent, substitute = (accounts.staff_member(session, Role.BENEFIT_OFFICER) for _ in range(2))
    item = inbox.work_item(session, team_of=absent, assignee_id=absent.id, title="Eilig")
    free = inbox.work_item(session, team_of=absent, title="Liegt beim anderen Team")
    client.sign_in(substitute)
    assert "Eilig" not in client.get("/amt/eingang").text
    office.substitution(session, absent=absent, substitute=substitute)
    page = client.get("/amt/eingang?ansicht=meine").text
    assert "Eilig" in page
    assert "Übernehmen" in page
    assert free.title not in page
    assert "Eilig" in client.get("/amt").text
    client.post_form(f"/amt/eingang/{item.id}/uebernehmen")
    session.refresh(item)
    assert item.assignee_id == substitute.id


def test_check_17_nothing_is_given_to_somebody_who_must_keep_out(session: Session) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    tobias = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    case = casefiles.case(session)
    case.team_id = jana.team_id
    session.flush()
    office.conflict(session, case=case, member=tobias)
    item = inbox.work_item(session, team_of=jana, case_id=case.id, assignee_id=jana.id)
    with pytest.raises(NotAllowed):
        service.hand_over(session, item=item, to=tobias, by=jana, now=clock.now())
    again = inbox.work_item(session, team_of=jana, case_id=case.id, assignee_id=tobias.id)
    assert again.assignee_id is None
