"""The letter with a code, and the number that a citizen shows at the counter."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.core.db import Model, new_id


class CodeLetter(Model):
    """A letter to the postal address of the file; who types its code is the person of that file.

    The code is drawn while the letter is printed and stands on the paper only; `code_hash` is an
    argon2 hash, because eight signs would be found from a plain one. The address is the one of the
    file, as the officer confirmed it, and need not be the one that the account names.
    """

    __tablename__ = "code_letters"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(printed_at, printed_by_name, code_hash, expires_at, customer_number,"
            " recipient, street, postcode, city) IN (0, 9)",
            name="printed_together",
        ),
        CheckConstraint("expires_at > printed_at", name="expires_later"),
        CheckConstraint("used_at IS NULL OR printed_at IS NOT NULL", name="used_after_print"),
        CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
        Index(
            "uq_code_letters_open",
            "citizen_id",
            unique=True,
            postgresql_where=text("used_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_code_letters_citizen_id", "citizen_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    birth_date: Mapped[date]
    asked_at: Mapped[datetime]
    printed_at: Mapped[datetime | None]
    printed_by_name: Mapped[str | None]
    code_hash: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    customer_number: Mapped[str | None]
    recipient: Mapped[str | None]
    street: Mapped[str | None]
    postcode: Mapped[str | None]
    city: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    citizen: Mapped[Citizen] = relationship(lazy="raise")


class CounterNumber(Model):
    """Six digits on the phone of a citizen that let the counter find the account, for minutes.

    It opens nothing and proves nothing: the officer looks at the identity card.
    """

    __tablename__ = "counter_numbers"
    __table_args__ = (
        CheckConstraint("expires_at > shown_at", name="expires_later"),
        CheckConstraint("number ~ '^[0-9]{6}$'", name="six_digits"),
    )

    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(unique=True)
    shown_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    citizen: Mapped[Citizen] = relationship(lazy="raise")
