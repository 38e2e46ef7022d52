"""Cases whose contact is overdue come before the office, one item for each case.

Nobody gets more than `AT_ONCE`, the longest overdue first: a person with 400 cases works through a
list, and the rest stands on the page of the contacts due and comes on the next mornings. Where a
talk is agreed nothing has to be done.
"""

from datetime import date, datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from portal.appointments import contacts
from portal.appointments.contacts_models import CareTrack, CaseTrack
from portal.appointments.models import Booking, BookingState
from portal.audit.models import SYSTEM
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem

AT_ONCE = 20
"""So many overdue contacts lie on one desk at a time [D]."""


def tell(session: Session, *, now: datetime) -> int:
    """Put the longest overdue before their officers; return how many are new."""
    is_open = exists().where(
        WorkItem.kind == ItemKind.CONTACT_DUE,
        WorkItem.subject_id == Case.id,
        WorkItem.closed_at.is_(None),
    )
    due_day = contacts.due_day(clock.local_date(now))
    place = func.row_number().over(
        partition_by=func.coalesce(Case.integration_officer_id, Case.team_id),
        order_by=(due_day, Case.id),
    )
    ranked = (
        select(
            Case.id.label("id"),
            due_day.label("day"),
            CareTrack.name.label("track"),
            is_open.label("is_open"),
            place.label("place"),
        )
        .join(CaseTrack, CaseTrack.case_id == Case.id)
        .join(CareTrack, CareTrack.key == CaseTrack.track_key)
        .where(_is_overdue(now))
        .subquery()
    )
    found = session.execute(
        select(Case, ranked.c.day, ranked.c.track)
        .join(ranked, ranked.c.id == Case.id)
        .where(ranked.c.place <= AT_ONCE, ~ranked.c.is_open)
        .order_by(ranked.c.day, ranked.c.id)
    ).all()
    for case, day, track in found:
        _open(session, case, day, track, now=now)
    return len(found)


def close_settled(session: Session, *, now: datetime) -> int:
    """Take away what has settled itself: somebody was met, or a talk is agreed."""
    overdue = (
        select(CaseTrack.case_id)
        .join(CareTrack, CareTrack.key == CaseTrack.track_key)
        .where(_is_overdue(now))
    )
    settled = session.scalars(
        select(WorkItem.subject_id)
        .where(
            WorkItem.kind == ItemKind.CONTACT_DUE,
            WorkItem.closed_at.is_(None),
            WorkItem.subject_id.not_in(overdue),
        )
        .order_by(WorkItem.opened_at, WorkItem.id)
    ).all()
    for case_id in settled:
        inbox.close_items(
            session,
            kind=ItemKind.CONTACT_DUE,
            subject_id=case_id,
            by=SYSTEM,
            now=now,
            why=gettext("Der Kontakt war da, oder ein Termin ist vereinbart."),
        )
    return len(settled)


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    agreed = exists().where(
        Booking.case_id == CaseTrack.case_id,
        Booking.state == BookingState.BOOKED,
        Booking.starts_at > now,
    )
    today = clock.local_date(now)
    return (contacts.due_day(today) < today) & ~agreed


def _open(session: Session, case: Case, day: date, track: str, *, now: datetime) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.CONTACT_DUE,
        subject_id=case.id,
        case_id=case.id,
        title=gettext("Kontakt überfällig"),
        person=case.members[0].citizen.name if case.members else case.file_reference,
        reason=gettext(
            "Der Kontakt war bis %(day)s vorgesehen (%(track)s).",
            day=f"{day:%d.%m.%Y}",
            track=track,
        ),
        next_step=gettext("Einladen oder Kontakt eintragen"),
        team_id=case.team_id,
        assignee_id=case.integration_officer_id,
        now=now,
    )
