"""The deeds of representation: invite, accept, grant, end, switch.

A representation counts from its row: every request asks anew, so ending one works at once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import slowdown
from portal.accounts.keys import PortalSession
from portal.accounts.models import (
    Citizen,
    HelperInvitation,
    Power,
    Representation,
    RepresentationKind,
)
from portal.accounts.service import sessions
from portal.accounts.service.secrets import hash_of, new_code, plain_code
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import new_id
from portal.core.errors import Expired
from portal.notifications import service as notifications
from portal.representation import queries, rules
from portal.representation.rules import Period

CODE_LENGTH = 8


def invite(
    session: Session,
    *,
    principal: Citizen,
    kind: RepresentationKind,
    powers: Iterable[Power],
    period: Period,
    now: datetime,
) -> tuple[HelperInvitation, str]:
    """Draw a code with which one person may act for `principal`; return it with the invitation.

    An earlier code of this kind that still waits is worth nothing any more.
    """
    guardians = queries.guardians_of(session, principal=principal, now=now)
    rules.check_can_invite(kind, guardians, now=now)
    given = rules.powers_given(kind, powers)
    help_ends_at = rules.ends_at(kind, period, now=now)
    for waiting in queries.open_invitations_of(session, asker=principal, now=now):
        if waiting.kind is kind:
            waiting.withdrawn_at = now
    code = new_code(CODE_LENGTH)
    invitation = HelperInvitation(
        id=new_id(),
        kind=kind,
        principal=principal,
        code_hash=hash_of(plain_code(code)),
        powers=_sorted(given),
        created_at=now,
        expires_at=now + rules.CODE_LASTS[kind],
        help_ends_at=help_ends_at,
    )
    session.add(invitation)
    session.flush()  # the trail and the address of the page name it
    _record(session, "representation.invited", principal, by=principal, now=now, kind=kind)
    return invitation, code


def withdraw(session: Session, *, invitation: HelperInvitation, by: Citizen, now: datetime) -> None:
    """Make a code worthless that nobody has taken yet."""
    rules.check_is_open(invitation, now=now)
    invitation.withdrawn_at = now
    _record(session, "representation.invitation_withdrawn", by, by=by, now=now)


def look_at(
    session: Session, *, code: str, tries: slowdown.Tries, known: bool, now: datetime
) -> HelperInvitation:
    """Return the open invitation of a code; raise `Expired` for a wrong one, `TooMany` to wait.

    The caller counts wrong ones with `tries`, in a transaction that stays.
    """
    tries.check(session, known=known, now=now)
    found = queries.invitation_by_hash(session, hash_of(plain_code(code)))
    rules.check_is_open(found, now=now)
    if found is None:
        raise Expired("")
    return found


def accept(
    session: Session,
    *,
    code: str,
    by: Citizen,
    opened: PortalSession,
    organisation: str | None = None,
    now: datetime,
) -> Representation:
    """Take a code: from now on `by` may act for who gave it. One code, one person.

    What an organisation takes, and help for this sitting only, lives no longer than the session
    `opened`.
    """
    found = queries.invitation_by_hash(session, hash_of(plain_code(code)), lock=True)
    rules.check_can_accept(found, by, now=now)
    if found is None:
        raise Expired("")
    organisation = (organisation or "").strip() or None
    kind = rules.kind_taken(found, organisation=organisation)
    of_session = kind is RepresentationKind.HELPER_ORGANISATION or rules.is_for_a_sitting(found)
    representation = grant(
        session,
        principal=found.principal,
        representative=by,
        kind=kind,
        powers=[Power(power) for power in found.powers],
        organisation=organisation,
        starts_at=now,
        ends_at=min(found.help_ends_at, now + rules.LONGEST[kind]),
        session_of=opened if of_session else None,
        by=by,
        now=now,
    )
    found.accepted_at, found.representation_id = now, representation.id
    return representation


def grant(
    session: Session,
    *,
    principal: Citizen,
    representative: Citizen,
    kind: RepresentationKind,
    powers: Iterable[Power],
    starts_at: datetime,
    ends_at: datetime | None,
    by: Acting,
    now: datetime,
    organisation: str | None = None,
    task_areas: Iterable[rules.TaskArea] = (),
    consent_reserved: bool = False,
    proof: str | None = None,
    session_of: PortalSession | None = None,
    case_id: UUID | None = None,
) -> Representation:
    """Let one person act for another; both are told. The same two and kind: the new one counts."""
    given = rules.powers_given(kind, powers)
    rules.check_period(kind, starts_at=starts_at, ends_at=ends_at, now=now)
    for old in queries.earlier(
        session, principal=principal, representative=representative, kind=kind
    ):
        old.revoked_at, old.revoked_by_name = now, by.actor.name
    areas = list(task_areas)
    representation = Representation(
        id=new_id(),
        kind=kind,
        principal=principal,
        representative=representative,
        powers=_sorted(given),
        organisation=organisation,
        task_areas=",".join(areas) or None,
        consent_reserved=consent_reserved,
        proof=proof,
        starts_at=starts_at,
        ends_at=ends_at,
        session_id=session_of.id if session_of else None,
        granted_at=now,
        granted_by_name=by.actor.name,
    )
    session.add(representation)
    session.flush()  # sessions name it
    _record(
        session,
        "representation.granted",
        principal,
        by=by,
        now=now,
        case_id=case_id,
        representation=representation.id,
        representative={"id": representative.id, "name": representative.name},
        kind=kind,
        powers=representation.powers,
        organisation=organisation,
        areas=areas,
        proof=proof,
        until=ends_at.isoformat() if ends_at else None,
    )
    _tell_both(session, "representation_granted", representation, now=now)
    return representation


def end(session: Session, *, representation: Representation, by: Citizen, now: datetime) -> None:
    """End a representation as one of its two people; ended is ended, on the next request."""
    rules.check_can_end(representation, by)
    _end(session, representation=representation, by=by, now=now)


def end_by_office(
    session: Session,
    *,
    representation: Representation,
    why: str,
    by: Acting,
    now: datetime,
    case_id: UUID | None = None,
) -> None:
    """End a representation for the office, which has seen why; the view asks for the right."""
    _end(session, representation=representation, by=by, now=now, why=why, case_id=case_id)


def _end(
    session: Session,
    *,
    representation: Representation,
    by: Acting,
    now: datetime,
    why: str = "",
    case_id: UUID | None = None,
) -> None:
    if representation.revoked_at is not None:
        return
    representation.revoked_at, representation.revoked_by_name = now, by.actor.name
    _record(
        session,
        "representation.ended",
        representation.principal,
        by=by,
        now=now,
        case_id=case_id,
        representation=representation.id,
        why=why or None,
    )
    _tell_both(session, "representation_ended", representation, now=now)


def switch(
    session: Session,
    *,
    opened: PortalSession,
    representation: Representation | None,
    by: Citizen,
    now: datetime,
) -> None:
    """Let this browser act for somebody else from the next request on, or for oneself again."""
    if representation is not None:
        rules.check_can_switch(representation, by, now=now)
    sessions.act_for(session, opened=opened, representation=representation, now=now)


def announce_end(session: Session, *, representation: Representation, now: datetime) -> None:
    """Tell both that a representation ends soon."""
    _tell_both(session, "representation_ends_soon", representation, now=now)


def _tell_both(
    session: Session, template: str, representation: Representation, *, now: datetime
) -> None:
    for person in (representation.principal, representation.representative):
        notifications.send(
            session,
            template=template,
            address=person.address,
            recipient_id=person.id,
            now=now,
            context={"person": person, "representation": representation},
            language=person.language,
        )


def _sorted(powers: Iterable[Power]) -> list[str]:
    held = set(powers)
    return [power.value for power in Power if power in held]


def _record(
    session: Session,
    deed: str,
    principal: Citizen,
    *,
    by: Acting,
    now: datetime,
    case_id: UUID | None = None,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("citizen", principal.id),
        by=by,
        now=now,
        case_id=case_id,
        **facts,
    )
