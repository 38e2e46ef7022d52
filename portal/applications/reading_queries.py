"""Reading who reads a draft along, and what is proposed in it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.applications import queries, reading_rules
from portal.applications.models import Application, ApplicationState
from portal.applications.places import APPLICANT
from portal.applications.queries import Filled
from portal.applications.reading_along import DraftReading, Proposal
from portal.applications.sheet import Eyes, Sheet
from portal.audit.models import Event
from portal.casefiles import walls
from portal.core.errors import NotFound

READ = "applications.draft_read"
OPENINGS_SHOWN = 30


def _readings() -> Select[DraftReading]:
    return (
        select(DraftReading)
        .options(
            joinedload(DraftReading.staff_member),
            joinedload(DraftReading.application).joinedload(Application.citizen),
        )
        .order_by(DraftReading.made_at, DraftReading.id)
    )


# For who applies; the caller has loaded the application through the asker


def not_ended(session: Session, *, application: Application) -> DraftReading | None:
    """Return the code that waits or the reading that runs; the time of either may be over."""
    return session.scalar(
        _readings().where(
            DraftReading.application_id == application.id, DraftReading.ended_at.is_(None)
        )
    )


def openings_of(session: Session, *, application: Application) -> Sequence[Event]:
    """Return when somebody of the office opened the draft, the newest first."""
    readings = select(cast(DraftReading.id, String)).where(
        DraftReading.application_id == application.id
    )
    return session.scalars(
        select(Event)
        .where(
            Event.subject_kind == "draft_reading",
            Event.subject_id.in_(readings),
            Event.deed == READ,
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(OPENINGS_SHOWN)
    ).all()


def proposals_in(session: Session, *, application: Application) -> Sequence[Proposal]:
    """Return what is proposed in a draft, the oldest first."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.application_id == application.id)
        .order_by(Proposal.proposed_at, Proposal.id)
    ).all()


def proposal_in(session: Session, id: UUID, *, application: Application) -> Proposal:
    """Return one proposal in a draft as it is now, or raise `NotFound`."""
    found = session.scalar(
        select(Proposal)
        .where(Proposal.id == id, Proposal.application_id == application.id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("Diesen Vorschlag gibt es nicht mehr. Öffnen Sie Ihren Entwurf neu.")
    return found


# For the office


def by_hash(session: Session, code_hash: str) -> DraftReading | None:
    """Return the reading of a code, locked: one code, one person."""
    return session.scalar(
        _readings()
        .where(DraftReading.code_hash == code_hash)
        .with_for_update(of=DraftReading)
        .execution_options(populate_existing=True)
    )


def to_change(session: Session, *, reading: DraftReading) -> DraftReading:
    """Return a reading as it is now, locked until this transaction ends."""
    return session.scalars(
        _readings()
        .where(DraftReading.id == reading.id)
        .with_for_update(of=DraftReading)
        .execution_options(populate_existing=True)
    ).one()


def is_kept_apart(session: Session, *, application: Application, asker: StaffMember) -> bool:
    """Tell whether a conflict of interest keeps the asker from who applies (§§ 16, 17 SGB X).

    A draft lies in no file yet, so it is asked about the person and everybody of the same file.
    """
    found = session.scalar(
        select(Application.id).where(Application.id == application.id, _apart(session, asker))
    )
    return found is not None


def _apart(session: Session, asker: StaffMember) -> ColumnElement[bool]:
    standing = walls.standing_of(session, asker)
    return walls.keeps_apart(standing, Application.citizen_id.expression)


def open_to(
    session: Session, id: UUID, *, asker: StaffMember, now: datetime
) -> tuple[DraftReading, Filled]:
    """Return a draft that the asker reads along now, as far as they see it; else `NotFound`."""
    accounts.check(asker, Right.PROCESS_APPLICATIONS)
    found = session.scalar(
        _readings().where(DraftReading.id == id, DraftReading.staff_member_id == asker.id)
    )
    if found is None or is_kept_apart(session, application=found.application, asker=asker):
        raise NotFound
    reading_rules.check_reads(found, asker, now=now)
    return found, Filled(found.application, sheet_along(session, application=found.application))


def running_for(session: Session, *, asker: StaffMember, now: datetime) -> Sequence[DraftReading]:
    """Return the drafts that the asker reads along now."""
    accounts.check(asker, Right.PROCESS_APPLICATIONS)
    return session.scalars(
        _readings()
        .join(DraftReading.application)
        .where(
            DraftReading.staff_member_id == asker.id,
            DraftReading.ended_at.is_(None),
            DraftReading.expires_at > now,
            Application.state == ApplicationState.DRAFT,
            ~_apart(session, asker),
        )
    ).all()


def sheet_along(session: Session, *, application: Application) -> Sheet:
    """Return a draft for who reads it along.

    Who applies lets the office see what they have said themselves. The part that another person
    fills in is not theirs to show, and what is private about others waits until it is sent.
    """
    sheet = queries.sheet_of(session, application=application)
    others = {part.owner for part in sheet.parts if part.owner not in {None, APPLICANT}}
    return sheet.seen_with(
        Eyes(
            closed=frozenset(owner for owner in others if owner is not None),
            apart=queries.closed_parts(session, application=application),
        )
    )
