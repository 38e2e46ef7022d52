"""Reading who acts for whom: each asker sees what they gave and what they hold."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.keys import PortalSession
from portal.accounts.models import (
    Citizen,
    HelperInvitation,
    Representation,
    RepresentationKind,
)
from portal.core.errors import NotFound

_QUIET_SESSION = timedelta(hours=1)


def _counts(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a representation counts now; one of a session dies with it."""
    session_lives = exists().where(
        PortalSession.id == Representation.session_id,
        PortalSession.ended_at.is_(None),
        PortalSession.seen_at > now - _QUIET_SESSION,
    )
    return and_(
        Representation.revoked_at.is_(None),
        Representation.starts_at <= now,
        or_(Representation.ends_at.is_(None), Representation.ends_at > now),
        or_(Representation.session_id.is_(None), session_lives),
    )


def _representations() -> Select[Representation]:
    return (
        select(Representation)
        .options(joinedload(Representation.principal), joinedload(Representation.representative))
        .order_by(Representation.granted_at.desc(), Representation.id)
    )


def given_by(session: Session, *, asker: Citizen, now: datetime) -> Sequence[Representation]:
    """Return who may act for the asker now, the newest first."""
    return session.scalars(
        _representations().where(Representation.principal_id == asker.id, _counts(now))
    ).all()


def held_by(
    session: Session, *, asker: Citizen, now: datetime, limit: int = 200
) -> Sequence[Representation]:
    """Return for whom the asker may act now, by name."""
    found = session.scalars(
        _representations()
        .where(Representation.representative_id == asker.id, _counts(now))
        .limit(limit)
    ).all()
    return sorted(found, key=lambda one: (one.principal.last_name, one.principal.first_name))


def representation_for(session: Session, id: UUID, *, asker: Citizen) -> Representation:
    """Return one representation that the asker gave or holds, locked; else raise `NotFound`."""
    found = session.scalar(
        _representations()
        .where(
            Representation.id == id,
            or_(
                Representation.principal_id == asker.id,
                Representation.representative_id == asker.id,
            ),
        )
        .with_for_update(of=Representation)
    )
    if found is None:
        raise NotFound
    return found


def about(
    session: Session, *, people: Iterable[Citizen], now: datetime
) -> Sequence[Representation]:
    """Return who may act now for these people; the caller has the right to their file."""
    ids = [person.id for person in people]
    return session.scalars(
        _representations().where(Representation.principal_id.in_(ids), _counts(now))
    ).all()


def one_about(session: Session, id: UUID, *, people: Iterable[Citizen]) -> Representation:
    """Return one representation of these people, locked, or raise `NotFound`."""
    found = session.scalar(
        _representations()
        .where(
            Representation.id == id,
            Representation.principal_id.in_([person.id for person in people]),
        )
        .with_for_update(of=Representation)
    )
    if found is None:
        raise NotFound
    return found


def guardians_of(
    session: Session, *, principal: Citizen, now: datetime
) -> Sequence[Representation]:
    """Return the guardians of a person."""
    return session.scalars(
        _representations().where(
            Representation.principal_id == principal.id,
            Representation.kind == RepresentationKind.GUARDIAN,
            _counts(now),
        )
    ).all()


def earlier(
    session: Session, *, principal: Citizen, representative: Citizen, kind: RepresentationKind
) -> Sequence[Representation]:
    """Return what a new representation of the same two people and kind takes the place of."""
    return session.scalars(
        _representations()
        .where(
            Representation.principal_id == principal.id,
            Representation.representative_id == representative.id,
            Representation.kind == kind,
            Representation.revoked_at.is_(None),
        )
        .with_for_update(of=Representation)
    ).all()


def ending(session: Session, *, after: datetime, before: datetime) -> Sequence[Representation]:
    """Return what ends between two moments and was not revoked."""
    return session.scalars(
        _representations().where(
            Representation.revoked_at.is_(None),
            Representation.ends_at > after,
            Representation.ends_at <= before,
        )
    ).all()


# Codes


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(
        HelperInvitation.accepted_at.is_(None),
        HelperInvitation.withdrawn_at.is_(None),
        HelperInvitation.expires_at > now,
    )


def open_invitations_of(
    session: Session, *, asker: Citizen, now: datetime
) -> Sequence[HelperInvitation]:
    """Return the codes of the asker that still wait, the newest first."""
    return session.scalars(
        select(HelperInvitation)
        .where(HelperInvitation.principal_id == asker.id, _open(now))
        .order_by(HelperInvitation.created_at.desc(), HelperInvitation.id)
    ).all()


def invitation_for(session: Session, id: UUID, *, asker: Citizen) -> HelperInvitation:
    """Return one of the asker's own codes, whatever became of it, or raise `NotFound`."""
    found = session.scalar(
        select(HelperInvitation).where(
            HelperInvitation.id == id, HelperInvitation.principal_id == asker.id
        )
    )
    if found is None:
        raise NotFound
    return found


def invitation_by_hash(
    session: Session, code_hash: str, *, lock: bool = False
) -> HelperInvitation | None:
    """Return the invitation of a code with who invites; with `lock`, only one takes it."""
    found = (
        select(HelperInvitation)
        .where(HelperInvitation.code_hash == code_hash)
        .options(joinedload(HelperInvitation.principal))
    )
    if lock:
        found = found.with_for_update(of=HelperInvitation).execution_options(populate_existing=True)
    return session.scalar(found)
