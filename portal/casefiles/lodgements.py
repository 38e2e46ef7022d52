"""That an application was lodged without a form, from when it counts, and what proves it.

Nothing here says who applied for what: the words lie in the room that took them in (`instant`). So
this row may stay when they are forgotten, `verifying` can answer for the receipt, and whoever
fills in the main application later learns the day that was secured without knowing that room.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.accounts.models import Citizen
from portal.accounts.service.secrets import hash_of
from portal.core.db import Model, new_id


class Lodgement(Model):
    """One application without a form: when it came, from when it counts, under which number.

    `number` is eight digits, the last of which checks the others. `code_hash` is the hash of the
    code that only the applicant has; `check_code` stands on the receipt and proves nothing but that
    the receipt is genuine. `citizen_id` is filled once somebody who is signed in has shown the
    code, or was signed in from the start.
    """

    __tablename__ = "lodgements"
    __table_args__ = (
        Index("ix_lodgements_citizen", "citizen_id", "at"),
        Index("ix_lodgements_receipt", "receipt_sha256"),
        CheckConstraint("number ~ '^[0-9]{8}$'", name="eight_digits"),
        CheckConstraint("withdrawn_at >= at", name="withdrawn_later"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    effective_from: Mapped[date]
    code_hash: Mapped[str] = mapped_column(unique=True)
    check_code: Mapped[str] = mapped_column(unique=True)
    content_sha256: Mapped[str]
    receipt_sha256: Mapped[str | None]
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    withdrawn_at: Mapped[datetime | None]

    @property
    def spoken_number(self) -> str:
        """Return the number in the groups in which it is read out: `4821-0936`."""
        return f"{self.number[:4]}-{self.number[4:]}"


def standing_of(session: Session, *, citizen: Citizen) -> Sequence[Lodgement]:
    """Return what the citizen has lodged and not taken back, what counts from earliest first."""
    return session.scalars(
        select(Lodgement)
        .where(Lodgement.citizen_id == citizen.id, Lodgement.withdrawn_at.is_(None))
        .order_by(Lodgement.effective_from, Lodgement.at, Lodgement.id)
    ).all()


def by_code(session: Session, code: str) -> Lodgement | None:
    """Return what a code belongs to: the one on the receipt, or the one of the applicant."""
    return session.scalar(
        select(Lodgement)
        .where(or_(Lodgement.check_code == code, Lodgement.code_hash == hash_of(code)))
        .order_by(Lodgement.id)
        .limit(1)
    )


def by_receipt(session: Session, sha256: str | None) -> Lodgement | None:
    """Return what a file is the receipt of, byte for byte."""
    return session.scalar(
        select(Lodgement).where(Lodgement.receipt_sha256 == sha256).order_by(Lodgement.id).limit(1)
    )
