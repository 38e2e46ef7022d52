"""That an application was lodged without a form, from when it counts, and what proves it.

Nothing here says who applied for what: the words lie in the room that took them in (`instant`). So
this row may stay when they are forgotten, `verifying` can answer for the receipt, and whoever
fills in the main application later learns the day that was secured without knowing that room.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, or_, select, text
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

    It stands until it ends: the first application that asks for the same takes it up
    (`application_id`), or the office says why there will be none (`ended_why`). Time alone ends no
    application (§ 37 SGB II, § 16 SGB I): until then § 88 SGG counts.
    """

    __tablename__ = "lodgements"
    __table_args__ = (
        Index("ix_lodgements_citizen", "citizen_id", "at"),
        Index("ix_lodgements_receipt", "receipt_sha256"),
        Index(
            "ix_lodgements_application",
            "application_id",
            postgresql_where=text("application_id IS NOT NULL"),
        ),
        CheckConstraint("number ~ '^[0-9]{8}$'", name="eight_digits"),
        CheckConstraint("withdrawn_at >= at", name="withdrawn_later"),
        CheckConstraint(
            "num_nonnulls(application_id, ended_why) ="
            " (CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END)",
            name="ended_by_one",
        ),
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
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]
    application_id: Mapped[UUID | None]

    @property
    def stands(self) -> bool:
        """Tell whether it still waits to be decided on its own."""
        return self.withdrawn_at is None and self.ended_at is None

    @property
    def spoken_number(self) -> str:
        """Return the number in the groups in which it is read out: `4821-0936`."""
        return f"{self.number[:4]}-{self.number[4:]}"


def standing_of(session: Session, *, citizen: Citizen) -> Sequence[Lodgement]:
    """Return what the citizen has lodged and nothing has ended, what counts from earliest first."""
    return session.scalars(_standing_of(citizen)).all()


def take_up(
    session: Session, *, citizen: Citizen, application_id: UUID, now: datetime
) -> Sequence[Lodgement]:
    """Let an application that was sent stand for all that the citizen has lodged before.

    It was one application all along, and is decided once; a later one starts anew.
    """
    found = session.scalars(_standing_of(citizen).with_for_update()).all()
    for lodgement in found:
        lodgement.ended_at, lodgement.application_id = now, application_id
    return found


def taken_up_by(session: Session, *, application_id: UUID) -> Sequence[Lodgement]:
    """Return what an application stands for."""
    return session.scalars(
        select(Lodgement)
        .where(Lodgement.application_id == application_id)
        .order_by(Lodgement.at, Lodgement.id)
    ).all()


def give_back(session: Session, *, application_id: UUID) -> None:
    """Let what an application stood for stand again: who takes a form back may send another.

    Whether the person wanted no benefit at all is for the office to ask, not for us to guess.
    """
    for lodgement in taken_up_by(session, application_id=application_id):
        lodgement.ended_at = lodgement.application_id = None


def _standing_of(citizen: Citizen) -> Select[Lodgement]:
    return (
        select(Lodgement)
        .where(
            Lodgement.citizen_id == citizen.id,
            Lodgement.withdrawn_at.is_(None),
            Lodgement.ended_at.is_(None),
        )
        .order_by(Lodgement.effective_from, Lodgement.at, Lodgement.id)
    )


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
