"""Letters of the office to a citizen with the facts of their delivery, and the consent to them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.casefiles.models import Case, Document
from portal.core.db import Model, enum_column, new_id


class LetterKind(StrEnum):
    """What a letter is in law; what follows from it stands in `law.KINDS`."""

    INVITATION = "invitation"
    SUMMONS = "summons"
    HEARING = "hearing"
    DECISION = "decision"
    INTERIM = "interim"
    OBJECTION_RULING = "objection_ruling"


class Way(StrEnum):
    """How a letter is delivered: provided in the portal with a notification, or on paper."""

    PORTAL = "portal"
    PRINT = "print"


class PrintReason(StrEnum):
    """Why a letter has to be printed."""

    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"
    NOT_VIEWED = "not_viewed"
    REPRESENTED = "represented"
    RETURNED = "returned"


class Basis(StrEnum):
    """Where the day comes from on which a letter really came."""

    TOLD = "told"
    NOTED = "noted"


class PortalConsent(Model):
    """That a citizen wants letters in the portal instead of on paper (§ 37 (2a) SGB X).

    `version` names the text that was agreed to (`law.CONSENTS`). It can be taken back at any time,
    for the letters to come. It is tied to nothing else: whoever says no uses every other page.
    """

    __tablename__ = "portal_consents"
    __table_args__ = (
        Index(
            "uq_portal_consents_in_force",
            "citizen_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
        Index("ix_portal_consents_citizen", "citizen_id", "given_at"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_name IS NULL)", name="withdrawn_pair"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    version: Mapped[int]
    given_at: Mapped[datetime]
    given_by_name: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_name: Mapped[str | None]


class Letter(Model):
    """One letter: what it says, of what it was made, and each fact of its delivery.

    `template` and `template_version` name the words, `content` the data that went into them: the
    page shows the letter from these, the PDF in the digital file is the proof. Facts of delivery
    are written once and never moved: which day follows from them is computed (`rules.delivery`) and
    kept with the sentences that say why (`deadlines.settle`; every answer is a `LetterDeadline`).
    `arrived_on` is the day on which it really came, as said last (`Arrival`). A posting that came
    back is no fact of the letter any more but a `LetterReturn`; `returned_on` is its day, until the
    letter is posted anew.
    `is_instructed` says whether the instruction on the remedy is in it and right (§ 66 SGG),
    `is_abroad` whether it is announced abroad (§ 84 (1) SGG), `seal` what seals it, if anything.
    `notice_path` is where the notification leads, if not to the letter itself.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_case", "case_id", "written_at"),
        Index("ix_letters_citizen", "citizen_id", "written_at"),
        Index(
            "ix_letters_to_print",
            "print_asked_at",
            postgresql_where="print_asked_at IS NOT NULL AND posted_on IS NULL",
        ),
        Index(
            "ix_letters_unread",
            "notified_at",
            postgresql_where=(
                "way = 'portal' AND first_viewed_at IS NULL AND print_asked_at IS NULL"
            ),
        ),
        CheckConstraint(
            "way <> 'portal' OR kind = 'invitation' OR consent_id IS NOT NULL",
            name="portal_has_consent",
        ),
        CheckConstraint("(document_id IS NULL) = (filed_at IS NULL)", name="filed_pair"),
        CheckConstraint("provided_at IS NULL OR way = 'portal'", name="provided_in_portal"),
        CheckConstraint("notified_at IS NULL OR notification_id IS NOT NULL", name="notified_pair"),
        CheckConstraint(
            "(print_asked_at IS NULL) = (print_reason IS NULL)", name="print_asked_pair"
        ),
        CheckConstraint("(printed_at IS NULL) = (printed_by_name IS NULL)", name="printed_pair"),
        CheckConstraint("(posted_on IS NULL) = (posted_by_name IS NULL)", name="posted_pair"),
        CheckConstraint(
            "(held_back_at IS NULL) = (held_back_by_name IS NULL)", name="held_back_pair"
        ),
        CheckConstraint("posted_on IS NULL OR printed_at IS NOT NULL", name="posted_is_printed"),
        CheckConstraint(
            "num_nonnulls(counts_from, deadline_reason, deadline_at) IN (0, 3)",
            name="deadline_is_whole",
        ),
        CheckConstraint(
            "remedy_until IS NULL OR counts_from IS NOT NULL", name="remedy_until_has_start"
        ),
        CheckConstraint("returned_on IS NULL OR posted_on IS NULL", name="returned_is_not_posted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True, start=1001), unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    kind: Mapped[LetterKind] = mapped_column(enum_column(LetterKind))
    subject: Mapped[str]
    template: Mapped[str]
    template_version: Mapped[int]
    content: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    written_by_name: Mapped[str]
    way: Mapped[Way] = mapped_column(enum_column(Way))
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("portal_consents.id"))
    notice: Mapped[str]
    notice_path: Mapped[str | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    filed_at: Mapped[datetime | None]
    provided_at: Mapped[datetime | None]
    notification_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    notified_at: Mapped[datetime | None]
    second_notification_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    second_asked_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    first_viewed_at: Mapped[datetime | None]
    first_viewed_by_name: Mapped[str | None]
    downloaded_at: Mapped[datetime | None]
    print_asked_at: Mapped[datetime | None]
    print_reason: Mapped[PrintReason | None] = mapped_column(enum_column(PrintReason))
    printed_at: Mapped[datetime | None]
    printed_by_name: Mapped[str | None]
    posted_on: Mapped[date | None]
    posted_by_name: Mapped[str | None]
    held_back_at: Mapped[datetime | None]
    held_back_by_name: Mapped[str | None]
    signed_by_name: Mapped[str | None]
    seal: Mapped[str | None]
    is_instructed: Mapped[bool] = mapped_column(default=True)
    is_abroad: Mapped[bool] = mapped_column(default=False)
    counts_from: Mapped[date | None]
    remedy_until: Mapped[date | None]
    deadline_reason: Mapped[str | None]
    deadline_at: Mapped[datetime | None]
    arrived_on: Mapped[date | None]
    returned_on: Mapped[date | None]

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    document: Mapped[Document | None] = relationship(lazy="raise")
    consent: Mapped[PortalConsent | None] = relationship(lazy="raise")

    @property
    def reference(self) -> str:
        """Return the Zeichen of the letter; needs the case loaded."""
        return f"{self.case.file_reference} / {self.number}"


class LetterDeadline(Model):
    """One answer to from when a letter counts and until when one can act, with its reasons.

    It is never changed: a new fact makes the next number, and the letter shows the newest.
    """

    __tablename__ = "letter_deadlines"

    letter_id: Mapped[UUID] = mapped_column(
        ForeignKey("letters.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    counts_from: Mapped[date]
    remedy_until: Mapped[date | None]
    reason: Mapped[str]
    settled_at: Mapped[datetime]


class LetterReturn(Model):
    """One posting of a letter that came back: when it went out, when it came, what stood on it."""

    __tablename__ = "letter_returns"
    __table_args__ = (
        Index("ix_letter_returns_letter", "letter_id", "noted_at"),
        CheckConstraint("returned_on >= posted_on", name="returned_later"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id", ondelete="CASCADE"))
    posted_on: Mapped[date]
    posted_by_name: Mapped[str]
    returned_on: Mapped[date]
    words: Mapped[str]
    noted_at: Mapped[datetime]
    noted_by_name: Mapped[str]


class Arrival(Model):
    """What somebody has said about the day on which a letter really came; the newest counts.

    The reader tells it; what the office notes has its reason: a postmark, a call, a letter back.
    """

    __tablename__ = "letter_arrivals"
    __table_args__ = (
        Index("ix_letter_arrivals_letter", "letter_id", "said_at"),
        CheckConstraint("basis = 'told' OR words IS NOT NULL", name="noted_has_why"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id", ondelete="CASCADE"))
    arrived_on: Mapped[date]
    basis: Mapped[Basis] = mapped_column(enum_column(Basis))
    words: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by_name: Mapped[str]
