"""The demo office and messages: wishes about them, one that did not arrive, a calendar to read.

The address of the calendar is lost at once: whoever wants to try it makes a new one on the page.
"""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.message_wishes import Lead, Route
from portal.accounts.models import Citizen
from portal.accounts.service import wishing
from portal.casefiles import mails, undelivered
from portal.dev.people import CITIZENS
from portal.dev.stage import Office
from portal.feeds import service as feeds
from portal.notifications.models import Message, MessageState

BOTH_WAYS, NOT_REACHED = CITIZENS[0], CITIZENS[2]


def fill(office: Office) -> None:
    """Show both pages of a citizen, the item of the office, and the page of a calendar."""
    session, now = office.session, office.now
    oksana, anna = (
        session.scalars(select(Citizen).where(Citizen.email == demo.email)).one()
        for demo in (BOTH_WAYS, NOT_REACHED)
    )
    oksana.mobile = "+4915100000001"
    wishing.wish(
        session,
        citizen=oksana,
        route=Route.BOTH,
        leads=(Lead.WEEK, Lead.DAY, Lead.TWO_HOURS),
        language=oksana.language,
        by=oksana,
        now=now,
    )
    written = now + timedelta(seconds=1)  # the last word counts, and much was written now
    mails.write(session, template="document_requested", owner=anna, now=written)
    for message in session.scalars(select(Message).where(Message.created_at == written)):
        message.state = MessageState.FAILED
        message.failure = "SMTPRecipientsRefused: 550 5.1.1 user unknown"
    session.flush()  # the office is told of what stands in the table
    undelivered.tell(session, now=now)
    feeds.make(session, member=office.staff[0], now=now - timedelta(days=20))
