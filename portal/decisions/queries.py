"""Reading decisions, objections and text blocks: ordered, filtered by the person who asks."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, undefer_group

from portal.accounts import rules as accounts
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.applications.models import Application, ApplicationState
from portal.casefiles import queries as casefiles
from portal.casefiles import walls
from portal.casefiles.models import Case, DocumentKind
from portal.core.errors import NotFound
from portal.decisions import blocks
from portal.decisions.blocks import Block
from portal.decisions.models import (
    Decision,
    DecisionState,
    Objection,
    ObjectionAim,
    TextBlock,
)
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations.models import Hearing
from portal.postbox.models import Letter

OPEN = (DecisionState.DRAFT, DecisionState.SUBMITTED)

WITH_ALL = (
    joinedload(Decision.case).lazyload(Case.members),
    joinedload(Decision.citizen),
    joinedload(Decision.application).options(undefer_group("sent")),
    joinedload(Decision.objection).joinedload(Objection.letter),
    joinedload(Decision.hearing),
    joinedload(Decision.letter).options(
        joinedload(Letter.consent),
        joinedload(Letter.case).lazyload(Case.members),
        joinedload(Letter.citizen),
    ),
    joinedload(Decision.prepared_by),
    joinedload(Decision.released_by),
)


def _decisions(session: Session, asker: Person) -> Select[Decision]:
    """Select what the asker may read: staff of a case its decisions, citizens their issued ones."""
    found = select(Decision)
    if isinstance(asker, StaffMember):
        accounts.check(asker, Right.PROCESS_APPLICATIONS)
        standing = walls.standing_of(session, asker)
        return found.where(walls.opens_case_of(standing, Decision.case_id.expression))
    if DocumentKind.LETTER in casefiles.hidden_kinds(session, asker=asker):
        return found.where(Decision.id.is_(None))
    is_filed = exists().where(Letter.id == Decision.letter_id, Letter.document_id.is_not(None))
    return found.where(Decision.citizen_id == asker.id, is_filed)


def decision_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Decision:
    """Return one decision with its people, locked for a deed; not yours raises `NotFound`."""
    wanted = _decisions(session, asker).where(Decision.id == id).options(*WITH_ALL)
    if lock:
        wanted = wanted.with_for_update(of=Decision).execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def open_decision(session: Session, *, application_id: UUID) -> Decision | None:
    """Return the decision on an application that is still being made."""
    return session.scalar(
        select(Decision)
        .where(Decision.application_id == application_id, Decision.state.in_(OPEN))
        .order_by(Decision.id)
    )


def decisions_of(session: Session, *, asker: Citizen, limit: int = 50) -> Sequence[Decision]:
    """Return the decisions of a citizen, the newest first."""
    return session.scalars(
        _decisions(session, asker)
        .options(*WITH_ALL)
        .order_by(Decision.issued_at.desc(), Decision.id)
        .limit(limit)
    ).all()


def decisions_of_case(
    session: Session, *, case_id: UUID, asker: StaffMember, limit: int = 100
) -> Sequence[Decision]:
    """Return the decisions of a case, the newest first."""
    return session.scalars(
        _decisions(session, asker)
        .where(Decision.case_id == case_id, Decision.state != DecisionState.DISCARDED)
        .options(*WITH_ALL)
        .order_by(Decision.prepared_at.desc(), Decision.id)
        .limit(limit)
    ).all()


def decided_before(session: Session, *, asker: Citizen) -> Sequence[Application]:
    """Return applications that were decided when decisions had no row of their own yet."""
    has_row = exists().where(
        Decision.application_id == Application.id, Decision.letter_id.is_not(None)
    )
    return session.scalars(
        select(Application)
        .where(
            Application.citizen_id == asker.id,
            Application.state == ApplicationState.DECIDED,
            ~has_row,
        )
        .order_by(Application.decided_at.desc(), Application.id)
        .limit(50)
    ).all()


def hearings_of(session: Session, *, citizen: Citizen, limit: int = 20) -> Sequence[Hearing]:
    """Return the hearings of a person, the newest first."""
    return session.scalars(
        select(Hearing)
        .where(Hearing.citizen_id == citizen.id)
        .order_by(Hearing.asked_at.desc(), Hearing.id)
        .limit(limit)
    ).all()


# What the worker looks for


def waiting_for_release(session: Session, *, limit: int = 500) -> Sequence[Decision]:
    """Lock and return the decisions that wait for a second person, the longest waiting first."""
    return session.scalars(
        select(Decision)
        .where(Decision.state == DecisionState.SUBMITTED)
        .options(*WITH_ALL)
        .order_by(Decision.submitted_at, Decision.id)
        .limit(limit)
        .with_for_update(of=Decision, skip_locked=True)
    ).all()


def release_item(session: Session, *, decision_id: UUID) -> WorkItem | None:
    """Return the open item of a decision that waits for a second person."""
    return session.scalar(
        select(WorkItem)
        .where(
            WorkItem.kind == ItemKind.DECISION_RELEASE,
            WorkItem.subject_id == decision_id,
            WorkItem.closed_at.is_(None),
        )
        .options(joinedload(WorkItem.assignee))
    )


# Objections


def letter_to_object(session: Session, id: UUID, *, asker: Citizen) -> Letter:
    """Return the own letter that an objection is against, or raise `NotFound`."""
    found = session.scalar(
        select(Letter)
        .where(Letter.id == id, Letter.citizen_id == asker.id, Letter.document_id.is_not(None))
        .options(joinedload(Letter.case).lazyload(Case.members), joinedload(Letter.consent))
    )
    hidden = casefiles.hidden_kinds(session, asker=asker)
    if found is None or DocumentKind.LETTER in hidden:
        raise NotFound
    return found


def aim_of(session: Session, *, application_id: UUID) -> UUID | None:
    """Return the letter that an objection is against, as it was begun."""
    return session.scalar(
        select(ObjectionAim.letter_id).where(ObjectionAim.application_id == application_id)
    )


def letter_objected_to(session: Session, id: UUID) -> Letter | None:
    """Return the letter that an objection names, locked, for the worker."""
    return session.scalar(
        select(Letter)
        .where(Letter.id == id)
        .options(joinedload(Letter.case).lazyload(Case.members), joinedload(Letter.citizen))
        .with_for_update(of=Letter)
    )


def application_objected_to(session: Session, objection: Objection) -> Application | None:
    """Return what was applied for in the decision that an objection is against, if known."""
    return session.scalar(
        select(Application)
        .join(Decision, Decision.application_id == Application.id)
        .where(Decision.letter_id == objection.letter_id)
        .options(undefer_group("sent"))
    )


def objection_to(session: Session, *, letter_id: UUID) -> Objection | None:
    """Return the newest objection to a letter that is not taken back."""
    return session.scalar(
        select(Objection)
        .join(Application, Application.id == Objection.application_id)
        .where(Objection.letter_id == letter_id, Application.state != ApplicationState.WITHDRAWN)
        .order_by(Objection.received_at.desc(), Objection.id)
        .limit(1)
    )


def objection_for(
    session: Session, application_id: UUID, *, asker: Person, lock: bool = False
) -> Objection:
    """Return the objection that was sent as this application, or raise `NotFound`."""
    wanted = (
        select(Objection)
        .where(Objection.application_id == application_id)
        .options(
            joinedload(Objection.case).lazyload(Case.members),
            joinedload(Objection.citizen),
            joinedload(Objection.letter),
            joinedload(Objection.application).options(undefer_group("sent")),
        )
    )
    if isinstance(asker, StaffMember):
        accounts.check(asker, Right.PROCESS_APPLICATIONS)
        standing = walls.standing_of(session, asker)
        wanted = wanted.where(walls.opens_case_of(standing, Objection.case_id.expression))
    else:
        wanted = wanted.where(Objection.citizen_id == asker.id)
    found = session.scalar(wanted.with_for_update(of=Objection) if lock else wanted)
    if found is None:
        raise NotFound(
            gettext(
                "Diesen Widerspruch gibt es hier nicht. Ist er gerade erst gesendet? Dann laden "
                "Sie die Seite in einer Minute neu."
            )
        )
    return found


def sent_to_receive(session: Session, id: UUID) -> Application | None:
    """Return a sent objection that has no row of its own yet, locked."""
    return session.scalar(
        select(Application)
        .where(
            Application.id == id,
            Application.submitted_at.is_not(None),
            ~exists().where(Objection.application_id == Application.id),
        )
        .options(undefer_group("sent"), joinedload(Application.citizen))
        .with_for_update(of=Application)
    )


def unreceived(session: Session, *, form: str, limit: int = 100) -> Sequence[UUID]:
    """Return sent objections that have no row of their own."""
    return session.scalars(
        select(Application.id)
        .where(
            Application.form == form,
            Application.submitted_at.is_not(None),
            ~exists().where(Objection.application_id == Application.id),
        )
        .order_by(Application.submitted_at, Application.id)
        .limit(limit)
    ).all()


# Text blocks


def own_blocks(session: Session) -> Sequence[TextBlock]:
    """Return the newest version of each text block that the office has written."""
    return session.scalars(
        select(TextBlock)
        .ext(distinct_on(TextBlock.key))
        .order_by(TextBlock.key, TextBlock.version.desc())
    ).all()


def blocks_now(session: Session) -> dict[str, Block]:
    """Return the text blocks in use by their key."""
    return blocks.current(own_blocks(session))


def versions_of(session: Session, *, key: str) -> Sequence[TextBlock]:
    """Return what the office has made of a text block, the newest first."""
    return session.scalars(
        select(TextBlock).where(TextBlock.key == key).order_by(TextBlock.version.desc())
    ).all()
