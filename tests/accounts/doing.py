"""What the tests of accounts do again and again: people with keys, browsers, mails and links."""

import re
import time
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.keys import PortalSession, TotpFactor
from portal.accounts.models import Citizen, Role, StaffMember
from portal.accounts.service import factors
from portal.core import clock, jobs
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts

PASSWORD = "grüner tee am morgen"
OTHER = "roter tee am abend"
EMAIL = "oksana@example.org"
LINK = re.compile(r"http://localhost(/\S+)")
ENOUGH_TIME = 5  # seconds


def citizen(session: Session, **fields: object) -> Citizen:
    """Make Oksana with her password."""
    made = accounts.citizen(
        session, **{"email": EMAIL, "password_hash": passwords.hash_of(PASSWORD), **fields}
    )
    session.commit()
    return made


def member(session: Session, *roles: Role, **fields: object) -> StaffMember:
    """Make a staff member with a password."""
    made = accounts.staff_member(
        session,
        *(roles or (Role.BENEFIT_OFFICER,)),
        **{
            "email": "jana@jobcenter.example",
            "password_hash": passwords.hash_of(PASSWORD),
            **fields,
        },
    )
    session.commit()
    return made


def with_app(session: Session, person: Citizen | StaffMember) -> TotpFactor:
    """Give somebody an app with codes."""
    factor = factors.begin_app(session, person=person, now=clock.now())
    factor.confirmed_at = clock.now()
    session.commit()
    return factor


def wait_for_time() -> None:
    """Let a code that is about to end be over: it must still count when it arrives."""
    left = factors.PERIOD - clock.now().timestamp() % factors.PERIOD
    if left < ENOUGH_TIME:
        time.sleep(left + 0.05)


def code_of(session: Session, person: Citizen | StaffMember, now: datetime | None = None) -> str:
    """Return what the app of somebody shows, with time enough to send it."""
    if now is None:
        wait_for_time()
    column = TotpFactor.citizen_id if isinstance(person, Citizen) else TotpFactor.staff_member_id
    factor = session.scalars(select(TotpFactor).where(column == person.id)).one()
    return factors.current_code(factor, person=person, now=now or clock.now())


def browser(client: PortalClient) -> PortalClient:
    """Open another browser."""
    return PortalClient(client.application, client.response_wrapper, use_cookies=True)


def sign_in(
    client: PortalClient,
    password: str = PASSWORD,
    *,
    address: str = EMAIL,
    next: str = "",
    **kwargs: object,
) -> TestResponse:
    """Send the form of the sign-in page."""
    return client.post_form(
        f"/anmelden{next}", {"address": address, "password": password}, **kwargs
    )


def is_signed_in(client: PortalClient) -> bool:
    """Tell whether the account opens."""
    return client.get("/konto").status_code == 200


def opened(session: Session) -> list[PortalSession]:
    """Return all sessions, the oldest first."""
    session.expire_all()
    return list(
        session.scalars(select(PortalSession).order_by(PortalSession.started_at, PortalSession.id))
    )


def mails(session: Session, template: str | None = None) -> list[Message]:
    """Let the worker run; return what was written, the oldest first."""
    jobs.run_due(session, clock.now())
    session.expire_all()
    found = session.scalars(select(Message).order_by(Message.created_at, Message.id))
    return [mail for mail in found if template in {None, mail.template}]


def link_in(mail: Message) -> str:
    """Return the path of the first link of a mail."""
    found = LINK.search(mail.text)
    assert found
    return found[1]
