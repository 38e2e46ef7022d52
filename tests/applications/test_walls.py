"""Applications stand behind the wall of their case; opening one says why."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.audit.models import Event
from tests.client import PortalClient
from tests.factories import accounts, office
from tests.factories import applications as make


def test_check_13_an_application_is_there_for_the_team_of_its_case(
    client: PortalClient, session: Session
) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    oksana = accounts.citizen(session, last_name="Sonnenblum")
    sent = make.sent(session, oksana)
    murat = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    session.commit()
    address = f"/amt/antraege/{sent.id}"

    client.sign_in(murat)
    assert client.get(address).status_code == 404
    for deed in ("pruefung", "entscheidung"):
        assert client.post_form(f"{address}/{deed}").status_code == 404
    assert "Sonnenblum" not in client.get("/amt/antraege?wessen=all").text

    client.sign_in(jana)
    assert client.get(address).status_code == 200
    viewed = session.scalars(select(Event).where(Event.deed == "applications.viewed")).one()
    assert viewed.facts["why"] == {"ground": "case_team", "detail": None}
    client.sign_in(oksana)
    page = client.get("/unterlagen/einsicht").text
    assert "Antrag geöffnet" in page
    assert jana.name in page


def test_check_17_a_conflict_of_interest_closes_the_application(
    client: PortalClient, session: Session
) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    sent = make.sent(session, accounts.citizen(session))
    assert sent.case is not None
    office.conflict(session, case=sent.case, member=jana)
    session.commit()
    client.sign_in(jana)
    assert client.get(f"/amt/antraege/{sent.id}").status_code == 404
