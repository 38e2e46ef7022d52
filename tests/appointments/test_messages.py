"""The mails about appointments, reviewed as text."""

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session
from syrupy.assertion import SnapshotAssertion

from portal.accounts.message_wishes import Lead
from portal.appointments import reminders, service
from portal.appointments.models import Booking
from portal.notifications import service as notifications
from portal.notifications import sms
from portal.notifications.queries import latest_messages
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW


def mail(session: Session, booking: Booking, template: str) -> str:
    """Return subject and text of the latest mail of this kind."""
    sent = latest_messages(session, address=booking.citizen.email)
    message = next(message for message in sent if message.template == template)
    assert str(booking.id) in message.html or "/termine/neu" in message.html
    return f"{message.subject}\n\n{message.text}".replace(str(booking.id), "<id>")


@pytest.mark.parametrize("key", ["beratung-video", "telefon", "jobcenter"])
def test_mails(session: Session, snapshot: SnapshotAssertion, key: str) -> None:
    officer = make.officer(session)
    citizen = accounts.citizen(session, last_name="Kovalenko")
    slot = make.slot_at(officer, MONDAY + timedelta(days=2))
    kind = make.kind(session, key)
    booking = make.booking(session, citizen=citizen, officer=officer, type=kind, slot=slot)
    other = make.slot_at(officer, MONDAY + timedelta(days=3), time(12))
    service.move(session, booking=booking, slot=other, by=citizen, now=NOW)
    reminders.remind(
        session,
        booking=booking,
        lead=Lead.TWO_HOURS,
        now=booking.starts_at - timedelta(hours=2),
    )
    service.cancel(session, booking=booking, by=officer, now=NOW)
    for template in ("booking_made", "booking_moved", "booking_reminder", "booking_cancelled"):
        assert mail(session, booking, template) == snapshot(name=template)


@pytest.mark.parametrize(
    ("key", "page"),
    [("beratung-video", "beratung/"), ("telefon", "termine")],
)
@pytest.mark.parametrize("address", [None, "+4915123456789"])
def test_messages_of_a_video_talk_lead_straight_to_it(
    session: Session, key: str, page: str, address: str | None
) -> None:
    officer, citizen = make.officer(session), accounts.citizen(session)
    slot = make.slot_at(officer, MONDAY + timedelta(days=2))
    booking = make.booking(
        session, citizen=citizen, officer=officer, type=make.kind(session, key), slot=slot
    )
    for template in ("booking_made", "booking_moved", "booking_reminder", "booking_handed_over"):
        booking.moved_from = booking.starts_at
        sent = notifications.send(
            session,
            template=template,
            address=address or citizen.email,
            recipient_id=None,
            now=NOW,
            context={
                "booking": booking,
                "where": None,
                "officers": officer.name,
                "can_change": True,
                "several": False,
            },
        )
        if template == "booking_handed_over" and address:
            continue  # says only that there is something to read
        assert f"http://localhost/{page}" in sent.text
        assert sms.signs(sent.text) <= sms.MOST_SIGNS or address is None
