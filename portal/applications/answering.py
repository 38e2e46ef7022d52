"""Writing answers of a draft: the rows below, nothing about who may."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.applications.models import Answer, Application, OwnPart
from portal.applications.places import Kept, Place
from portal.core.db import new_id

_WRITTEN_ANEW = ("value", "source", "by_name", "changed_at", "confirmed_at")


def keep(
    session: Session, *, application: Application, answers: Mapping[Place, Kept], now: datetime
) -> None:
    """Write these answers of a draft; each place holds one."""
    if not answers:
        return
    adding = insert(Answer).values(
        [
            {
                "id": new_id(),
                "application_id": application.id,
                "question_id": place.question,
                "row_id": place.row,
                "owner_id": place.owner,
                "value": kept.value,
                "source": kept.source,
                "by_name": kept.by,
                "changed_at": now,
                "confirmed_at": now if kept.is_confirmed else None,
            }
            for place, kept in answers.items()
        ]
    )
    session.execute(
        adding.on_conflict_do_update(
            constraint="uq_application_answers_place",
            set_={name: adding.excluded[name] for name in _WRITTEN_ANEW},
        )
    )


def forget(session: Session, *, application: Application, places: Sequence[Place]) -> None:
    """Take the answers of these places out of a draft."""
    for row, owner in {(place.row, place.owner) for place in places}:
        emptied = [one.question for one in places if (one.row, one.owner) == (row, owner)]
        session.execute(
            delete(Answer).where(
                Answer.application_id == application.id,
                Answer.question_id.in_(emptied),
                Answer.row_id.is_not_distinct_from(row),
                Answer.owner_id.is_not_distinct_from(owner),
            )
        )


def unconfirm(
    session: Session, *, application: Application, owners: Collection[UUID | None]
) -> None:
    """Undo what these persons have confirmed of their parts: an answer in them has changed.

    A sheet of paper that was printed for a signature does not say any more what they have said.
    """
    session.execute(
        update(OwnPart)
        .where(
            OwnPart.application_id == application.id,
            OwnPart.owner_id.in_([owner for owner in owners if owner is not None]),
            or_(OwnPart.confirmed_at.is_not(None), OwnPart.on_paper_at.is_not(None)),
        )
        .values(confirmed_at=None, on_paper_at=None, paper_sha256=None, paper_came_at=None)
    )
