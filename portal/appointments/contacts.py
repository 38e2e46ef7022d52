"""The rhythm of contact: tracks with their ratio, real contacts, who is due, how full a person is.

Only what really was a contact counts: an appointment at which somebody came, by any way, and what
was noted by hand. A letter or an invitation is none. The tracks are data of the office; the
standard ones follow Ostalbkreis, Vorlage 208/2016 (a county's own figures, not law [B]).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy import case as whichever
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments.contacts_models import CareTrack, CaseTrack, ContactWay, NotedContact
from portal.appointments.models import Booking
from portal.appointments.rules import HELD_OUTCOMES
from portal.audit import service as audit
from portal.calendars.models import AppointmentType
from portal.casefiles import walls
from portal.casefiles.models import Case, CaseMember
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import InvalidInput, NotAllowed, NotFound
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.office import workload
from portal.office.workload import Fullness

DUE_BEFORE = timedelta(days=14)
ON_ONE_PAGE = 50

_SINCE = date(2017, 1, 1)
# Contact days of the first four are the house's own choice, to be changed on the page [D]; twice a
# year for Bestand is in the paper.
STANDARD_TRACKS: tuple[dict[str, Any], ...] = (
    {"key": "aktivierung", "name": "Aktivierung", "target_ratio": 150, "contact_days": 60},
    {"key": "jung", "name": "Unter 25 Jahre", "target_ratio": 100, "contact_days": 42},
    {"key": "allein", "name": "Alleinerziehende", "target_ratio": 100, "contact_days": 42},
    {"key": "fall", "name": "Fallmanagement", "target_ratio": 75, "contact_days": 28},
    {"key": "werkstatt", "name": "Job-Werkstatt", "target_ratio": 25, "contact_days": 14},
    {"key": "bestand", "name": "Bestand", "target_ratio": 600, "contact_days": 182},
)


# Deeds


def ensure_standard_tracks(session: Session) -> None:
    """Create the tracks that an office starts with, unless they are there."""
    rows = [{**track, "valid_from": _SINCE} for track in STANDARD_TRACKS]
    session.execute(insert(CareTrack).values(rows).on_conflict_do_nothing())


def change_track(
    session: Session,
    *,
    track: CareTrack,
    name: str,
    target_ratio: int,
    contact_days: int,
    valid_from: date,
    by: StaffMember,
    now: datetime,
) -> None:
    """Change what a track asks of those who care for its cases, from today or from a day ahead.

    The name changes at once. Of days ahead there is one: a later word replaces it.
    """
    accounts_rules.check(by, Right.STEER_CARE)
    if not 1 <= target_ratio <= 2000:
        raise InvalidInput(gettext("Zwischen 1 und 2000 Fällen."), field="target_ratio")
    if not 1 <= contact_days <= 730:
        raise InvalidInput(gettext("Zwischen 1 und 730 Tagen."), field="contact_days")
    today = clock.local_date(now)
    track.target_ratio, track.contact_days, track.valid_from = (
        track.ratio_on(today),
        track.days_on(today),
        track.since_on(today),
    )
    track.name = name
    if valid_from > today:
        track.next_target_ratio, track.next_contact_days = target_ratio, contact_days
        track.next_valid_from = valid_from
    else:
        track.target_ratio, track.contact_days = target_ratio, contact_days
        track.valid_from = valid_from
        track.next_target_ratio = track.next_contact_days = track.next_valid_from = None
    audit.record(
        session,
        deed="appointments.care_track_changed",
        subject=("care_track", track.key),
        by=by,
        now=now,
        ratio=target_ratio,
        days=contact_days,
        valid_from=valid_from.isoformat(),
    )


def set_track(
    session: Session, *, case: Case, track: CareTrack, by: StaffMember, now: datetime
) -> None:
    """Put a case on a track from today on."""
    _check_cares(by)
    values = {"track_key": track.key, "since": clock.local_date(now), "set_by": by.name}
    session.execute(
        insert(CaseTrack)
        .values(case_id=case.id, **values)
        .on_conflict_do_update(index_elements=["case_id"], set_=values)
    )
    _record(session, "appointments.track_set", case, by, now, track=track.key)


def note_contact(
    session: Session,
    *,
    case: Case,
    way: ContactWay,
    at: datetime,
    text: str,
    by: StaffMember,
    now: datetime,
) -> NotedContact:
    """Write down a call, a visit or a meeting outside; it counts as a real contact."""
    _check_cares(by)
    if at > now:
        raise InvalidInput(gettext("Diese Zeit liegt noch vor uns."), field="hour")
    made = NotedContact(id=new_id(), case_id=case.id, way=way, at=at, text=text, noted_by=by.name)
    session.add(made)
    inbox.close_items(session, kind=ItemKind.CONTACT_DUE, subject_id=case.id, by=by, now=now)
    _record(session, "appointments.contact_added", case, by, now, way=way, at=at.isoformat())
    return made


def _check_cares(by: StaffMember) -> None:
    if not accounts_rules.can(by, Right.MANAGE_APPOINTMENTS):
        raise NotAllowed(gettext("Dafür fehlt Ihnen das Recht."))


def _record(
    session: Session, deed: str, case: Case, by: StaffMember, now: datetime, **facts: Any
) -> None:
    audit.record(
        session, deed=deed, subject=("case", case.id), by=by, now=now, case_id=case.id, **facts
    )


# Reading


def tracks(session: Session) -> Sequence[CareTrack]:
    """Return all tracks, those with the fewest cases for a person first."""
    return session.scalars(select(CareTrack).order_by(CareTrack.target_ratio, CareTrack.key)).all()


def track_for(session: Session, key: str) -> CareTrack:
    """Return one track or raise `NotFound`."""
    found = session.get(CareTrack, key)
    if found is None:
        raise NotFound
    return found


def track_of(session: Session, *, case: Case) -> CareTrack | None:
    """Return the track on which a case is."""
    found = session.get(CaseTrack, case.id)
    return found.track if found else None


@dataclass(frozen=True)
class Due:
    """A case, its rhythm, when somebody last met its people, and until when it is to be again."""

    case: Case
    track: CareTrack
    last: datetime | None
    due_on: date
    today: date

    @property
    def is_over(self) -> bool:
        """Tell whether the rhythm is broken already."""
        return self.due_on < self.today

    @property
    def citizen(self) -> Citizen | None:
        """Return whom to invite: who has been in the case the longest."""
        return self.case.members[0].citizen if self.case.members else None


@dataclass(frozen=True)
class DueList:
    """One page of the due cases, and how many there are."""

    rows: Sequence[Due]
    count: int


def _last_contact() -> ColumnElement[datetime | None]:
    """Return the moment of the last real contact of a case, by two short looks into indexes."""
    came = (
        select(func.max(Booking.starts_at))
        .where(
            Booking.case_id == CaseTrack.case_id,
            Booking.state.in_(HELD_OUTCOMES),
            Booking.type_id.not_in(
                select(AppointmentType.id).where(~AppointmentType.counts_as_contact)
            ),
        )
        .correlate(CaseTrack)
        .scalar_subquery()
    )
    noted = (
        select(func.max(NotedContact.at))
        .where(NotedContact.case_id == CaseTrack.case_id)
        .correlate(CaseTrack)
        .scalar_subquery()
    )
    return func.greatest(came, noted)


def due_day(today: date) -> ColumnElement[date]:
    """Return the day until which a case is to be met again, by the figures that count today.

    A case that nobody has ever met counts from the day on which it came to its track.
    """
    met_on = func.date(func.timezone(clock.BERLIN.key, _last_contact()))
    days = _on(today, CareTrack.next_contact_days, CareTrack.contact_days)
    return func.coalesce(met_on, CaseTrack.since) + days


def _ratio(today: date) -> ColumnElement[int]:
    return _on(today, CareTrack.next_target_ratio, CareTrack.target_ratio)


def _on(
    day: date, ahead: InstrumentedAttribute[int | None], now: InstrumentedAttribute[int]
) -> ColumnElement[int]:
    """Return the figure of a track on a day; the same as `CareTrack.days_on` and `ratio_on`."""
    return whichever((CareTrack.next_valid_from <= day, ahead), else_=now)


def due(
    session: Session,
    *,
    asker: StaffMember,
    mine: bool,
    now: datetime,
    offset: int = 0,
    limit: int = ON_ONE_PAGE,
) -> DueList:
    """Return the cases that are to be met within two weeks, the longest waiting first."""
    _check_cares(asker)
    standing, today = walls.standing_of(session, asker), clock.local_date(now)
    last, due_on = _last_contact(), due_day(today)
    found = (
        select(CaseTrack.case_id, CaseTrack.track_key, last.label("last"), due_on.label("due_on"))
        .join(CareTrack, CareTrack.key == CaseTrack.track_key)
        .join(Case, Case.id == CaseTrack.case_id)
        .where(walls.opens(standing), due_on <= literal(today + DUE_BEFORE))
    )
    if mine:
        found = found.where(Case.integration_officer_id == asker.id)
    else:
        colleagues = select(StaffMember.id).where(StaffMember.team_id == asker.team_id)
        found = found.where(
            or_(Case.team_id == asker.team_id, Case.integration_officer_id.in_(colleagues))
        )
    rows = session.execute(
        found.add_columns(func.count().over())
        .order_by(due_on, CaseTrack.case_id)
        .offset(offset)
        .limit(limit)
    ).all()
    cases = _cases(session, [row[0] for row in rows])
    kinds = {track.key: track for track in tracks(session)}
    return DueList(
        [Due(cases[id], kinds[key], last, due_on, today) for id, key, last, due_on, _ in rows],
        rows[0][-1] if rows else 0,
    )


def _cases(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Case]:
    found = session.scalars(
        select(Case)
        .where(Case.id.in_(ids))
        .options(selectinload(Case.members).joinedload(CaseMember.citizen))
        .order_by(Case.number)
    )
    return {case.id: case for case in found}


@dataclass(frozen=True)
class Load:
    """How full one person is: 1.0 is what the tracks of the cases foresee for one full-time job."""

    name: str
    cases: int
    share: float

    @property
    def light(self) -> str:
        """Return green, yellow (over nine tenths) or red (over full)."""
        if self.share > 1:
            return "red"
        return "yellow" if self.share > 0.9 else "green"


def loads(session: Session, *, asker: StaffMember, mine: bool, now: datetime) -> Sequence[Load]:
    """Return the load of the asker, or of everybody in the team, the fullest first.

    The sum of one over the target ratio of each case. No case is shown, so no file is opened.
    """
    _check_cares(asker)
    share = func.sum(1.0 / _ratio(clock.local_date(now)))
    found = (
        select(StaffMember.first_name, StaffMember.last_name, func.count(), share)
        .join(Case, Case.integration_officer_id == StaffMember.id)
        .join(CaseTrack, CaseTrack.case_id == Case.id)
        .join(CareTrack, CareTrack.key == CaseTrack.track_key)
        .where(StaffMember.id == asker.id if mine else StaffMember.team_id == asker.team_id)
        .group_by(StaffMember.id)
        .order_by(share.desc(), StaffMember.id)
    )
    return [
        Load(f"{first} {last}", count, float(part))
        for first, last, count, part in session.execute(found)
    ]


USUAL_RATIO = 150
"""A case without a track fills its officers like one of the first track [D]."""


def tell_caseloads(session: Session, *, now: datetime) -> None:
    """Bring down to the office how full the cases make everybody, benefit officers too."""
    ratio = func.coalesce(_ratio(clock.local_date(now)), USUAL_RATIO)
    found = (
        select(StaffMember.id, func.count(), func.sum(1.0 / ratio))
        .join(
            Case,
            or_(
                Case.integration_officer_id == StaffMember.id,
                Case.benefit_officer_id == StaffMember.id,
            ),
        )
        .outerjoin(CaseTrack, CaseTrack.case_id == Case.id)
        .outerjoin(CareTrack, CareTrack.key == CaseTrack.track_key)
        .group_by(StaffMember.id)
        .order_by(StaffMember.id)
    )
    rows = session.execute(found)
    workload.note_caseloads(
        session, [Fullness(id, count, float(share)) for id, count, share in rows], now=now
    )
