"""The wall around each file: who of the office sees it, and on what ground.

A staff member with the right to read files sees a file when at least one ground holds, and never
one with a person in it whom a conflict of interest keeps them from (§ 16, § 17 SGB X), except in an
emergency that a second person has granted. The grounds are one table of SQL conditions: lists are
narrowed by it and a single file asks it for the ground, so that the two cannot disagree.

It always asks about this moment. Nobody can look through the wall of yesterday, so no caller hands
in a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import LazyString, gettext, lazy_gettext
from sqlalchemy import ColumnElement, Integer, Select, and_, case, false, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.casefiles import rules
from portal.casefiles.models import AccessGround, Case, CaseAccess, CaseMember
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.office import queries as office
from portal.office.queries import Absent, Standing

ASKED = frozenset({ItemKind.EXPERT_QUESTION, ItemKind.EXPERT_ANSWER})
"""Items that open a file to whom they lie with, and not to the whole team."""


class Ground(StrEnum):
    """Why somebody of the office may open a file; the first that holds is written down."""

    NAMED_OFFICER = "named_officer"
    CASE_TEAM = "case_team"
    OFFICERS_TEAM = "officers_team"
    WORK_ITEM = "work_item"
    APPOINTMENT = "appointment"
    QUESTION = "question"
    SUBSTITUTE = "substitute"
    OFFICE_WIDE = "office_wide"
    BREAK_GLASS = "break_glass"
    INVITED = "invited"
    """Not a way into a file: the person has let somebody read one draft along."""


WORDS: dict[Ground, LazyString] = {
    Ground.NAMED_OFFICER: lazy_gettext("Zuständig für die Akte"),
    Ground.CASE_TEAM: lazy_gettext("Zuständiges Team"),
    Ground.OFFICERS_TEAM: lazy_gettext("Team der zuständigen Person"),
    Ground.WORK_ITEM: lazy_gettext("Offener Vorgang"),
    Ground.APPOINTMENT: lazy_gettext("Termin"),
    Ground.QUESTION: lazy_gettext("Offene Fachfrage"),
    Ground.SUBSTITUTE: lazy_gettext("Vertretung"),
    Ground.OFFICE_WIDE: lazy_gettext("Aufgabe für das ganze Haus"),
    Ground.BREAK_GLASS: lazy_gettext("Notfallzugriff"),
    Ground.INVITED: lazy_gettext("Mit Ihrem Code zum Mitlesen"),
}


@dataclass(frozen=True)
class Why:
    """The ground on which a file was opened, and what belongs to it: for whom, for what reason."""

    ground: Ground
    detail: str | None = None

    @property
    def facts(self) -> dict[str, str | None]:
        """Return the values that the trail keeps."""
        return {"ground": self.ground.value, "detail": self.detail}


def in_words(facts: Mapping[str, Any]) -> str | None:
    """Say why, from the facts of an event; older events have none."""
    why = facts.get("why")
    if not isinstance(why, Mapping) or why.get("ground") not in set(Ground):
        return None
    ground, detail = Ground(why["ground"]), why.get("detail")
    if ground is Ground.SUBSTITUTE and detail:
        return str(gettext("Vertretung für %(name)s", name=detail))
    if ground is Ground.BREAK_GLASS and detail:
        return str(gettext("Notfallzugriff: %(reason)s", reason=detail))
    return str(WORDS[ground])


# Asking


def standing_of(session: Session, asker: StaffMember) -> Standing:
    """Return whose work the asker does today and what is closed to them: one query."""
    return office.standing_of(session, asker, day=clock.local_date(clock.now()))


def opens(standing: Standing) -> ColumnElement[bool]:
    """Return the condition over `Case` that the asker may see it now."""
    asker, now = standing.member, clock.now()
    rules.check_who_reads_cases(asker)
    if accounts.can(asker, Right.READ_ALL_FILES) and not standing.closed_citizens:
        return true()
    grounds = [condition for _, condition in _grounds(standing, now)]
    return or_(and_(or_(*grounds), _not_closed(standing)), _break_glass(asker, now))


def opens_case_of(standing: Standing, case_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that the asker may see the file that a column names."""
    return (
        select(literal(1))
        .select_from(Case)
        .where(Case.id == case_id, opens(standing))
        .correlate_except(Case)
        .exists()
    )


def why(session: Session, *, case_id: UUID, asker: StaffMember) -> Why:
    """Return on what ground the asker may see a file now; raise `NotFound` when there is none."""
    rules.check_who_reads_cases(asker)
    standing, now = standing_of(session, asker), clock.now()
    grounds = _grounds(standing, now)
    emergency = len(grounds)
    number: ColumnElement[int | None] = case(
        (_break_glass(asker, now) & ~_not_closed(standing), emergency),
        (~_not_closed(standing), literal(None, Integer)),
        *((condition, place) for place, (_, condition) in enumerate(grounds)),
        (_break_glass(asker, now), emergency),
    )
    found = session.scalar(select(number).select_from(Case).where(Case.id == case_id))
    if found is None:
        raise NotFound
    if found < emergency:
        return grounds[found][0]
    return Why(Ground.BREAK_GLASS, _reason(session, case_id, asker, now))


