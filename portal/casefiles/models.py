"""The digital file: cases with their people, documents with their pages, requests for evidence."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember, Team
from portal.core.db import Model, enum_column, new_id


class Case(Model):
    """A benefit unit (Bedarfsgemeinschaft) and its digital file."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_team", "team_id", "number"),
        Index("ix_cases_benefit_officer", "benefit_officer_id"),
        Index("ix_cases_integration_officer", "integration_officer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True, start=10042), unique=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    benefit_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    integration_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    award_from: Mapped[date | None]
    award_until: Mapped[date | None]
    opened_at: Mapped[datetime]

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    benefit_officer: Mapped[StaffMember | None] = relationship(
        foreign_keys=[benefit_officer_id], lazy="raise"
    )
    integration_officer: Mapped[StaffMember | None] = relationship(
        foreign_keys=[integration_officer_id], lazy="raise"
    )
    members: Mapped[list["CaseMember"]] = relationship(
        back_populates="case", lazy="selectin", order_by="CaseMember.joined_at"
    )

    @property
    def file_reference(self) -> str:
        """Return the Aktenzeichen printed on letters."""
        return f"JC-{self.number:07d}"


class CaseMember(Model):
    """A citizen in a benefit unit; each has an own account and sees the own documents only."""

    __tablename__ = "case_members"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id"), primary_key=True, unique=True
    )
    joined_at: Mapped[datetime]

    case: Mapped[Case] = relationship(back_populates="members")
    citizen: Mapped[Citizen] = relationship(lazy="joined", innerjoin=True)


class DocumentKind(StrEnum):
    """Document types (reference: domain, section b); the German names stand in `kinds.py`."""

    ID_DOCUMENT = "id_document"
    RESIDENCE_PERMIT = "residence_permit"
    BANK_STATEMENTS = "bank_statements_3m"
    PAYSLIPS = "payslips"
    WORK_CONTRACT = "work_contract"
    TERMINATION_LETTER = "termination_letter"
    BENEFIT_NOTICE = "benefit_notice"
    CHILD_BENEFIT_NOTICE = "child_benefit_notice"
    RENTAL_CONTRACT = "rental_contract"
    LANDLORD_CERTIFICATE = "landlord_certificate"
    UTILITY_BILL = "utility_bill"
    HEATING_BILL = "heating_bill"
    SCHOOL_CERTIFICATE = "school_certificate"
    BIRTH_CERTIFICATE = "birth_certificate"
    MEDICAL_CERTIFICATE = "medical_certificate"
    SICK_NOTE = "sick_note"
    DISABILITY_CARD = "disability_card"
    MATERNITY_RECORD = "maternity_record"
    MAINTENANCE_TITLE = "maintenance_title"
    ASSET_PROOF = "asset_proof"
    REGISTRATION = "registration"
    ENROLMENT = "enrolment"
    UVG_NOTICE = "uvg_notice"
    PARENTAL_BENEFIT_NOTICE = "parental_benefit_notice"
    PENSION_NOTICE = "pension_notice"
    OWNERSHIP_COSTS = "ownership_costs"
    INSURER_CERTIFICATE = "insurer_certificate"
    PKV_CERTIFICATE = "pkv_certificate"
    INSURANCE_POLICY = "insurance_policy"
    GUARDIANSHIP = "guardianship"
    POWER_OF_ATTORNEY = "power_of_attorney"
    SEPARATION = "divorce_or_separation"
    BUSINESS_REGISTRATION = "business_registration"
    BUSINESS_FIGURES = "eur_bwa"
    RECEIPTS = "receipts"
    VEHICLE_PAPER = "vehicle_paper"
    COMMUTE_PROOF = "commute_proof"
    DEATH_CERTIFICATE = "death_certificate"
    TRIP_CONFIRMATION = "trip_confirmation"
    CLUB_CONFIRMATION = "club_confirmation"
    TUTORING_CONFIRMATION = "tutoring_confirmation"
    LUNCH_CONFIRMATION = "lunch_confirmation"
    RECEIPT = "receipt"
    CONSULTATION_NOTE = "consultation_note"
    LETTER = "letter"
    OTHER = "other"


