"""What lies in the store, by whom it is held, and the wrapped keys that open it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Model, new_id


class VaultKey(Model):
    """The key of one holder (a case, or a person whose uploads are in no case yet).

    Destroying it makes every file of the holder unreadable, in backups too.
    """

    __tablename__ = "vault_keys"
    __table_args__ = (
        CheckConstraint(
            "(sealed IS NULL) = (destroyed_at IS NOT NULL)", name="sealed_or_destroyed"
        ),
    )

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[str | None]
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class StoredFile(Model):
    """One file: its size in bytes and its SHA-256 before encryption, and its wrapped key.

    It is whole once `sha256` stands. A file from before encryption has no key yet;
    `jobs.seal_plain` gives it one. The holder is a value: its key is drawn at its first file.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        Index("ix_stored_files_holder", "holder_id"),
        Index("ix_stored_files_plain", "id", postgresql_where="wrapped_key IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    holder_id: Mapped[UUID]
    wrapped_key: Mapped[bytes | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None]
    made_at: Mapped[datetime]

    pieces: Mapped[list["StoredPiece"]] = relationship(
        back_populates="file",
        lazy="raise",
        order_by="StoredPiece.number",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class StoredPiece(Model):
    """One object of the store; a file that came in pieces lies there in pieces."""

    __tablename__ = "stored_pieces"

    file_id: Mapped[UUID] = mapped_column(
        ForeignKey("stored_files.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)

    file: Mapped[StoredFile] = relationship(back_populates="pieces", lazy="raise")
