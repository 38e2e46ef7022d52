"""What the worker does: write down each objection that was sent, see that releases lie right."""

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from portal.core.jobs import Lane, every, job
from portal.decisions import objecting, queries, service


@job("decisions.receive_objection", lane=Lane.PROMPT)
def receive_objection(session: Session, *, now: datetime, application_id: str) -> None:
    """Write down that one objection came, once."""
    application = queries.sent_to_receive(session, UUID(application_id))
    if application is not None:
        objecting.receive(session, application=application, now=now, land=_land())


@every("*/10 * * * *", "decisions.receive_objections")
def receive_objections(session: Session, *, now: datetime) -> None:
    """Write down what was sent and has got stuck."""
    for id in queries.unreceived(session, form=objecting.FORM):
        application = queries.sent_to_receive(session, id)
        if application is not None:
            objecting.receive(session, application=application, now=now, land=_land())


@every("7-59/10 * * * *", "decisions.look_after_releases")
def look_after_releases(session: Session, *, now: datetime) -> None:
    """See that each waiting decision lies with somebody who may release it."""
    for decision in queries.waiting_for_release(session):
        service.look_after(session, decision=decision, now=now)


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land