class DocumentState(StrEnum):
    """Where a document is; the transitions stand in `rules.TRANSITIONS`."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class Verdict(StrEnum):
    """What the virus scanner has said of the originals; only `clean` lets anybody read them."""

    WAITING = "waiting"
    HELD = "held"
    CLEAN = "clean"
    INFECTED = "infected"


class Channel(StrEnum):
    """On which way something was handed in."""

    PORTAL = "portal"
    APPLICATION = "application"
    CALL = "call"
    PAPER = "paper"
    OFFICE = "office"


class HandIn(Model):
    """One hand-in with its receipt: what came, when, on which way, provable by anyone later.

    `code` stands on the receipt and in its QR code; `manifest` is what the receipt lists, kept as
    it was on that day, and `manifest_sha256` the hash over it (`receipts.digest`). `receipt_sha256`
    is the hash of the PDF itself, which a job writes a moment later.
    """

    __tablename__ = "hand_ins"
    __table_args__ = (
        Index("ix_hand_ins_owner", "owner_id", "at"),
        Index("ix_hand_ins_receipt", "receipt_sha256"),
        CheckConstraint(
            "(receipt_file_id IS NULL) = (receipt_sha256 IS NULL)", name="receipt_pair"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    code: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    by_name: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    manifest_sha256: Mapped[str]
    receipt_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    receipt_sha256: Mapped[str | None]

    case: Mapped[Case] = relationship(lazy="raise")
    owner: Mapped[Citizen] = relationship(lazy="raise")
    documents: Mapped[list["Document"]] = relationship(
        back_populates="hand_in", lazy="raise", order_by="Document.received_at, Document.id"
    )


class Document(Model):
    """One paper in the digital file: the untouched originals and a copy that is safe to show.

    Several photos can be one document. `size` is the sum of its originals, `sha256` the hash over
    their bytes in order: with one original, simply the hash of that file. `about_id` is the person
    whom it concerns (the owner, when nobody is named), the months are first days of a month. What
    was split off names the document it came from and keeps no originals of its own: its pages do.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_case", "case_id", "received_at"),
        Index("ix_documents_owner", "owner_id", "received_at"),
        Index("ix_documents_unprepared", "received_at", postgresql_where="state = 'received'"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_pair"),
        CheckConstraint(
            "state NOT IN ('rejected', 'blocked') OR reason IS NOT NULL", name="refused_has_reason"
        ),
        CheckConstraint(
            "state <> 'rejected' OR decided_at IS NOT NULL", name="rejected_has_decision"
        ),
        CheckConstraint(
            "state <> 'accepted' OR from_office OR decided_at IS NOT NULL",
            name="accepted_has_decision",
        ),
        CheckConstraint(
            "state NOT IN ('in_review', 'accepted') OR served_file_id IS NOT NULL",
            name="shown_is_prepared",
        ),
        CheckConstraint(
            "(served_file_id IS NULL) = (served_content_type IS NULL)", name="served_pair"
        ),
        CheckConstraint(
            "served_file_id IS NULL OR from_office OR verdict = 'clean'", name="shown_is_clean"
        ),
        CheckConstraint(
            "(verdict IN ('clean', 'infected')) = (scanned_at IS NOT NULL)", name="verdict_has_time"
        ),
        CheckConstraint("months_until >= months_from", name="months_in_order"),
        Index("ix_documents_hand_in", "hand_in_id"),
        Index("ix_documents_held", "received_at", postgresql_where="verdict = 'held'"),
        Index(
            "ix_documents_unread",
            "received_at",
            postgresql_where="text_file_id IS NULL AND page_count IS NOT NULL",
        ),
        Index("ix_documents_sha256", "sha256"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence_requests.id"))
    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind))
    title: Mapped[str]
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    hand_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("hand_ins.id"))
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    months_from: Mapped[date | None]
    months_until: Mapped[date | None]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict), default=Verdict.WAITING)
    finding: Mapped[str | None]
    scanned_at: Mapped[datetime | None]
    served_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    served_content_type: Mapped[str | None]
    archive_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    text_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    derived_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    is_redacted: Mapped[bool] = mapped_column(default=False)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    page_count: Mapped[int | None]
    preparation_tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[DocumentState] = mapped_column(
        enum_column(DocumentState), default=DocumentState.RECEIVED
    )
    from_office: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))

    case: Mapped[Case] = relationship(lazy="raise")
    owner: Mapped[Citizen] = relationship(foreign_keys=[owner_id], lazy="raise")
    about: Mapped[Citizen | None] = relationship(foreign_keys=[about_id], lazy="raise")
    hand_in: Mapped[HandIn | None] = relationship(back_populates="documents", lazy="raise")
    decided_by: Mapped[StaffMember | None] = relationship(lazy="raise")
    request: Mapped["EvidenceRequest | None"] = relationship(
        foreign_keys=[request_id], lazy="raise"
    )
    originals: Mapped[list["Original"]] = relationship(
        back_populates="document",
        lazy="raise",
        order_by="Original.number",
        cascade="all, delete-orphan",
    )
    pages: Mapped[list["Page"]] = relationship(
        back_populates="document",
        lazy="raise",
        order_by="Page.number",
        cascade="all, delete-orphan",
    )

    @property
    def is_prepared(self) -> bool:
        """Tell whether the safe copy and the page images are there."""
        return self.page_count is not None


class Original(Model):
    """One file exactly as it arrived. It is kept as proof and never handed to a browser."""

    __tablename__ = "document_originals"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))

    document: Mapped[Document] = relationship(back_populates="originals")


