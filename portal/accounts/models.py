"""Citizens, staff, teams; roles and rights as words; who may act for whom.

The tables of what opens an account (sessions, passkeys, codes) stand in `keys`.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.audit.models import Actor, Represented
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
    READ_ALL_FILES = "read_all_files"
    READ_HEALTH_PAPERS = "read_health_papers"
    READ_BANK_PAPERS = "read_bank_papers"
    APPROVE_ACCESS = "approve_access"
    CHECK_DOCUMENTS = "check_documents"
    PROCESS_APPLICATIONS = "process_applications"
    RELEASE_DECISIONS = "release_decisions"
    CARRY_BENEFIT_CASES = "carry_benefit_cases"
    MANAGE_APPOINTMENTS = "manage_appointments"
    SUMMON = "summon"
    HOLD_CONSULTATIONS = "hold_consultations"
    STEER_CARE = "steer_care"
    IDENTIFY_CITIZENS = "identify_citizens"
    SEE_TEAM = "see_team"
    SEE_FIGURES = "see_figures"
    RECORD_REPRESENTATION = "record_representation"
    SORT_PAPER = "sort_paper"
    WRITE_MESSAGES = "write_messages"
    HOLD_FILES = "hold_files"
    EXPORT_FILES = "export_files"
    EDIT_FORMS = "edit_forms"
    PUBLISH_FORMS = "publish_forms"
    ADMINISTER = "administer"


class Account:
    """What Flask-Login asks of a person; whether they may sign in is `rules.can_sign_in`."""

    is_authenticated = True
    is_anonymous = False


class Identified(StrEnum):
    """How the office came to know who stands behind an account."""

    CODE_LETTER = "code_letter"
    COUNTER = "counter"
    PROVIDER = "provider"


class Team(Model):
    """A team of the office."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)


class Citizen(Account, Model):
    """A person who uses the portal from outside.

    `number` is the resource in exclusion constraints: core GiST knows integer ranges, not UUIDs.
    Somebody without a password signs in with a passkey or at an identity provider. `level` says how
    surely the office knows who this is: 1 an address was proved, 2 the person was linked by code
    letter, at the counter or by a provider, 3 by the electronic identity card. No level is needed
    to file anything.
    """

    __tablename__ = "citizens"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("(level = 1) = (identified_at IS NULL)", name="identified"),
        CheckConstraint(
            "num_nonnulls(identified_at, identified_how) IN (0, 2)", name="identified_pair"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    mobile: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
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
    level: Mapped[int] = mapped_column(default=1)
    identified_at: Mapped[datetime | None]
    identified_how: Mapped[Identified | None] = mapped_column(enum_column(Identified))
    customer_number: Mapped[str | None] = mapped_column(unique=True)

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def address(self) -> str | None:
        """Return where messages go: the e-mail address, else the mobile number; else nowhere."""
        return self.email or self.mobile

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every address that was proved to be this person's, the first counts."""
        return tuple(address for address in (self.email, self.mobile) if address)

    @property
    def is_active(self) -> bool:
        """Tell Flask-Login whether an address has been confirmed."""
        return self.confirmed_at is not None

    @property
    def represented_by(self) -> "Representation | None":
        """Return by what right somebody else acts for this person on this request, if so."""
        found: Representation | None = self.__dict__.get("_represented_by")
        return found

    def act_through(self, representation: "Representation") -> None:
        """Let every deed of this request be done by the representative, for this person."""
        self.__dict__["_represented_by"] = representation

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps: who does it, and for whom."""
        if through := self.represented_by:
            by = through.representative
            name = f"{by.name} ({through.organisation})" if through.organisation else by.name
            return Actor("citizen", str(by.id), name, Represented(str(self.id), self.name))
        return Actor("citizen", str(self.id), self.name)


class StaffMember(Account, Model):
    """A person who works in the office.

    `number` is the resource in exclusion constraints: core GiST knows integer ranges, not UUIDs.
    """

    __tablename__ = "staff_members"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str | None]
    room: Mapped[str | None]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    is_active: Mapped[bool] = mapped_column(default=True)

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    roles: Mapped[list["StaffRole"]] = relationship(
        back_populates="staff_member", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def address(self) -> str:
        """Return where messages go."""
        return self.email

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps."""
        return Actor("staff", str(self.id), self.name)


Person = Citizen | StaffMember


class StaffRole(Model):
    """One role of one staff member."""

    __tablename__ = "staff_roles"

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)

    staff_member: Mapped[StaffMember] = relationship(back_populates="roles")


class Power(StrEnum):
    """What somebody who acts for another may do; each page of citizens names the one it needs."""

    SEE = "see"
    FILL_IN = "fill_in"
    UPLOAD = "upload"
    SEND = "send"
    BOOK = "book"


class RepresentationKind(StrEnum):
    """By what right somebody acts for another; what each may do at most stands in the rules.

    § 13 SGB X (power of attorney, companion), § 38 SGB II (member of the benefit unit), §§ 1814 ff.
    BGB (guardian).
    """

    POWER_OF_ATTORNEY = "power_of_attorney"
    GUARDIAN = "guardian"
    COMPANION = "companion"
    HOUSEHOLD_MEMBER = "household_member"
    HELPER_ORGANISATION = "helper_organisation"
    HELPER = "helper"


class Representation(Model):
    """That one citizen acts for another: by what right, in what, from when until when.

    It is asked on each request and ends at once when it is revoked. With `session_id` it lives no
    longer than that session: a helper organisation acts while the citizen sits beside.
    """

    __tablename__ = "representations"
    __table_args__ = (
        Index("ix_representations_principal", "principal_id", "starts_at"),
        Index("ix_representations_representative", "representative_id", "starts_at"),
        CheckConstraint("principal_id <> representative_id", name="two_people"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_later"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_name IS NULL)", name="revoked_pair"),
        CheckConstraint(
            "kind NOT IN ('helper', 'helper_organisation') OR ends_at IS NOT NULL",
            name="helpers_for_a_time",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[RepresentationKind] = mapped_column(enum_column(RepresentationKind))
    principal_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    representative_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    powers: Mapped[list[str]]
    organisation: Mapped[str | None]
    task_areas: Mapped[str | None]
    consent_reserved: Mapped[bool] = mapped_column(default=False)
    proof: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    session_id: Mapped[UUID | None]
    granted_at: Mapped[datetime]
    granted_by_name: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str | None]

    principal: Mapped[Citizen] = relationship(foreign_keys=[principal_id])
    representative: Mapped[Citizen] = relationship(foreign_keys=[representative_id])

    def allows(self, power: Power) -> bool:
        """Tell whether `power` is among those given."""
        return power.value in self.powers


class HelperInvitation(Model):
    """A code that lets one person act for another for a time; it works once and soon ends.

    `kind` is by what right who shows the code will act. Only the hash of the code is kept.
    """

    __tablename__ = "helper_invitations"
    __table_args__ = (
        Index("ix_helper_invitations_principal", "principal_id", "created_at"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("help_ends_at > created_at", name="help_ends_later"),
        CheckConstraint(
            "(accepted_at IS NULL) = (representation_id IS NULL)", name="accepted_pair"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[RepresentationKind] = mapped_column(enum_column(RepresentationKind))
    principal_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    powers: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    help_ends_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    representation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("representations.id", ondelete="CASCADE")
    )
    withdrawn_at: Mapped[datetime | None]

    principal: Mapped[Citizen] = relationship(lazy="raise")


class Attempt(Model):
    """One try of something that must not be tried too often, by a person or from a network.

    `key` is a hash: the row tells nobody who tried. Rows are deleted after a day.
    """

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_key", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime]
