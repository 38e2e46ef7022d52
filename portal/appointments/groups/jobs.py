"""What the clock does for events: offer free seats, ask who came, find those without a lead."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments import closing
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import queries, waiting
from portal.core import clock
from portal.core.jobs import every
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


@every("* * * * *", "appointments.offer_seats")
def offer_seats(session: Session, *, now: datetime) -> None:
    """Close offers that nobody answered, then offer every free seat to who waits for it."""
    waiting.lapse(session, now=now)
    for event in queries.with_waiting(session, now=now):
        waiting.offer(session, event=event, now=now)


@every("*/15 * * * *", "appointments.ask_who_came")
def ask_who_came(session: Session, *, now: datetime) -> None:
    """Put past events with seats without an outcome before their leads, and those without one."""
    for event in queries.without_outcomes(session, now=now):
        _open_item(
            session,
            ItemKind.GROUP_OUTCOMES,
            event,
            now,
            reason="Die Veranstaltung ist vorbei. Es fehlt noch, wer gekommen ist.",
            next_step="Anwesenheit eintragen",
        )
    for event in queries.without_lead(session, now=now):
        _open_item(
            session,
            ItemKind.GROUP_WITHOUT_LEAD,
            event,
            now,
            reason=f"{event.lead.name} arbeitet nicht mehr hier. Die Veranstaltung am "
            f"{clock.local(event.starts_at):%d.%m.%Y, %H:%M} Uhr braucht jemand anderen.",
            next_step="Leitung ändern",
        )


@every("*/15 * * * *", "appointments.find_groups_on_closed_days")
def find_groups_on_closed_days(session: Session, *, now: datetime) -> None:
    """Put events on days that were closed since before their leads."""
    names = closing.days_ahead(now)
    for event in queries.on_days(session, names, now=now):
        _open_item(
            session,
            ItemKind.GROUP_DAY_CLOSED,
            event,
            now,
            reason=f"Am {event.day:%d.%m.%Y} ist geschlossen ({names[event.day]}). Die"
            " Veranstaltung muss auf einen anderen Tag.",
            next_step="Veranstaltung verlegen",
        )


def _open_item(
    session: Session,
    kind: ItemKind,
    event: GroupEvent,
    now: datetime,
    *,
    reason: str,
    next_step: str,
) -> None:
    inbox.open_item(
        session,
        kind=kind,
        subject_id=event.id,
        case_id=None,
        title=event.title,
        person="",
        reason=reason,
        next_step=next_step,
        team_id=event.lead.team_id,
        assignee_id=event.lead_id if event.lead.is_active else None,
        now=now,
    )
