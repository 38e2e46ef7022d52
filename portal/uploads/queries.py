"""Questions about uploads: only who sends a file finds it, whoever owns it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.models import Citizen
from portal.core.errors import NotFound
from portal.core.vault.models import StoredFile, StoredPiece
from portal.uploads.models import Upload, UploadState


def upload_for(session: Session, id: UUID, *, owner: Citizen, sender: Citizen) -> Upload:
    """Return an upload that `sender` has begun for `owner`, with its file."""
    found = session.scalar(
        select(Upload)
        .where(Upload.id == id, Upload.owner_id == owner.id, Upload.sender_id == sender.id)
        .options(joinedload(Upload.file))
        .order_by(Upload.id)
    )
    if found is None:
        raise NotFound
    return found


def with_file(session: Session, ids: Sequence[UUID]) -> Sequence[Upload]:
    """Return uploads with their files, for who has asked already whether they may."""
    return session.scalars(
        select(Upload)
        .where(Upload.id.in_(ids))
        .options(joinedload(Upload.file))
        .order_by(Upload.id)
    ).all()


def waiting(
    session: Session, *, owner: Citizen, sender: Citizen, now: datetime, basket: str | None = None
) -> Sequence[Upload]:
    """Return what `sender` has on the way for `owner`, in its order, with the files."""
    wanted = select(Upload).where(
        Upload.owner_id == owner.id, Upload.sender_id == sender.id, Upload.expires_at > now
    )
    if basket is not None:
        wanted = wanted.where(Upload.basket == basket)
    return session.scalars(
        wanted.options(joinedload(Upload.file)).order_by(
            Upload.basket, Upload.position, Upload.started_at, Upload.id
        )
    ).all()


def sent_by(session: Session, *, sender: Citizen) -> Sequence[Upload]:
    """Return all that a person has on the way, for whomever."""
    return session.scalars(
        select(Upload).where(Upload.sender_id == sender.id).order_by(Upload.id)
    ).all()


def next_position(session: Session, *, owner: Citizen, basket: str) -> int:
    """Return the place behind the last file of a basket."""
    last = session.scalar(
        select(func.max(Upload.position)).where(
            Upload.owner_id == owner.id, Upload.basket == basket
        )
    )
    return 0 if last is None else last + 1


def locked(session: Session, ids: Sequence[UUID]) -> list[Upload]:
    """Return those uploads that are still there, as they are now, and keep others off them.

    The row of the file is what everybody locks who changes an upload, in the order of ids.
    """
    found = session.scalars(
        select(Upload)
        .join(Upload.file)
        .where(Upload.id.in_(ids))
        .options(contains_eager(Upload.file))
        .order_by(StoredFile.id)
        .with_for_update(of=StoredFile)
        .execution_options(populate_existing=True)
    ).all()
    return list(found)


def number_of_pieces(session: Session, *, upload: Upload) -> int:
    """Return in how many pieces the file has come so far."""
    return (
        session.scalar(
            select(func.count())
            .select_from(StoredPiece)
            .where(StoredPiece.file_id == upload.file_id)
        )
        or 0
    )


def left_unseen(session: Session, *, before: datetime, limit: int) -> Sequence[Upload]:
    """Return uploads that are whole and that nobody has looked at: a process has died over them."""
    return session.scalars(
        select(Upload)
        .join(Upload.file)
        .where(
            Upload.state == UploadState.RECEIVING,
            StoredFile.size == Upload.length,
            Upload.changed_at < before,
        )
        .options(contains_eager(Upload.file))
        .order_by(Upload.changed_at, Upload.id)
        .limit(limit)
    ).all()


def expired(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return uploads that have waited too long."""
    return session.scalars(
        select(Upload.id)
        .where(Upload.expires_at < now)
        .order_by(Upload.expires_at, Upload.id)
        .limit(limit)
    ).all()
