"""What accounts write to people: links with a secret, and news about their keys.

Nobody can fill the mailbox of another: of each message only some go out in an hour.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts import queries, rules, slowdown
from portal.accounts.keys import ContactChange, LinkPurpose, SecretLink
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.service.secrets import hash_of, new_secret
from portal.core.db import new_id
from portal.notifications import service as notifications


def send_link(
    session: Session,
    person: Person,
    purpose: LinkPurpose,
    *,
    now: datetime,
    change: ContactChange | None = None,
) -> bool:
    """Send a new link, which makes the older ones worthless; the secret is in the message only.

    Return False when nothing was sent (see `send`); the older links work on then.
    """
    link, secret = new_link(person, purpose, now=now, change=change)
    address = change.address if change and purpose == LinkPurpose.CHANGE_TO else person.address
    sent = send(session, person, purpose.value, address=address, now=now, link=link, secret=secret)
    if sent:
        forget_links(session, person, purpose, now=now)
        session.add(link)
    return sent


def new_link(
    person: Person, purpose: LinkPurpose, *, now: datetime, change: ContactChange | None = None
) -> tuple[SecretLink, str]:
    """Make a link and its secret; the caller adds it to the session."""
    secret = new_secret()
    link = SecretLink(
        id=new_id(),
        citizen=person if isinstance(person, Citizen) else None,
        staff_member=person if isinstance(person, StaffMember) else None,
        purpose=purpose,
        change=change,
        secret_hash=hash_of(secret),
        created_at=now,
        expires_at=now + rules.LINK_LASTS[purpose],
    )
    return link, secret


def send(
    session: Session,
    person: Person,
    template: str,
    *,
    now: datetime,
    address: str | None = None,
    **context: object,
) -> bool:
    """Write to a person, if there is an address and it did not get the same thrice this hour."""
    address = address or person.address
    if address is None:
        return False
    key = slowdown.key_of("mail", template, address)
    since = now - rules.NETWORK.within
    if len(queries.attempts_on(session, key, since=since)) >= rules.MAILS_TO_ONE_ADDRESS:
        return False
    slowdown.count(session, key, now=now)
    notifications.send(
        session,
        template=template,
        address=address,
        recipient_id=person.id,
        now=now,
        context={"person": person, **context},
        language=person.language if isinstance(person, Citizen) else "de",
        at_once=True,  # links and warnings: somebody waits, or must hear at once
    )
    return True


def forget_links(session: Session, person: Person, purpose: LinkPurpose, *, now: datetime) -> None:
    """Make the links of this purpose worthless."""
    owner = (
        SecretLink.staff_member_id == person.id
        if isinstance(person, StaffMember)
        else SecretLink.citizen_id == person.id
    )
    session.execute(
        update(SecretLink)
        .where(owner, SecretLink.purpose == purpose, SecretLink.used_at.is_(None))
        .values(used_at=now)
    )
