"""Reading the parts that others fill in: who applies sees all of an application, others theirs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen
from portal.applications import queries
from portal.applications.models import Application, ApplicationState, OwnPart
from portal.applications.queries import Filled
from portal.applications.sheet import Eyes
from portal.core.errors import NotFound


def _parts() -> Select[OwnPart]:
    return (
        select(OwnPart)
        .options(
            joinedload(OwnPart.citizen),
            joinedload(OwnPart.application).joinedload(Application.citizen),
        )
        .order_by(OwnPart.made_at, OwnPart.id)
    )


def parts_of(session: Session, *, application: Application) -> Sequence[OwnPart]:
    """Return the parts of an application that are given away; the caller may see it."""
    return session.scalars(
        _parts().where(OwnPart.application_id == application.id, OwnPart.revoked_at.is_(None))
    ).all()


def given_by(session: Session, id: UUID, *, asker: Citizen) -> OwnPart:
    """Return one part that the asker gave away, whatever became of it, or raise `NotFound`."""
    found = session.scalar(
        _parts()
        .join(OwnPart.application)
        .where(OwnPart.id == id, Application.citizen_id == asker.id)
    )
    if found is None:
        raise NotFound
    return found


def held_by(session: Session, *, asker: Citizen) -> Sequence[OwnPart]:
    """Return the parts of drafts that the asker fills in, the oldest first."""
    return session.scalars(
        _parts()
        .join(OwnPart.application)
        .where(
            OwnPart.citizen_id == asker.id,
            OwnPart.revoked_at.is_(None),
            Application.state == ApplicationState.DRAFT,
        )
    ).all()


def filled_for(session: Session, id: UUID, *, asker: Citizen) -> tuple[OwnPart, Filled]:
    """Return a part that the asker fills in, with the sheet of this part; else `NotFound`."""
    found = session.scalar(
        _parts().where(
            OwnPart.id == id, OwnPart.citizen_id == asker.id, OwnPart.revoked_at.is_(None)
        )
    )
    if found is None:
        raise NotFound
    sheet = queries.sheet_of(session, application=found.application)
    return found, Filled(found.application, sheet.seen_with(Eyes(only=found.owner_id)))


def by_hash(session: Session, code_hash: str) -> OwnPart | None:
    """Return the part of a code, locked: one code, one person."""
    return session.scalar(
        _parts()
        .where(OwnPart.code_hash == code_hash)
        .with_for_update(of=OwnPart)
        .execution_options(populate_existing=True)
    )


def to_change(session: Session, *, part: OwnPart) -> OwnPart:
    """Return a part as it is now, locked until this transaction ends."""
    return session.scalars(
        _parts()
        .where(OwnPart.id == part.id)
        .with_for_update(of=OwnPart)
        .execution_options(populate_existing=True)
    ).one()
