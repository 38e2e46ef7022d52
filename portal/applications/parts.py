"""Filling in together: another person of the household gives the own answers with an own account.

Who applies invites by a code that counts for two weeks and for one person. Whoever has taken it
sees the pages about that person and nothing else, until who applies takes the part back or sends
the application. Nothing waits for it: what nobody has confirmed is sent all the same, and the
office reads which parts were confirmed by whom.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import slowdown
from portal.accounts.models import Citizen
from portal.accounts.service.secrets import hash_of, new_code, plain_code
from portal.applications import part_queries, queries, rules, service
from portal.applications.models import OwnPart
from portal.applications.places import APPLICANT, Place, Value
from portal.applications.queries import Filled
from portal.applications.sheet import Sheet
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import new_id
from portal.core.errors import Conflict, Expired, InvalidInput, NotFound

CODE_LENGTH, CODE_GROUP = 9, 3  # looks unlike the code with which one helps somebody
CODE_LASTS = timedelta(days=14)


class Standing(NamedTuple):
    """One other person of the household, and the part that was given to that person, if any."""

    owner: UUID
    part: OwnPart | None


def others(sheet: Sheet) -> tuple[UUID, ...]:
    """Return the other persons from 15 about whom the form has own pages, in order."""
    owners = dict.fromkeys(
        part.owner
        for part in sheet.parts
        if part.section.per == sheet.form.household and part.owner not in {None, APPLICANT}
    )
    return tuple(one for one in owners if one is not None and rules.answers_alone(sheet, one))


def standing(session: Session, *, filled: Filled) -> list[Standing]:
    """Return how far the others are with their parts, for who applies."""
    given = {
        one.owner_id: one for one in part_queries.parts_of(session, application=filled.application)
    }
    return [Standing(owner, given.get(owner)) for owner in others(filled.sheet)]


def check_is_open(part: OwnPart | None, *, now: datetime) -> None:
    """Raise `Expired` for a code that is wrong, used, taken back or too old."""
    if (
        part is None
        or part.citizen_id is not None
        or part.revoked_at is not None
        or now >= part.expires_at
        or not rules.can_edit(part.application)
    ):
        raise Expired(
            gettext(
                "Dieser Code stimmt nicht, wurde schon benutzt oder ist abgelaufen. Bitten Sie um"
                " einen neuen."
            )
        )


def is_open(part: OwnPart, *, now: datetime) -> bool:
    """Tell whether somebody can still take the code."""
    try:
        check_is_open(part, now=now)
    except Expired:
        return False
    return True


def invite(
    session: Session, *, filled: Filled, owner: UUID, by: Citizen, now: datetime
) -> tuple[OwnPart, str]:
    """Draw a code with which one person fills in the own part; an earlier one is worth nothing.

    Raise `Conflict` while somebody has the part already.
    """
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    if owner not in others(filled.sheet):
        raise NotFound
    for given in part_queries.parts_of(session, application=application):
        if given.owner_id == owner and given.citizen_id is not None:
            raise Conflict(
                gettext("Diesen Teil füllt schon jemand aus. Nehmen Sie ihn zuerst zurück.")
            )
        if given.owner_id == owner:
            given.revoked_at = now
    session.flush()  # the earlier code gives its place free
    code = new_code(CODE_LENGTH, group=CODE_GROUP)
    part = OwnPart(
        id=new_id(),
        application=application,
        owner_id=owner,
        code_hash=hash_of(plain_code(code)),
        made_at=now,
        expires_at=now + CODE_LASTS,
    )
    session.add(part)
    session.flush()  # the address of the page names it
    record(session, "part_invited", part, by=by, now=now)
    return part, code


def take(
    session: Session, *, code: str, tries: slowdown.Tries, by: Citizen, now: datetime
) -> OwnPart:
    """Take a code: from now on `by` fills in this part. `TooMany` while a wait lasts.

    The caller counts wrong codes with `tries`, in a transaction that stays.
    """
    tries.check(session, known=False, now=now)
    part = part_queries.by_hash(session, hash_of(plain_code(code)))
    check_is_open(part, now=now)
    if part is None:
        raise Expired("")
    if part.application.citizen_id == by.id:
        raise InvalidInput(
            gettext("Diesen Code haben Sie selbst geholt. Geben Sie ihn der anderen Person."),
            field="code",
        )
    given = part_queries.parts_of(session, application=part.application)
    if any(one.citizen_id == by.id for one in given):
        raise InvalidInput(
            gettext("Sie füllen in diesem Antrag schon einen anderen Teil aus."), field="code"
        )
    part.citizen, part.opened_at = by, now
    record(session, "part_taken", part, by=by, now=now)
    return part


def save(
    session: Session,
    *,
    part: OwnPart,
    filled: Filled,
    answers: Mapping[Place, Value | None],
    shown: Mapping[Place, str] | None = None,
    by: Citizen,
    now: datetime,
) -> service.Saved:
    """Keep answers of this part, written down as given by `by`; others are refused."""
    if any(place.owner != part.owner_id for place in answers):
        raise NotFound
    saved = service.save_typed(
        session, filled=filled, typed=answers, shown=shown or {}, by=by, now=now
    )
    # Locked after the application, as everywhere: what was taken back meanwhile keeps nothing.
    check_is_theirs(part_queries.to_change(session, part=part), by)
    return saved


def confirm(session: Session, *, part: OwnPart, filled: Filled, by: Citizen, now: datetime) -> None:
    """Write down that the person says: what is written here is right."""
    known = filled.application.revision
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    if application.revision != known:
        raise Conflict(gettext("Eine Angabe hat sich gerade geändert. Laden Sie neu."))
    if filled.sheet.gaps:
        raise InvalidInput(gettext("Beantworten Sie bitte zuerst die offenen Fragen."))
    part = part_queries.to_change(session, part=part)
    check_is_theirs(part, by)
    if part.confirmed_at is None:
        part.on_paper_at = part.paper_sha256 = part.paper_came_at = None
        part.confirmed_at = now
        record(session, "part_confirmed", part, by=by, now=now)


def revoke(session: Session, *, part: OwnPart, by: Citizen, now: datetime) -> None:
    """Take a part or its code back; the next request of the other opens nothing."""
    rules.check_can_edit(part.application)
    part = part_queries.to_change(session, part=part)
    if part.revoked_at is None:
        part.revoked_at = now
        record(session, "part_revoked", part, by=by, now=now)


def check_is_theirs(part: OwnPart, by: Citizen) -> None:
    """Raise `NotFound` for a part that somebody else fills in or that was taken back."""
    if part.citizen_id != by.id or part.revoked_at is not None:
        raise NotFound


def record(
    session: Session, deed: str, part: OwnPart, *, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write a deed about a part into the trail of its application."""
    audit.record(
        session,
        deed=f"applications.{deed}",
        subject=("application", part.application_id or part.application.id),
        by=by,
        now=now,
        part=part.id,
        owner=part.owner_id,
        **facts,
    )