# The grounds


def _grounds(standing: Standing, now: datetime) -> list[tuple[Why, ColumnElement[bool]]]:
    """Return every ground with its condition, the nearest first; emergencies stand apart."""
    me = standing.member
    own = Absent(me.id, me.team_id, me.name)
    found = [(Why(ground), holds) for ground, holds in _grounds_of(own, now)]
    found += [
        (Why(Ground.SUBSTITUTE, one.name), or_(*(holds for _, holds in _grounds_of(one, now))))
        for one in standing.absent
    ]
    if accounts.can(me, Right.READ_ALL_FILES):
        found.append((Why(Ground.OFFICE_WIDE), true()))
    return found


def _grounds_of(one: Absent, now: datetime) -> list[tuple[Ground, ColumnElement[bool]]]:
    """Return what lets a person see a file for their own work."""
    colleague = aliased(StaffMember)
    of_the_team = select(colleague.id).where(colleague.team_id == one.team_id)
    mine, of_team = WorkItem.assignee_id == one.id, WorkItem.team_id == one.team_id
    item = _item(WorkItem.kind.not_in(ASKED), or_(mine, of_team))
    # Who is asked sees the file alone; a department does until one of them takes the question.
    free = and_(WorkItem.assignee_id.is_(None), of_team)
    asked = _item(WorkItem.kind.in_(ASKED), or_(mine, free))
    return [
        (
            Ground.NAMED_OFFICER,
            or_(Case.benefit_officer_id == one.id, Case.integration_officer_id == one.id),
        ),
        (Ground.CASE_TEAM, Case.team_id == one.team_id),
        (
            Ground.OFFICERS_TEAM,
            or_(
                Case.benefit_officer_id.in_(of_the_team),
                Case.integration_officer_id.in_(of_the_team),
            ),
        ),
        (Ground.WORK_ITEM, item),
        (Ground.APPOINTMENT, _access(one.id, AccessGround.APPOINTMENT, now)),
        (Ground.QUESTION, asked),
    ]


def _item(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that an open item of the file meets these conditions."""
    return (
        select(WorkItem.id)
        .where(WorkItem.case_id == Case.id, WorkItem.closed_at.is_(None), *conditions)
        .correlate(Case)
        .exists()
    )


def _access(member_id: UUID, ground: AccessGround, now: datetime) -> ColumnElement[bool]:
    return (
        select(CaseAccess.id)
        .where(CaseAccess.case_id == Case.id, *_in_force(member_id, ground, now))
        .correlate(Case)
        .exists()
    )


def _in_force(
    member_id: UUID, ground: AccessGround, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        CaseAccess.staff_member_id == member_id,
        CaseAccess.ground == ground,
        CaseAccess.starts_at <= now,
        CaseAccess.ends_at > now,
    )


def _break_glass(asker: StaffMember, now: datetime) -> ColumnElement[bool]:
    return _access(asker.id, AccessGround.BREAK_GLASS, now)


def _not_closed(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that nobody of the file is one the member must keep away from."""
    if not standing.closed_citizens:
        return true()
    return Case.id.not_in(_cases_of(standing))


def _reason(session: Session, case_id: UUID, asker: StaffMember, now: datetime) -> str | None:
    return session.scalar(
        select(CaseAccess.reason)
        .where(CaseAccess.case_id == case_id, *_in_force(asker.id, AccessGround.BREAK_GLASS, now))
        .order_by(CaseAccess.starts_at.desc(), CaseAccess.id)
        .limit(1)
    )


# What a conflict of interest keeps apart


def is_open_to(standing: Standing, case_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that no conflict of interest closes the named file to the asker."""
    if not standing.closed_citizens:
        return true()
    return case_id.not_in(_cases_of(standing))


def has_conflict(session: Session, asker: StaffMember, *, case_id: UUID) -> bool:
    """Tell whether a conflict of interest closes the file to the asker, emergency or not."""
    closed = ~_not_closed(standing_of(session, asker))
    return bool(session.scalar(select(closed).select_from(Case).where(Case.id == case_id)))


def keeps_apart(standing: Standing, citizen_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that the citizen, or somebody of the same file, is closed to the asker.

    An emergency that was granted for the file opens this, too.
    """
    if not standing.closed_citizens:
        return false()
    opened = select(CaseAccess.case_id).where(
        *_in_force(standing.member.id, AccessGround.BREAK_GLASS, clock.now())
    )
    shut = select(CaseMember.citizen_id).where(
        CaseMember.case_id.in_(_cases_of(standing)), CaseMember.case_id.not_in(opened)
    )
    let_in = select(CaseMember.citizen_id).where(CaseMember.case_id.in_(opened))
    return or_(
        citizen_id.in_(shut),
        and_(citizen_id.in_(standing.closed_citizens), citizen_id.not_in(let_in)),
    )


def _cases_of(standing: Standing) -> Select[UUID]:
    """Select the files of the people from whom the member must keep away."""
    theirs = aliased(CaseMember)
    return select(theirs.case_id).where(theirs.citizen_id.in_(standing.closed_citizens))
