"""What ends with an application: open rounds, unsent supplements, what waits for the office."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.applications import correction_queries, queries
from portal.applications.models import Application, CorrectionRound, RoundEnd, Supplement
from portal.audit.models import Acting
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


def close(
    session: Session, *, round: CorrectionRound, to: RoundEnd, by: Acting, now: datetime
) -> None:
    """Close a round; its item disappears, and so does an answer that was not sent."""
    round.closed_at = now
    round.closed_by_name = by.actor.name
    round.end_kind = to
    inbox.close_items(
        session, kind=ItemKind.CORRECTION_ANSWERED, subject_id=round.id, by=by, now=now
    )
    session.execute(
        delete(Supplement).where(Supplement.round_id == round.id, Supplement.sent_at.is_(None))
    )


def end_all(session: Session, *, application: Application, by: Acting, now: datetime) -> None:
    """Close everything that was open about an application that is decided or taken back."""
    for round in correction_queries.rounds_of(session, application=application):
        if round.closed_at is None:
            close(session, round=round, to=RoundEnd.SUPERSEDED, by=by, now=now)
    sent = queries.supplements_to(session, ids=[application.id])
    for supplement in sent.get(application.id, ()):
        inbox.close_items(
            session, kind=ItemKind.SUPPLEMENT, subject_id=supplement.id, by=by, now=now
        )
    session.execute(
        delete(Supplement).where(
            Supplement.application_id == application.id, Supplement.sent_at.is_(None)
        )
    )
