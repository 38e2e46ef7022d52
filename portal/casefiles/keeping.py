"""Tables of a file as a whole: words to find its papers by, holds, packages to take away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.casefiles.models import Case, Document
from portal.core.db import Model, new_id


class DocumentWords(Model):
    """The words of a document as keyed hashes of their stems: found by, never read from.

    The text itself lies encrypted in the store (`Document.text_file_id`). Case and time are those
    of the document: a search reads this table alone, newest first, and joins only what it shows.
    `key_mark` says under which key of the ring the words were hashed.
    """

    __tablename__ = "document_words"
    __table_args__ = (
        Index("ix_document_words_words", "words", postgresql_using="gin"),
        Index("ix_document_words_newest", text("received_at DESC"), "document_id"),
        Index("ix_document_words_key_mark", "key_mark"),
    )

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[UUID]
    received_at: Mapped[datetime]
    key_mark: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class Hold(Model):
    """That a file, or one document of it, must not be erased for now (a dispute, an inquiry)."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_case", "case_id", postgresql_where="lifted_at IS NULL"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_pair"),
        CheckConstraint("length(trim(reason)) > 0", name="has_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    reason: Mapped[str]
    set_at: Mapped[datetime]
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))

    case: Mapped[Case] = relationship(lazy="raise")
    document: Mapped[Document | None] = relationship(lazy="raise")
    set_by: Mapped[StaffMember] = relationship(foreign_keys=[set_by_id], lazy="raise")
    lifted_by: Mapped[StaffMember | None] = relationship(foreign_keys=[lifted_by_id], lazy="raise")


class CaseExport(Model):
    """A package of a whole file, made by the worker, to be fetched until it expires."""

    __tablename__ = "case_exports"
    __table_args__ = (
        Index("ix_case_exports_case", "case_id", "asked_at"),
        CheckConstraint("finished_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("file_id IS NULL OR finished_at IS NOT NULL", name="file_is_finished"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    expires_at: Mapped[datetime]

    case: Mapped[Case] = relationship(lazy="raise")
    asked_by: Mapped[StaffMember] = relationship(lazy="raise")
