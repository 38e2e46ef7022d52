"""Reading letters and consents: always ordered, filtered by the person who asks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen, Person, StaffMember
from portal.casefiles import queries as casefiles
from portal.casefiles import walls
from portal.casefiles.models import Case, DocumentKind
from portal.core.errors import NotFound
from portal.notifications.models import Message, MessageState
from portal.postbox.models import Arrival, Letter, LetterDeadline, LetterReturn, PortalConsent, Way

LARGEST_NUMBER = 2**31 - 1

WITH_PEOPLE = (
    joinedload(Letter.case).lazyload(Case.members),
    joinedload(Letter.citizen),
    joinedload(Letter.consent),
)


def consent_of(session: Session, *, citizen: Citizen) -> PortalConsent | None:
    """Return the consent that is in force."""
    return session.scalar(
        select(PortalConsent).where(
            PortalConsent.citizen_id == citizen.id, PortalConsent.withdrawn_at.is_(None)
        )
    )


def consents_of(session: Session, *, citizen: Citizen) -> Sequence[PortalConsent]:
    """Return all consents of a citizen, the newest first."""
    return session.scalars(
        select(PortalConsent)
        .where(PortalConsent.citizen_id == citizen.id)
        .order_by(PortalConsent.given_at.desc(), PortalConsent.id)
    ).all()


def letters(session: Session, asker: Person) -> Select[Letter]:
    """Select the letters that the asker may read, the newest first.

    Citizens read their own once they are filed. A letter is about one person: who acts for them
    from within the same household does not read it (`casefiles.queries.hidden_kinds`).
    """
    found = select(Letter).order_by(Letter.written_at.desc(), Letter.id).options(*WITH_PEOPLE)
    if isinstance(asker, StaffMember):
        standing = walls.standing_of(session, asker)
        return found.where(walls.opens_case_of(standing, Letter.case_id.expression))
    if DocumentKind.LETTER in casefiles.hidden_kinds(session, asker=asker):
        return found.where(Letter.id.is_(None))
    return found.where(Letter.citizen_id == asker.id, Letter.document_id.is_not(None))


def letters_of(
    session: Session, *, asker: Citizen, offset: int = 0, limit: int = 20
) -> tuple[Sequence[Letter], int]:
    """Return one page of the letters of a citizen, and how many there are."""
    found = letters(session, asker)
    return session.scalars(found.offset(offset).limit(limit)).all(), _count(session, found)


def letters_of_case(
    session: Session, *, case: Case, asker: StaffMember, limit: int = 200
) -> Sequence[Letter]:
    """Return the letters of a case."""
    return session.scalars(
        letters(session, asker).where(Letter.case_id == case.id).limit(limit)
    ).all()


def letter_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Letter:
    """Return one letter, locked for a deed; what is not yours raises `NotFound`."""
    wanted = letters(session, asker).where(Letter.id == id)
    found = session.scalar(wanted.with_for_update(of=Letter) if lock else wanted)
    if found is None:
        raise NotFound
    return found


def letter_by_number(session: Session, number: int, *, asker: Citizen) -> Letter:
    """Return the own letter with this number; what is not yours raises `NotFound`."""
    found = None
    if number <= LARGEST_NUMBER:
        found = session.scalar(letters(session, asker).where(Letter.number == number))
    if found is None:
        raise NotFound
    return found


def unread_of(session: Session, *, asker: Citizen) -> Sequence[Letter]:
    """Return the letters in the portal that the citizen has not opened."""
    return session.scalars(
        letters(session, asker)
        .where(Letter.first_viewed_at.is_(None), Letter.held_back_at.is_(None))
        .limit(20)
    ).all()


def letters_to_print(
    session: Session, *, asker: StaffMember, offset: int = 0, limit: int = 50
) -> tuple[Sequence[Letter], int]:
    """Return one page of the letters that wait for printer or post, the oldest first."""
    found = letters(session, asker).where(
        Letter.print_asked_at.is_not(None),
        Letter.posted_on.is_(None),
        Letter.held_back_at.is_(None),
    )
    page = found.order_by(None).order_by(Letter.print_asked_at, Letter.id)
    return session.scalars(page.offset(offset).limit(limit)).all(), _count(session, found)


def _count(session: Session, found: Select[Letter]) -> int:
    ids = found.order_by(None).with_only_columns(Letter.id, maintain_column_froms=True)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


# From when a letter counts


def answers_to(session: Session, *, letter_id: UUID) -> int:
    """Return how many answers there are to from when a letter counts."""
    found = select(func.max(LetterDeadline.number)).where(LetterDeadline.letter_id == letter_id)
    return session.scalar(found) or 0


def deadlines_of(session: Session, *, letter: Letter) -> Sequence[LetterDeadline]:
    """Return every answer to from when a letter counts, the newest first."""
    return session.scalars(
        select(LetterDeadline)
        .where(LetterDeadline.letter_id == letter.id)
        .order_by(LetterDeadline.number.desc())
    ).all()


def arrivals_of(session: Session, *, letter: Letter) -> Sequence[Arrival]:
    """Return what was said about the day on which a letter came, the newest first."""
    return session.scalars(
        select(Arrival)
        .where(Arrival.letter_id == letter.id)
        .order_by(Arrival.said_at.desc(), Arrival.id)
    ).all()


def returns_of(session: Session, *, letter: Letter) -> Sequence[LetterReturn]:
    """Return each posting of a letter that came back, the newest first."""
    return session.scalars(
        select(LetterReturn)
        .where(LetterReturn.letter_id == letter.id)
        .order_by(LetterReturn.noted_at.desc(), LetterReturn.id)
    ).all()


# What the worker looks for


def letter_to_file(session: Session, id: UUID) -> Letter | None:
    """Return a letter that has no document yet, locked."""
    return session.scalar(
        select(Letter)
        .where(Letter.id == id, Letter.document_id.is_(None))
        .options(*WITH_PEOPLE)
        .with_for_update(of=Letter)
    )


def unfiled_since(session: Session, *, before: datetime, limit: int = 100) -> Sequence[UUID]:
    """Return letters from before a moment that have no document yet."""
    return session.scalars(
        select(Letter.id)
        .where(Letter.document_id.is_(None), Letter.written_at < before)
        .order_by(Letter.written_at, Letter.id)
        .limit(limit)
    ).all()


def letters_to_follow(session: Session, *, limit: int = 1000) -> Sequence[Letter]:
    """Lock and return what was provided in the portal and not opened, nor sent to the printer."""
    return session.scalars(
        select(Letter)
        .where(
            Letter.way == Way.PORTAL,
            Letter.print_asked_at.is_(None),
            Letter.held_back_at.is_(None),
            or_(Letter.first_viewed_at.is_(None), Letter.notified_at.is_(None)),
            Letter.notification_id.is_not(None),
        )
        .order_by(Letter.written_at, Letter.id)
        .options(*WITH_PEOPLE)
        .limit(limit)
        .with_for_update(of=Letter, skip_locked=True)
    ).all()


def letters_bounced(session: Session, *, since: datetime, limit: int = 1000) -> Sequence[Letter]:
    """Lock and return the letters whose notice failed and that do not know it yet.

    They may have been opened or printed in the meantime: what counts changes all the same.
    """
    return session.scalars(
        select(Letter)
        .join(Message, Message.id == Letter.notification_id)
        .where(
            Message.state == MessageState.FAILED,
            Message.created_at >= since,
            Letter.way == Way.PORTAL,
            Letter.failure.is_(None),
            Letter.held_back_at.is_(None),
        )
        .order_by(Letter.written_at, Letter.id)
        .options(*WITH_PEOPLE)
        .limit(limit)
        .with_for_update(of=Letter, skip_locked=True)
    ).all()


def letters_to_settle(session: Session, *, limit: int = 1000) -> Sequence[Letter]:
    """Lock and return what was sent and has no day kept from which it counts."""
    return session.scalars(
        select(Letter)
        .where(
            Letter.counts_from.is_(None),
            or_(
                Letter.posted_on.is_not(None),
                and_(
                    Letter.way == Way.PORTAL,
                    or_(
                        and_(
                            Letter.notified_at.is_not(None),
                            Letter.failure.is_(None),
                            Letter.returned_on.is_(None),
                        ),
                        and_(
                            Letter.first_viewed_at.is_not(None),
                            or_(Letter.failure.is_not(None), Letter.returned_on.is_not(None)),
                        ),
                    ),
                ),
            ),
        )
        .order_by(Letter.written_at, Letter.id)
        .limit(limit)
        .with_for_update(of=Letter, skip_locked=True)
    ).all()


def message_of(session: Session, id: UUID | None) -> Message | None:
    """Return the message with this id."""
    return session.get(Message, id) if id else None
