"""Citizens, staff, teams; roles and rights as words."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.audit.models import Actor
from portal.core.db import Model, enum_column, new_id


class Role(StrEnum):
    """What a staff member does; rights follow from it in `rules.RIGHTS`."""

    FRONT_DESK = "front_desk"
    MAILROOM = "mailroom"
    BENEFIT_OFFICER = "benefit_officer"
    INTEGRATION_OFFICER = "integration_officer"
    CASE_MANAGER = "case_manager"
    TEAM_LEAD = "team_lead"
    DATA_QUALITY_OFFICER = "data_quality_officer"
    MANAGEMENT = "management"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What somebody may do; views and rules ask for rights, never for roles."""

    USE_INBOX = "use_inbox"
    READ_FILES = "read_files"
    CHECK_DOCUMENTS = "check_documents"
    PROCESS_APPLICATIONS = "process_applications"
    MANAGE_APPOINTMENTS = "manage_appointments"
    HOLD_CONSULTATIONS = "hold_consultations"
    SEE_TEAM = "see_team"
    SEE_FIGURES = "see_figures"
    ADMINISTER = "administer"


class Account:
    """What Flask-Login asks of a person; whether they may sign in is `rules.can_sign_in`."""

    is_authenticated = True
    is_anonymous = False


class Team(Model):
    """A team of the office."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)


class Citizen(Account, Model):
    """A person who uses the portal from outside.

    `number` is the resource in exclusion constraints: core GiST knows integer ranges, not UUIDs.
    """

    __tablename__ = "citizens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    birth_date: Mapped[date | None]
    phone: Mapped[str | None]
    street: Mapped[str | None]
    postcode: Mapped[str | None]
    city: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="de")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    session_key: Mapped[str]

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def is_active(self) -> bool:
        """Tell Flask-Login whether the address has been confirmed."""
        return self.confirmed_at is not None

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps."""
        return Actor("citizen", str(self.id), self.name)

    def get_id(self) -> str:
        """Return what the session cookie holds; a new session key ends every session."""
        return f"citizen:{self.id}:{self.session_key}"


class StaffMember(Account, Model):
    """A person who works in the office.

    `number` is the resource in exclusion constraints: core GiST knows integer ranges, not UUIDs.
    """

    __tablename__ = "staff_members"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str | None]
    room: Mapped[str | None]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_key: Mapped[str]

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    roles: Mapped[list["StaffRole"]] = relationship(
        back_populates="staff_member", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps."""
        return Actor("staff", str(self.id), self.name)

    def get_id(self) -> str:
        """Return what the session cookie holds; a new session key ends every session."""
        return f"staff:{self.id}:{self.session_key}"


class StaffRole(Model):
    """One role of one staff member."""

    __tablename__ = "staff_roles"

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)

    staff_member: Mapped[StaffMember] = relationship(back_populates="roles")


class LinkPurpose(StrEnum):
    """What a link in a mail opens."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a word, not a password)


class SecretLink(Model):
    """A link sent to an e-mail address; it works once, and only the hash of its secret is kept."""

    __tablename__ = "secret_links"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_secret_links_citizen_id", "citizen_id", "purpose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    purpose: Mapped[LinkPurpose] = mapped_column(enum_column(LinkPurpose))
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    citizen: Mapped[Citizen] = relationship(lazy="joined", innerjoin=True)


class Attempt(Model):
    """One try of something that must not be tried too often, by a person or from a network.

    `key` is a hash: the row tells nobody who tried. Rows are deleted after a day.
    """

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_key", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime]
