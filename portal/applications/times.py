"""How long decisions took lately: median and 90 %, computed by the database every night.

Days are counted on the calendar of the office, from the day of arrival to that of the decision.
"""

from datetime import datetime

from sqlalchemy import Date, cast, delete, func, select, tuple_
from sqlalchemy.orm import Session

from portal.applications.models import Application, ApplicationState, ProcessingTime
from portal.applications.rules import ALL_FORMS, LOOKS_BACK
from portal.core import clock

HALF, NINE_IN_TEN = 0.5, 0.9


def measure(session: Session, *, now: datetime) -> None:
    """Write anew how long the decisions of the last year took, by form and for all together."""
    zone = clock.BERLIN.key
    decided = cast(func.timezone(zone, Application.decided_at), Date)
    arrived = cast(func.timezone(zone, Application.submitted_at), Date)
    days = decided - arrived
    form = func.coalesce(Application.form, ALL_FORMS)
    found = session.execute(
        select(
            form,
            func.count(),
            func.percentile_disc(HALF).within_group(days),
            func.percentile_disc(NINE_IN_TEN).within_group(days),
        )
        .where(
            Application.state == ApplicationState.DECIDED,
            Application.decided_at > now - LOOKS_BACK,
        )
        .group_by(func.grouping_sets(tuple_(Application.form), tuple_()))
        .order_by(form)
    ).all()
    session.execute(delete(ProcessingTime))
    session.add_all(
        ProcessingTime(form=name, decided=count, half_days=half, most_days=most, computed_at=now)
        for name, count, half, most in found
        if count
    )
