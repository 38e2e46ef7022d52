"""Opening, proving anew and ending the sessions of people; what a request does stands in `session`.

The browser holds a secret, the row its hash. The secret is new at each sign-in and each new proof,
and the old one opens nothing any more (ASVS 7.2.4).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts import rules
from portal.accounts.keys import Ended, Method, PortalSession
from portal.accounts.models import Citizen, Person, Representation, StaffMember
from portal.accounts.service.secrets import hash_of, new_secret
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import new_id


def open_session(
    session: Session,
    *,
    person: Person,
    method: Method,
    device: str,
    network: str,
    now: datetime,
    level: int | None = None,
    provider_session: str | None = None,
) -> tuple[PortalSession, str]:
    """Open a session for `person`; return its row and the secret for the cookie.

    `level` is what a provider vouched for; the other ways have their own (`SIGN_IN_METHODS`).
    """
    secret = new_secret()
    opened = PortalSession(
        id=new_id(),
        secret_hash=hash_of(secret),
        method=method,
        level=min(level or 3, rules.SIGN_IN_METHODS[method].level),
        device=device,
        network=network,
        started_at=now,
        seen_at=now,
        stepped_up_at=now,
        provider_session=provider_session,
        citizen=person if isinstance(person, Citizen) else None,
        staff_member=person if isinstance(person, StaffMember) else None,
    )
    session.add(opened)
    audit.record(
        session,
        deed="accounts.signed_in",
        subject=(person.actor.kind, person.id),
        by=person,
        now=now,
        network=network,
        method=method,
    )
    return opened, secret


def prove_anew(session: Session, *, opened: PortalSession, method: Method, now: datetime) -> str:
    """Write down that the person has proved who they are; return the new secret for the cookie."""
    secret = new_secret()
    opened.secret_hash = hash_of(secret)
    opened.stepped_up_at = opened.seen_at = now
    if rules.is_better(method, than=opened.method):
        opened.method = method
    audit.record(
        session,
        deed="accounts.proved_anew",
        subject=(opened.person.actor.kind, opened.person.id),
        by=opened.person,
        now=now,
        method=method,
    )
    return secret


def note_use(session: Session, *, id: UUID, now: datetime) -> None:
    """Write down that a session was used; it lives on from here."""
    session.execute(
        update(PortalSession)
        .where(PortalSession.id == id, PortalSession.ended_at.is_(None))
        .values(seen_at=now)
    )


def end_session(
    session: Session, *, opened: PortalSession, why: Ended, by: Acting, now: datetime
) -> None:
    """End one session; ended is ended."""
    if opened.ended_at is not None:
        return
    opened.ended_at, opened.ended_why = now, why
    person = opened.citizen_id or opened.staff_member_id
    audit.record(
        session,
        deed="accounts.signed_out",
        subject=("citizen" if opened.citizen_id else "staff", str(person)),
        by=by,
        now=now,
        why=why,
        session_id=opened.id,
    )


def end_all(
    session: Session,
    *,
    person: Person,
    why: Ended,
    now: datetime,
    but: PortalSession | None = None,
) -> None:
    """End every session of a person at once, if wanted `but` one (ASVS 7.4.1 to 7.4.5)."""
    mine = (
        PortalSession.staff_member_id == person.id
        if isinstance(person, StaffMember)
        else PortalSession.citizen_id == person.id
    )
    others = [PortalSession.id != but.id] if but else []
    session.execute(
        update(PortalSession)
        .where(mine, PortalSession.ended_at.is_(None), *others)
        .values(ended_at=now, ended_why=why)
        .execution_options(synchronize_session="fetch")
    )


def sign_out_everywhere(
    session: Session, *, person: Person, by: Acting, now: datetime, why: Ended = Ended.SIGNED_OUT
) -> None:
    """End every session of a person, this one too."""
    end_all(session, person=person, why=why, now=now)
    audit.record(
        session,
        deed="accounts.signed_out_everywhere",
        subject=(person.actor.kind, person.id),
        by=by,
        now=now,
    )


def act_for(
    session: Session,
    *,
    opened: PortalSession,
    representation: Representation | None,
    now: datetime,
) -> None:
    """Let this session act by `representation` from the next request on; None: for oneself."""
    opened.representation_id = representation.id if representation else None
    audit.record(
        session,
        deed="accounts.acts_for" if representation else "accounts.acts_for_oneself",
        subject=("citizen", representation.principal_id if representation else opened.person.id),
        by=opened.person,
        now=now,
        representation=representation.id if representation else None,
    )
