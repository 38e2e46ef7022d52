"""The tables of what opens an account: sessions, passkeys, one-time codes, links, steps between.

Whatever somebody could sign in with is kept as a hash or sealed; nothing here can be replayed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, query_expression, relationship

from portal.accounts.models import Citizen, Person, Representation, StaffMember
from portal.core.db import Model, enum_column, new_id

ONE_OWNER = "num_nonnulls(citizen_id, staff_member_id) = 1"
AT_MOST_ONE_OWNER = "num_nonnulls(citizen_id, staff_member_id) < 2"


class Owned:
    """Belongs to a citizen or to a staff member, and goes when that person goes."""

    @declared_attr
    def citizen_id(cls) -> Mapped[UUID | None]:  # noqa: N805 (SQLAlchemy calls it on the class)
        """Name the citizen."""
        return mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))

    @declared_attr
    def staff_member_id(cls) -> Mapped[UUID | None]:  # noqa: N805
        """Name the staff member."""
        return mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))


class Method(StrEnum):
    """How somebody signed in. What each is worth stands in `rules.SIGN_IN_METHODS` (check 1)."""

    PASSWORD = "password"  # noqa: S105 (a word, not a password)
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105
    PASSWORD_AND_PASSKEY = "password_and_passkey"  # noqa: S105
    PASSKEY = "passkey"
    PROVIDER = "provider"
    INVITATION = "invitation"
    DEMO = "demo"


class Ended(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    ELSEWHERE = "elsewhere"
    CHANGED = "changed"
    OFFICE = "office"
    SIGNED_IN_ANEW = "signed_in_anew"


class PortalSession(Owned, Model):
    """One browser in which somebody is signed in; the cookie holds a secret, the row its hash.

    `representation_id` says for whom the person acts in this browser. `stepped_up_at` is when the
    person last proved who they are, at the sign-in or since. `may_switch` is filled where a request
    looks its session up: whether the person could act for anybody.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_pair"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        Index("ix_sessions_citizen_id", "citizen_id", "seen_at"),
        Index("ix_sessions_staff_member_id", "staff_member_id", "seen_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    method: Mapped[Method] = mapped_column(enum_column(Method))
    level: Mapped[int]
    device: Mapped[str]
    network: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[Ended | None] = mapped_column(enum_column(Ended))
    provider_session: Mapped[str | None] = mapped_column(index=True)
    representation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("representations.id", ondelete="SET NULL")
    )

    may_switch: Mapped[bool | None] = query_expression()

    citizen: Mapped[Citizen | None] = relationship()
    staff_member: Mapped[StaffMember | None] = relationship()
    representation: Mapped[Representation | None] = relationship()

    @property
    def person(self) -> Person:
        """Return who signed in."""
        found = self.citizen or self.staff_member
        if found is None:
            raise AssertionError  # ck_sessions_one_owner
        return found


class TotpFactor(Owned, Model):
    """An app that shows a new code every 30 seconds (RFC 6238); one for each person.

    `last_step` is the step of the last code that was taken: no code is taken twice. It counts once
    `confirmed_at` is set: the person has shown a first code.
    """

    __tablename__ = "totp_factors"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        UniqueConstraint("citizen_id"),
        UniqueConstraint("staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sealed_secret: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class Passkey(Owned, Model):
    """A key that never leaves the device of its owner (WebAuthn level 3)."""

    __tablename__ = "passkeys"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        Index("ix_passkeys_citizen_id", "citizen_id"),
        Index("ix_passkeys_staff_member_id", "staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    citizen: Mapped[Citizen | None] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="raise")


class RecoveryCode(Owned, Model):
    """A code on paper for the day on which the second factor is lost; it works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        Index("ix_recovery_codes_citizen_id", "citizen_id"),
        Index("ix_recovery_codes_staff_member_id", "staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderIdentity(Model):
    """The same person at an identity provider. Its key is issuer and subject, never an address."""

    __tablename__ = "provider_identities"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        Index("ix_provider_identities_citizen_id", "citizen_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]

    citizen: Mapped[Citizen] = relationship(lazy="raise")


class StepKind(StrEnum):
    """What is half done between two requests."""

    SECOND_FACTOR = "second_factor"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_NEW = "passkey_new"
    STEP_UP = "step_up"
    PROVIDER = "provider"
    PROVIDER_ACCOUNT = "provider_account"


class Step(Owned, Model):
    """What must be remembered between two requests of one sign-in: on this side, once, for minutes.

    The browser holds the id and a secret of which only the hash is here.
    """

    __tablename__ = "sign_in_steps"
    __table_args__ = (
        CheckConstraint(AT_MOST_ONE_OWNER, name="at_most_one_owner"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_sign_in_steps_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind))
    secret_hash: Mapped[str]
    kept: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    citizen: Mapped[Citizen | None] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="raise")


class KeptForm(Owned, Model):
    """What somebody sent after their session had ended; it waits an hour for the same person.

    Sealed, because it may hold anything that the portal asks.
    """

    __tablename__ = "kept_forms"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        Index("ix_kept_forms_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    path: Mapped[str]
    sealed_fields: Mapped[str]
    had_files: Mapped[bool]
    representation_id: Mapped[UUID | None]
    kept_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ContactChange(Model):
    """A new e-mail address or mobile number that waits until it is confirmed on both sides."""

    __tablename__ = "contact_changes"
    __table_args__ = (
        CheckConstraint("expires_at > asked_at", name="expires_later"),
        Index("ix_contact_changes_citizen_id", "citizen_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id", ondelete="CASCADE"))
    address: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    old_confirmed_at: Mapped[datetime | None]
    new_confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    citizen: Mapped[Citizen] = relationship(lazy="raise")


class LinkPurpose(StrEnum):
    """What a link in a message opens."""

    CONFIRM_ADDRESS = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a word, not a password)
    CHANGE_FROM = "change_from"
    CHANGE_TO = "change_to"
    INVITATION = "invitation"


class SecretLink(Owned, Model):
    """A link sent to somebody's address; it works once, and only the hash of its secret is kept."""

    __tablename__ = "secret_links"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint(ONE_OWNER, name="one_owner"),
        Index("ix_secret_links_citizen_id", "citizen_id", "purpose"),
        Index("ix_secret_links_staff_member_id", "staff_member_id", "purpose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_column(LinkPurpose))
    change_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contact_changes.id", ondelete="CASCADE")
    )
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    citizen: Mapped[Citizen | None] = relationship(lazy="joined")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="joined")
    change: Mapped[ContactChange | None] = relationship(lazy="joined")
