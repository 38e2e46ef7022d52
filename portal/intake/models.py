"""Cover sheets that name a request, and scans of paper with the note of their transfer."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.casefiles.models import Case, EvidenceRequest
from portal.core.db import Model, enum_column, new_id


class CoverSheet(Model):
    """A sheet whose signed QR code says to which file and request the papers behind it belong."""

    __tablename__ = "cover_sheets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence_requests.id"))
    made_at: Mapped[datetime]
    made_by_name: Mapped[str]

    case: Mapped[Case] = relationship(lazy="raise")
    owner: Mapped[Citizen] = relationship(lazy="raise")
    request: Mapped[EvidenceRequest | None] = relationship(lazy="raise")


class ScanState(StrEnum):
    """Where a scan is."""

    UNASSIGNED = "unassigned"
    FILED = "filed"
    REFUSED = "refused"


class Scan(Model):
    """One file from the scan folder, which may hold papers of several files behind cover sheets.

    `pages` are those that no cover sheet has sent anywhere yet. `note` is the note of its transfer
    (BSI TR-03138 RESISCAN).
    """

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_unassigned", "taken_at", postgresql_where="state = 'unassigned'"),
        CheckConstraint("(state = 'refused') = (fault IS NOT NULL)", name="refused_has_fault"),
        CheckConstraint(
            "(state = 'filed') = (num_nonnulls(filed_at, filed_by_name) = 2)",
            name="filed_by_somebody",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(unique=True)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    page_count: Mapped[int | None]
    taken_at: Mapped[datetime]
    state: Mapped[ScanState] = mapped_column(enum_column(ScanState), default=ScanState.UNASSIGNED)
    fault: Mapped[str | None]
    note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    filed_at: Mapped[datetime | None]
    filed_by_name: Mapped[str | None]

    pages: Mapped[list["ScanPage"]] = relationship(
        back_populates="scan",
        lazy="raise",
        order_by="ScanPage.number",
        cascade="all, delete-orphan",
    )


class ScanPage(Model):
    """The picture of one page of a scan that still waits for somebody to say whose it is."""

    __tablename__ = "scan_pages"
    __table_args__ = (UniqueConstraint("scan_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    scan_id: Mapped[UUID] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"))
    number: Mapped[int]
    image_file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    thumbnail_file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    width: Mapped[int]
    height: Mapped[int]

    scan: Mapped[Scan] = relationship(back_populates="pages")
