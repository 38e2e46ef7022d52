"""Reading letters and numbers, and finding an account by what somebody says at the counter."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen
from portal.core.errors import NotFound
from portal.identity.models import CodeLetter, CounterNumber

SIX_DIGITS = re.compile(r"[0-9]{6}")
MOST_LETTERS = 200


def latest_letter(session: Session, citizen: Citizen, *, lock: bool = False) -> CodeLetter | None:
    """Return the letter asked for last; with `lock`, nobody else tries its code meanwhile."""
    found = (
        select(CodeLetter)
        .where(CodeLetter.citizen_id == citizen.id)
        .order_by(CodeLetter.asked_at.desc(), CodeLetter.id)
        .limit(1)
    )
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def open_letters(session: Session) -> Sequence[CodeLetter]:
    """Return the letters that nobody has answered yet: first those to print, the oldest first."""
    return session.scalars(
        select(CodeLetter)
        .join(CodeLetter.citizen)
        .where(CodeLetter.used_at.is_(None), CodeLetter.withdrawn_at.is_(None))
        .options(contains_eager(CodeLetter.citizen))
        .order_by(CodeLetter.printed_at.nulls_first(), CodeLetter.asked_at, CodeLetter.id)
        .limit(MOST_LETTERS)
    ).all()


def letter(session: Session, id: UUID, *, lock: bool = False) -> CodeLetter:
    """Return a letter with its citizen, or raise `NotFound`; with `lock`, one print at a time."""
    found = select(CodeLetter).where(CodeLetter.id == id).options(joinedload(CodeLetter.citizen))
    if lock:
        found = found.with_for_update(of=CodeLetter).execution_options(populate_existing=True)
    if (one := session.scalar(found)) is None:
        raise NotFound
    return one


def number_of(session: Session, citizen: Citizen) -> CounterNumber | None:
    """Return the number that the citizen shows at the counter, live or not."""
    return session.get(CounterNumber, citizen.id)


def account(session: Session, id: UUID) -> Citizen:
    """Return the citizen with this id, or raise `NotFound`."""
    found = session.get(Citizen, id)
    if found is None:
        raise NotFound
    return found


def account_at_counter(session: Session, said: str, *, now: datetime) -> Citizen | None:
    """Return the one account with exactly this number of the phone, customer number or address."""
    said = said.strip()
    compact = re.sub(r"\s", "", said)
    if SIX_DIGITS.fullmatch(compact):
        return session.scalar(
            select(Citizen)
            .join(CounterNumber, CounterNumber.citizen_id == Citizen.id)
            .where(CounterNumber.number == compact, CounterNumber.expires_at > now)
        )
    linked = account_of_customer(session, compact.upper())
    return linked or accounts.citizen_by_address(session, said)


def account_of_customer(session: Session, customer_number: str) -> Citizen | None:
    """Return the account that is linked to this customer number."""
    return session.scalar(select(Citizen).where(Citizen.customer_number == customer_number))
