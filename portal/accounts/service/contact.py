"""How the office reaches a citizen: telephone and post at once, a new address only when proved."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import addresses, queries, rules
from portal.accounts.keys import ContactChange, LinkPurpose, SecretLink
from portal.accounts.models import Citizen
from portal.accounts.service import letters
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import lost_race, new_id
from portal.core.errors import Expired, InvalidInput


def change_contact(
    session: Session,
    *,
    citizen: Citizen,
    phone: str | None,
    street: str | None,
    postcode: str | None,
    city: str | None,
    by: Acting,
    now: datetime,
) -> None:
    """Write down how to reach a citizen; what is empty is forgotten."""
    given = {"phone": phone, "street": street, "postcode": postcode, "city": city}
    changed = [name for name, value in given.items() if getattr(citizen, name) != (value or None)]
    for name in changed:
        setattr(citizen, name, given[name] or None)
    if changed:
        audit.record(
            session,
            deed="accounts.contact_changed",
            subject=("citizen", citizen.id),
            by=by,
            now=now,
            fields=changed,
        )


def ask_for_new_address(
    session: Session, *, citizen: Citizen, address: str, now: datetime
) -> ContactChange:
    """Send a link to the new address and one to where messages went so far: only both change it.

    Somebody at a browser that was left open can change nothing without the old mailbox; somebody
    with the old mailbox only is told. That holds for a first mobile number or e-mail address, too:
    links for a new password would go there. An address that another account has gets no link, and
    the page says the same.
    """
    email, mobile = addresses.split(address)
    address = email or mobile or ""
    if address in {citizen.email, citizen.mobile}:
        raise InvalidInput(gettext("Das ist schon Ihre Adresse."), field="address")
    for earlier in queries.open_changes(session, citizen):
        earlier.closed_at = now
    change = ContactChange(
        id=new_id(),
        citizen=citizen,
        address=address,
        asked_at=now,
        expires_at=now + rules.CONTACT_CHANGE_LASTS,
        old_confirmed_at=None if citizen.address else now,
    )
    session.add(change)
    session.flush()  # the links name it
    if change.old_confirmed_at is None:
        letters.send_link(session, citizen, LinkPurpose.CHANGE_FROM, now=now, change=change)
    if queries.citizen_by_address(session, address) is None:
        letters.send_link(session, citizen, LinkPurpose.CHANGE_TO, now=now, change=change)
    audit.record(
        session,
        deed="accounts.address_change_asked",
        subject=("citizen", citizen.id),
        by=citizen,
        now=now,
    )
    return change


def confirm_change(session: Session, *, link: SecretLink, now: datetime) -> ContactChange:
    """Take one of the two links; with the second one the new address counts."""
    rules.check_link(link, now=now)
    change = link.change
    if change is None or change.closed_at is not None or now >= change.expires_at:
        raise Expired(gettext("Diese Änderung ist abgelaufen. Beginnen Sie sie bitte neu."))
    link.used_at = now
    if link.purpose == LinkPurpose.CHANGE_FROM:
        change.old_confirmed_at = now
    else:
        change.new_confirmed_at = now
    if change.old_confirmed_at and change.new_confirmed_at:
        _carry_out(session, change, queries.citizen_of(link), now=now)
    return change


def _carry_out(session: Session, change: ContactChange, citizen: Citizen, *, now: datetime) -> None:
    old = _replaced_by(citizen, change.address) or citizen.address
    with lost_race(session, "uq_citizens_", gettext("Diese Adresse hat inzwischen ein Konto.")):
        if "@" in change.address:
            citizen.email = change.address
        else:
            citizen.mobile = change.address
        session.flush()  # the constraint answers now
    change.closed_at = now
    audit.record(
        session,
        deed="accounts.address_changed",
        subject=("citizen", citizen.id),
        by=citizen,
        now=now,
    )
    if old:
        letters.send(session, citizen, "address_changed", address=old, now=now)


def _replaced_by(citizen: Citizen, address: str) -> str | None:
    """Return the address whose place a new one takes; a first one of its kind takes none."""
    return citizen.email if "@" in address else citizen.mobile
