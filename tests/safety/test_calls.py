"""Calling for help without a word: who hears it, how soon, and who may end it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock, jobs
from portal.core.config import Settings
from portal.core.errors import Conflict, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import limits, push_crypto, subscribing
from portal.notifications.models import Message
from portal.notifications.queries import subscriptions_of
from portal.safety import queries, service
from portal.safety.models import SafetyAlert
from portal.safety.rules import WIDENS_AFTER
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory
from tests.notifications import push_service
from tests.notifications.push_service import Browser, Service


@pytest.fixture
def there() -> Iterator[Service]:
    with push_service.running() as running:
        yield running


def lets_tell(session: Session, member: StaffMember, browser: Browser) -> None:
    subscribing.subscribe(
        session,
        recipient_id=member.id,
        **browser.given,
        office_key=next(iter(push_crypto.office_keys())),
        device="Chrome auf Windows",
        settings=Settings(demo=True),
        now=clock.now(),
    )


def queued(session: Session) -> list[int]:
    """Return the priorities of the words to browsers that wait in this transaction."""
    wanted = text(
        "SELECT priority FROM procrastinate_jobs"
        " WHERE task_name = 'notifications.tell_browser' AND status = 'todo'"
    )
    return list(session.scalars(wanted))


def lead_of(session: Session, member: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.TEAM_LEAD, team=member.team)


def test_one_tap_reaches_the_lead_on_any_page(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    officer = booking.staff_member
    lead = lead_of(session, officer)
    client.sign_in(officer)

    for _ in range(2):  # a trembling finger
        answer = client.post_form(f"/amt/hilferuf/neu/{booking.id}")

    assert answer.status_code == 302
    assert len(session.scalars(select(SafetyAlert)).all()) == 1
    message = session.scalars(select(Message)).one()
    assert (message.recipient_id, message.subject) == (
        lead.id,
        "Bitte öffnen Sie sofort das Portal",
    )
    assert booking.citizen.last_name not in message.text + message.html
    item = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.SAFETY_ALERT)).one()
    assert (item.assignee_id, item.urgency) == (lead.id, 3)
    client.sign_in(lead)
    state = client.get("/amt/hilferuf/stand").json
    assert state["count"] == 1
    assert officer.name in state["words"]
    assert "safety_calls" in client.get("/amt").text


def test_the_one_who_called_sees_who_comes(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    lead = lead_of(session, booking.staff_member)
    alert = service.raise_alert(session, booking=booking, by=booking.staff_member, now=clock.now())
    client.sign_in(lead)
    client.post_form(f"/amt/hilferuf/{alert.id}/gesehen")

    client.sign_in(booking.staff_member)
    own = client.get(f"/amt/hilferuf/termin/{booking.id}/stand").json["words"]
    assert f"{lead.name} hat es gesehen" in own

    client.sign_in(lead)
    client.post_form(f"/amt/hilferuf/{alert.id}/beenden")
    assert client.get("/amt/hilferuf/stand").json["count"] == 0
    open_items = select(WorkItem).where(
        WorkItem.kind == ItemKind.SAFETY_ALERT, WorkItem.closed_at.is_(None)
    )
    assert session.scalars(open_items).all() == []


def test_other_teams_hear_it_when_nobody_has_seen_it_for_a_minute(session: Session) -> None:
    booking, now = factory.booking(session), clock.now()
    lead_of(session, booking.staff_member)
    other = accounts.staff_member(session, Role.TEAM_LEAD)
    alert = service.raise_alert(session, booking=booking, by=booking.staff_member, now=now)
    later = now + WIDENS_AFTER + timedelta(seconds=1)

    assert queries.open_alerts(session, asker=other, now=now) == []
    assert queries.open_alerts(session, asker=other, now=later) == [alert]


def test_without_a_lead_of_the_own_team_all_leads_are_written_to(session: Session) -> None:
    booking = factory.booking(session)
    others = {accounts.staff_member(session, Role.TEAM_LEAD).id for _ in range(2)}

    service.raise_alert(session, booking=booking, by=booking.staff_member, now=clock.now())

    written = {message.recipient_id for message in session.scalars(select(Message))}
    assert others <= written


def test_the_browsers_of_the_lead_are_told_at_once_and_read_no_name(
    there: Service, session: Session
) -> None:
    """Given browsers that tell, when an officer calls, then the lead's does, before all else."""
    booking, now = factory.booking(session), clock.now()
    lead, browser = lead_of(session, booking.staff_member), there.browser()
    lets_tell(session, lead, browser)
    lets_tell(session, booking.staff_member, there.browser("of the officer"))
    with session.begin_nested() as undone:
        service.raise_alert(session, booking=booking, by=booking.staff_member, now=now)
        assert len(queued(session)) == 1
        undone.rollback()
    assert queued(session) == [], "what was rolled back tells nobody"

    alert = service.raise_alert(session, booking=booking, by=booking.staff_member, now=now)
    [priority] = queued(session)
    assert priority > 0
    [told] = subscriptions_of(session, lead.id)
    told.told_at = now + timedelta(seconds=1)  # of something else, while the job waited
    jobs.run_due(session, now)

    [(headers, body)] = there.taken
    assert (headers["topic"], headers["urgency"]) == ("alarm", "high")
    assert int(headers["ttl"]) == limits.RINGS_FOR.total_seconds()
    word = browser.read(body)
    assert word == {
        "text": "Bitte öffnen Sie sofort das Portal",
        "language": "de",
        "tag": "alarm",
        "path": f"/amt/hilferuf/{alert.id}",
    }


def test_a_call_that_is_old_rings_no_more(there: Service, session: Session) -> None:
    booking, now = factory.booking(session), clock.now()
    lets_tell(session, lead_of(session, booking.staff_member), there.browser())
    service.raise_alert(session, booking=booking, by=booking.staff_member, now=now)
    jobs.run_due(session, now + limits.RINGS_FOR + timedelta(minutes=1))
    assert there.taken == []


def test_a_lead_lets_the_browser_tell(client: PortalClient, session: Session) -> None:
    lead = accounts.staff_member(session, Role.TEAM_LEAD)
    session.commit()
    client.sign_in(lead)
    assert "/amt/konto/meldungen" in client.get("/amt/konto").text
    assert "Wer ruft, steht erst im Portal." in client.get("/amt/konto/meldungen").text


def test_nobody_ends_their_own_call_and_strangers_see_none(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session, officer=accounts.staff_member(session, Role.TEAM_LEAD))
    alert = service.raise_alert(session, booking=booking, by=booking.staff_member, now=clock.now())
    client.sign_in(booking.staff_member)
    assert client.post_form(f"/amt/hilferuf/{alert.id}/beenden").status_code == 404

    client.sign_in(factory.officer(session))
    assert client.get(f"/amt/hilferuf/{alert.id}").status_code == 404
    assert client.get(f"/amt/hilferuf/termin/{booking.id}").status_code == 404
    assert client.post_form(f"/amt/hilferuf/neu/{booking.id}").status_code == 404


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_call_belongs_to_an_appointment_of_now(session: Session, hours: int) -> None:
    booking = factory.booking(session, starts_in=timedelta(hours=hours))

    with pytest.raises(Conflict):
        service.raise_alert(session, booking=booking, by=booking.staff_member, now=clock.now())
    with pytest.raises(NotFound):
        service.raise_alert(session, booking=booking, by=factory.officer(session), now=clock.now())
