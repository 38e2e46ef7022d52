"""The list of an event on paper, to sign: names, so it is for those who lead, and written down."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import queries as appointments
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import rules
from portal.audit import service as audit
from portal.core import pdf


def attendance_sheet(
    session: Session, *, event: GroupEvent, by: StaffMember, now: datetime
) -> bytes:
    """Write the list as a tagged PDF; who stands on it is in the trail of each file."""
    rules.check_can_lead(event, by=by)
    seats = appointments.seats_of(session, event=event, asker=by)
    taken = appointments.taken_seats(session, [event], now=now).get(event.id, 0)
    for case_id in {one.case_id for one in seats} or {None}:
        audit.record(
            session,
            deed="appointments.group_list_printed",
            subject=("group_event", event.id),
            by=by,
            now=now,
            case_id=case_id,
        )
    return pdf.render(
        "attendance_sheet",
        event=event,
        seats=seats,
        hidden=max(taken - len(seats), 0),
        free=rules.seats_free(event, taken),
        by=by,
        now=now,
    )
