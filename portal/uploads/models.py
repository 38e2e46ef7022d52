"""Uploads: files that a person has begun to send and not yet handed in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.core.db import Model, enum_column, new_id
from portal.core.vault.models import StoredFile
from portal.papers.limits import ALLOWED, FileKind


class UploadState(StrEnum):
    """Where an upload is. What was handed in has no row here any more."""

    RECEIVING = "receiving"
    READY = "ready"
    REFUSED = "refused"


class Upload(Model):
    """One file on its way in. `length` is what was announced, `StoredFile.size` what is here.

    `basket` groups what is handed in together (a page of the portal, an application). The file is
    held by the owner until it goes into a case. It has the id of the upload, so that a hand-in that
    is sent twice finds what became of it. Only who sends an upload sees it. `page_count`,
    `content_type` and `warnings` stand once it was looked at; `fault` says why it cannot be taken.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_owner", "owner_id", "basket", "position"),
        Index("ix_uploads_expires", "expires_at"),
        CheckConstraint("length > 0", name="length_positive"),
        CheckConstraint("(state = 'refused') = (fault IS NOT NULL)", name="refused_has_fault"),
        CheckConstraint(
            "(state = 'ready') = (content_type IS NOT NULL AND page_count IS NOT NULL)",
            name="ready_is_known",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    basket: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    filename: Mapped[str]
    declared_type: Mapped[str]
    declared_sha256: Mapped[str | None]
    length: Mapped[int] = mapped_column(BigInteger)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    state: Mapped[UploadState] = mapped_column(
        enum_column(UploadState), default=UploadState.RECEIVING
    )
    fault: Mapped[str | None]
    content_type: Mapped[str | None]
    page_count: Mapped[int | None]
    warnings: Mapped[list[str]] = mapped_column(default=list)
    is_redacted: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    owner: Mapped[Citizen] = relationship(foreign_keys=[owner_id], lazy="raise")
    file: Mapped[StoredFile] = relationship(lazy="raise")

    @property
    def mimetype(self) -> str:
        """Return the declared type under the name that files of a form have for it."""
        return self.declared_type

    @property
    def is_whole(self) -> bool:
        """Tell whether the last byte is here; `file` must be loaded."""
        return self.file.size == self.length

    @property
    def kind(self) -> FileKind | None:
        """Return what the file is, once somebody has looked."""
        return next((kind for kind in ALLOWED if kind.content_type == self.content_type), None)
