"""Writing proposals beside a draft: the rows below, nothing about who may."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.applications import reading_queries
from portal.applications.models import Application
from portal.applications.places import Place, Value
from portal.applications.reading_along import Proposal
from portal.core.db import new_id

_WRITTEN_ANEW = ("id", "value", "by_id", "by_name", "proposed_at")


def keep(
    session: Session,
    *,
    application: Application,
    place: Place,
    value: Value,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write what is proposed for a place; each holds one. A new proposal has a new id."""
    adding = insert(Proposal).values(
        id=new_id(),
        application_id=application.id,
        question_id=place.question,
        row_id=place.row,
        owner_id=place.owner,
        value=value,
        by_id=by.id,
        by_name=by.name,
        proposed_at=now,
    )
    session.execute(
        adding.on_conflict_do_update(
            constraint="uq_application_proposals_place",
            set_={name: adding.excluded[name] for name in _WRITTEN_ANEW},
        )
    )


def forget(session: Session, *, proposal: Proposal) -> None:
    """Take a proposal away."""
    session.execute(delete(Proposal).where(Proposal.id == proposal.id))


def carry_over(
    session: Session,
    *,
    application: Application,
    target: Callable[[Place, Value], Place | None],
) -> list[tuple[Place, Value]]:
    """Move what is proposed to another version; return what has no `target` there and is gone."""
    gone = []
    for proposal in reading_queries.proposals_in(session, application=application):
        place = place_of(proposal)
        new = target(place, proposal.value)
        if new is None:
            gone.append((place, proposal.value))
            forget(session, proposal=proposal)
        else:
            proposal.question_id = new.question
    return gone


def place_of(proposal: Proposal) -> Place:
    """Return the place that a proposal is for."""
    return Place(proposal.question_id, proposal.row_id, proposal.owner_id)