class Page(Model):
    """The picture of one page, made by the worker; what browsers get to see.

    It names the page of the original it shows, so that splitting, merging, turning and putting in
    order never touch what arrived. `rotation` is clockwise, in degrees, already in the picture.
    """

    __tablename__ = "document_pages"
    __table_args__ = (
        UniqueConstraint(
            "document_id",
            "number",
            name="uq_document_pages_document_id_number",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_document_pages_original", "original_id"),
        CheckConstraint("rotation IN (0, 90, 180, 270)", name="quarter_turns"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    original_id: Mapped[UUID] = mapped_column(ForeignKey("document_originals.id"))
    original_page: Mapped[int]
    rotation: Mapped[int] = mapped_column(default=0)
    image_file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    thumbnail_file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    width: Mapped[int]
    height: Mapped[int]

    document: Mapped[Document] = relationship(back_populates="pages")


class RequestState(StrEnum):
    """Where a request for evidence is."""

    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class EvidenceAnswer(StrEnum):
    """What a citizen can say to a request; each is an answer, none is a dead end."""

    NOW = "now"
    LATER = "later"
    ALREADY_SENT = "already_sent"
    SOMEONE_ELSE = "someone_else"
    DO_NOT_HAVE = "do_not_have"
    AUTHORITY_FETCHES = "authority_fetches"
    NOT_APPLICABLE = "not_applicable"


class EvidenceRequest(Model):
    """What the office still needs from one person: what, why, until when, for whom and when.

    `about_id` is the person whom the paper concerns when it is not the owner of the request;
    `marked_pages` are the numbers of the pages that have to come again. `answer_on` is the day that
    a citizen has named with the answer "later".
    """

    __tablename__ = "evidence_requests"
    __table_args__ = (
        Index("ix_evidence_requests_owner", "owner_id", "state"),
        Index("ix_evidence_requests_case", "case_id", "asked_at"),
        CheckConstraint(
            "(state IN ('settled', 'withdrawn')) = (closed_at IS NOT NULL)", name="closed_has_time"
        ),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_time"),
        CheckConstraint("answer_on IS NULL OR answer = 'later'", name="only_later_has_day"),
        CheckConstraint("months_until >= months_from", name="months_in_order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind))
    title: Mapped[str]
    why: Mapped[str]
    legal_basis: Mapped[str | None]
    due_on: Mapped[date | None]
    state: Mapped[RequestState] = mapped_column(
        enum_column(RequestState), default=RequestState.OPEN
    )
    rejected_document_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("documents.id", use_alter=True, name="fk_evidence_requests_rejected_document_id")
    )
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    months_from: Mapped[date | None]
    months_until: Mapped[date | None]
    marked_pages: Mapped[list[int]] = mapped_column(JSONB, default=list)
    asked_at: Mapped[datetime]
    asked_by_name: Mapped[str]
    answer: Mapped[EvidenceAnswer | None] = mapped_column(enum_column(EvidenceAnswer))
    answer_words: Mapped[str | None]
    answer_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    owner: Mapped[Citizen] = relationship(foreign_keys=[owner_id], lazy="raise")
    about: Mapped[Citizen | None] = relationship(foreign_keys=[about_id], lazy="raise")


class AccessGround(StrEnum):
    """Why one person may open one file although nothing else gives a reason."""

    BREAK_GLASS = "break_glass"
    APPOINTMENT = "appointment"


class AccessOutcome(StrEnum):
    """What the second person said."""

    GRANTED = "granted"
    REFUSED = "refused"


class CaseAccess(Model):
    """That one staff member may open one file for a time: in an emergency, or for an appointment.

    An emergency needs a reason and a second person; it counts from `starts_at` to `ends_at`, which
    stand only once it is granted. `subject_id` names the appointment; it lies above, so it is a
    value.
    """

    __tablename__ = "case_accesses"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="has_reason"),
        CheckConstraint("decided_by_id <> staff_member_id", name="two_people"),
        CheckConstraint(
            "num_nonnulls(decided_at, decided_by_id, outcome) IN (0, 3)", name="decided_together"
        ),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="time_pair"),
        CheckConstraint("ends_at >= starts_at", name="ends_later"),
        CheckConstraint(
            "CASE ground WHEN 'break_glass'"
            " THEN (starts_at IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'granted')"
            " ELSE starts_at IS NOT NULL AND decided_at IS NULL END",
            name="granted_by_somebody",
        ),
        Index("ix_case_accesses_staff_member", "staff_member_id", "case_id", "ends_at"),
        Index("ix_case_accesses_subject", "subject_id"),
        Index(
            "uq_case_accesses_waiting",
            "case_id",
            "staff_member_id",
            unique=True,
            postgresql_where="ground = 'break_glass' AND decided_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE")
    )
    ground: Mapped[AccessGround] = mapped_column(enum_column(AccessGround))
    reason: Mapped[str]
    subject_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    outcome: Mapped[AccessOutcome | None] = mapped_column(enum_column(AccessOutcome))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember] = relationship(foreign_keys=[staff_member_id], lazy="raise")
