"""Incidents: told by who was there, read by their lead, in no file of a citizen."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.inbox.models import ItemKind, WorkItem
from portal.safety.models import SafetyIncident
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory

TOLD = {
    "kinds": ["threat", "insult"],
    "what": "Er hat gedroht, vor meiner Tür zu stehen.",
    "day": "26.11.2026",
    "time": "9:30",
    "wants_talk": "y",
}


def test_what_was_told_reaches_the_lead_and_the_answer_comes_back(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    officer = booking.staff_member
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
    client.sign_in(officer)
    told = client.post_form(f"/amt/vorfaelle/neu?termin={booking.id}", TOLD)
    incident = session.scalars(select(SafetyIncident)).one()
    here = f"/amt/vorfaelle/{incident.id}"
    assert told.location.endswith(here)
    assert (incident.kinds, incident.booking_id) == (["threat", "insult"], booking.id)
    item = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.SAFETY_INCIDENT)).one()
    assert (item.assignee_id, item.case_id, item.urgency) == (lead.id, None, 2)
    assert client.post_form(f"{here}/antwort", {"answer": "Ich selbst."}).status_code == 404

    client.sign_in(lead)
    assert "Er hat gedroht" in client.get(here).text
    client.post_form(f"{here}/antwort", {"answer": "Hausverbot geprüft, Gespräch geführt."})

    client.sign_in(officer)
    assert "Hausverbot geprüft" in client.get(here).text
    session.refresh(item)
    assert item.closed_at is not None


def test_nobody_else_reads_it(client: PortalClient, session: Session) -> None:
    officer = factory.officer(session)
    client.sign_in(officer)
    client.post_form("/amt/vorfaelle/neu", TOLD)
    incident = session.scalars(select(SafetyIncident)).one()

    for stranger in (
        accounts.staff_member(session, Role.TEAM_LEAD),
        accounts.staff_member(session, Role.INTEGRATION_OFFICER, team=officer.team),
    ):
        client.sign_in(stranger)
        assert client.get(f"/amt/vorfaelle/{incident.id}").status_code == 404
        assert "gedroht" not in client.get("/amt/vorfaelle").text


def test_what_is_missing_or_in_the_future_is_said_and_nothing_is_lost(
    client: PortalClient, session: Session
) -> None:
    client.sign_in(factory.officer(session))

    nothing = client.post_form("/amt/vorfaelle/neu", {"what": "Nur das."})
    future = client.post_form("/amt/vorfaelle/neu", {**TOLD, "day": "26.11.2099"})

    assert nothing.status_code == future.status_code == 422
    assert "Nur das." in nothing.text
    assert "Wählen Sie, was passiert ist." in nothing.text
    assert "Zukunft" in future.text
    assert session.scalars(select(SafetyIncident)).all() == []
