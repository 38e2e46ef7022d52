"""Reading people, what they sign in with, links and attempts."""

import functools
import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, with_expression

from portal.accounts import addresses, rules
from portal.accounts.keys import (
    ContactChange,
    KeptForm,
    LinkPurpose,
    Method,
    Owned,
    Passkey,
    PortalSession,
    ProviderIdentity,
    RecoveryCode,
    SecretLink,
    Step,
    StepKind,
    TotpFactor,
)
from portal.accounts.message_wishes import DigestWish, MessageWish
from portal.accounts.models import (
    Attempt,
    Citizen,
    Person,
    Representation,
    Right,
    Role,
    StaffMember,
    StaffRole,
    Team,
)
from portal.accounts.oidc.signout import EndedAtProvider
from portal.accounts.representing import is_in_force
from portal.accounts.rules import Factors
from portal.core.errors import NotFound

OwnedRow = TypeVar("OwnedRow", bound=Owned)


def citizen_by_address(session: Session, address: str) -> Citizen | None:
    """Return the citizen with this e-mail address or mobile number, confirmed or not."""
    plain = addresses.plain(address)
    return session.scalar(
        select(Citizen)
        .where(or_(Citizen.email == plain, Citizen.mobile == plain))
        .order_by(Citizen.id)
    )


def staff_by_email(session: Session, email: str) -> StaffMember | None:
    """Return the staff member with this address, active or not."""
    return session.scalar(select(StaffMember).where(StaffMember.email == addresses.plain(email)))


def message_wish_of(session: Session, citizen: Citizen) -> MessageWish | None:
    """Return what a citizen wishes of messages, if they have said so."""
    return message_wishes_of(session, [citizen.id]).get(citizen.id)


def message_wishes_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, MessageWish]:
    """Return what these citizens wish of messages, by the id of the citizen."""
    found = session.scalars(
        select(MessageWish)
        .where(MessageWish.citizen_id.in_(list(ids)))
        .order_by(MessageWish.citizen_id)
        .execution_options(populate_existing=True)
    )
    return {wish.citizen_id: wish for wish in found}


def digest_wish_of(session: Session, member: StaffMember) -> DigestWish | None:
    """Return when a staff member wants the numbers of the day, if ever."""
    return session.get(DigestWish, member.id, populate_existing=True)


def owned_by(kind: type[OwnedRow], person: Person) -> ColumnElement[bool]:
    """Return the condition that a row belongs to this person."""
    column = kind.staff_member_id if isinstance(person, StaffMember) else kind.citizen_id
    return column == person.id


# Sessions


def session_by_secret(session: Session, secret_hash: str) -> PortalSession | None:
    """Return the session of a cookie with its person, and for whom it acts: one query."""
    return session.scalars(_opened(), {"secret_hash": secret_hash}).unique().first()


@functools.cache
def _opened() -> Select[PortalSession]:
    """Write the query of every request, once: writing it takes longer than carrying it out."""
    may_switch = exists().where(
        Representation.representative_id == PortalSession.citizen_id,
        Representation.revoked_at.is_(None),
        or_(Representation.ends_at.is_(None), Representation.ends_at > func.now()),
        func.jsonb_array_length(Representation.powers) > 0,
    )
    return (
        select(PortalSession)
        .where(PortalSession.secret_hash == bindparam("secret_hash"))
        .options(
            joinedload(PortalSession.citizen),
            joinedload(PortalSession.staff_member).joinedload(StaffMember.roles),
            joinedload(PortalSession.representation).options(
                joinedload(Representation.principal),
                joinedload(Representation.representative),
            ),
            with_expression(PortalSession.may_switch, may_switch),
        )
        .order_by(PortalSession.id)
    )


def sessions_of(session: Session, person: Person, *, now: datetime) -> Sequence[PortalSession]:
    """Return the live sessions of a person, the one used last first."""
    found = session.scalars(
        select(PortalSession)
        .where(owned_by(PortalSession, person), PortalSession.ended_at.is_(None))
        .order_by(PortalSession.seen_at.desc(), PortalSession.id)
        .limit(200)
    )
    return [one for one in found if rules.is_live(one, now=now)]


def session_for(session: Session, id: UUID, *, asker: Person) -> PortalSession:
    """Return one of the asker's own sessions with its person, or raise `NotFound`."""
    found = session.scalar(
        select(PortalSession)
        .where(PortalSession.id == id, owned_by(PortalSession, asker))
        .options(joinedload(PortalSession.citizen), joinedload(PortalSession.staff_member))
    )
    if found is None:
        raise NotFound
    return found


def has_been_here(session: Session, person: Person) -> bool:
    """Tell whether the person has ever signed in before."""
    return (
        session.scalar(
            select(PortalSession.id)
            .where(owned_by(PortalSession, person))
            .order_by(PortalSession.id)
            .limit(1)
        )
        is not None
    )


def kept_form_for(session: Session, id: UUID, *, asker: Person, now: datetime) -> KeptForm:
    """Return what the asker sent when the session was over, or raise `NotFound`."""
    found = session.scalar(
        select(KeptForm).where(
            KeptForm.id == id, owned_by(KeptForm, asker), KeptForm.expires_at > now
        )
    )
    if found is None:
        raise NotFound(
            gettext("Diese Eingaben sind nicht mehr da. Bitte geben Sie sie noch einmal ein.")
        )
    return found


def whose_form(session: Session, kept: KeptForm, *, asker: Citizen, now: datetime) -> str | None:
    """Name for whom a kept form was filled in; nobody where the asker may act no more."""
    if kept.representation_id is None:
        return asker.name
    found = session.scalar(
        select(Representation)
        .where(
            Representation.id == kept.representation_id,
            Representation.representative_id == asker.id,
        )
        .options(joinedload(Representation.principal))
    )
    if found is None or not is_in_force(found, now=now):
        return None
    return found.principal.name


# Second factors


def totp_of(session: Session, person: Person, *, lock: bool = False) -> TotpFactor | None:
    """Return the app of a person; with `lock`, nobody else takes a code at the same time."""
    found = select(TotpFactor).where(owned_by(TotpFactor, person))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def passkeys_of(session: Session, person: Person) -> Sequence[Passkey]:
    """Return the passkeys of a person, the oldest first."""
    return session.scalars(
        select(Passkey).where(owned_by(Passkey, person)).order_by(Passkey.created_at, Passkey.id)
    ).all()


def passkey_for(session: Session, id: UUID, *, asker: Person) -> Passkey:
    """Return one of the asker's own passkeys, or raise `NotFound`."""
    found = session.scalar(select(Passkey).where(Passkey.id == id, owned_by(Passkey, asker)))
    if found is None:
        raise NotFound
    return found


def passkey_by_credential(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this id and whose it is, locked: its counter moves on."""
    return session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == credential_id)
        .options(joinedload(Passkey.citizen), joinedload(Passkey.staff_member))
        .with_for_update(of=Passkey)
    )


def recovery_code(session: Session, person: Person, *, code_hash: str) -> RecoveryCode | None:
    """Return an unused code on paper, locked."""
    return session.scalar(
        select(RecoveryCode)
        .where(
            owned_by(RecoveryCode, person),
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .order_by(RecoveryCode.id)
        .limit(1)
        .with_for_update()
    )


def factors_of(session: Session, person: Person) -> Factors:
    """Return what the person can prove themselves with besides the password."""
    left = session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(owned_by(RecoveryCode, person), RecoveryCode.used_at.is_(None))
    )
    return Factors(totp_of(session, person), passkeys_of(session, person), left or 0)


def provider_identity(session: Session, *, issuer: str, subject: str) -> ProviderIdentity | None:
    """Return who this is at the provider, with the citizen."""
    return session.scalar(
        select(ProviderIdentity)
        .where(ProviderIdentity.issuer == issuer, ProviderIdentity.subject == subject)
        .options(joinedload(ProviderIdentity.citizen))
    )


def identities_of(session: Session, citizen: Citizen) -> Sequence[ProviderIdentity]:
    """Return the providers that the citizen signs in with."""
    return session.scalars(
        select(ProviderIdentity)
        .where(ProviderIdentity.citizen_id == citizen.id)
        .order_by(ProviderIdentity.linked_at, ProviderIdentity.id)
    ).all()


def identity_for(session: Session, id: UUID, *, asker: Citizen) -> ProviderIdentity:
    """Return one of the asker's own identities, or raise `NotFound`."""
    found = session.scalar(
        select(ProviderIdentity).where(
            ProviderIdentity.id == id, ProviderIdentity.citizen_id == asker.id
        )
    )
    if found is None:
        raise NotFound
    return found


def provider_sessions(session: Session, *, ended: EndedAtProvider) -> Sequence[PortalSession]:
    """Return the open sessions that began by this sign-in at the provider, before it ended."""
    here = (
        PortalSession.provider_session == ended.sid
        if ended.sid
        else PortalSession.citizen_id.in_(
            select(ProviderIdentity.citizen_id).where(
                ProviderIdentity.issuer == ended.issuer, ProviderIdentity.subject == ended.subject
            )
        )
    )
    return session.scalars(
        select(PortalSession)
        .where(
            here,
            PortalSession.method == Method.PROVIDER,
            PortalSession.ended_at.is_(None),
            PortalSession.started_at < ended.issued_at,
        )
        .order_by(PortalSession.id)
    ).all()


def step_by_id(session: Session, id: UUID, *, kind: StepKind, lock: bool) -> Step | None:
    """Return a step with its person; with `lock`, only one request uses it."""
    found = (
        select(Step)
        .where(Step.id == id, Step.kind == kind)
        .options(joinedload(Step.citizen), joinedload(Step.staff_member))
    )
    if lock:
        found = found.with_for_update(of=Step).execution_options(populate_existing=True)
    return session.scalar(found)


def open_changes(session: Session, citizen: Citizen) -> Sequence[ContactChange]:
    """Return the changes of address that wait for their links."""
    return session.scalars(
        select(ContactChange)
        .where(ContactChange.citizen_id == citizen.id, ContactChange.closed_at.is_(None))
        .order_by(ContactChange.asked_at, ContactChange.id)
    ).all()


# People


def person_by_id(session: Session, kind: str, id: UUID) -> Citizen | StaffMember:
    """Return the citizen or (`kind` is staff) the staff member with this id."""
    person: Citizen | StaffMember | None = (
        session.get(StaffMember, id) if kind == "staff" else session.get(Citizen, id)
    )
    if person is None:
        raise NotFound
    return person


def citizens(session: Session) -> Sequence[Citizen]:
    """Return all citizens by name; for the demo office, which has few."""
    return session.scalars(
        select(Citizen).order_by(Citizen.last_name, Citizen.first_name, Citizen.id)
    ).all()


def staff_members(session: Session) -> Sequence[StaffMember]:
    """Return everybody who works in the office, by team and name."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.team)
        .where(StaffMember.is_active)
        .order_by(Team.name, StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def colleagues_of(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return the active members of the team of `asker`, by name, `asker` among them."""
    return members_of(session, teams=[asker.team_id])


def members_of(session: Session, *, teams: Collection[UUID]) -> Sequence[StaffMember]:
    """Return the active members of these teams, by name."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, StaffMember.team_id.in_(teams))
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def colleague_for(session: Session, id: str, *, asker: StaffMember) -> StaffMember:
    """Return the member of the team of `asker` with this id; others raise `NotFound`."""
    for member in colleagues_of(session, asker=asker):
        if str(member.id) == id:
            return member
    raise NotFound(gettext("Diese Person arbeitet nicht in Ihrem Team."))


def holds(roles: Iterable[Role]) -> ColumnElement[bool]:
    """Return the condition that a staff member has one of these roles."""
    return StaffMember.roles.any(StaffRole.role.in_(roles))


def carries(right: Right) -> ColumnElement[bool]:
    """Return the condition that one of the roles of a staff member carries `right`."""
    return holds(rules.roles_with(right))


def staff_with_right(session: Session, right: Right) -> Sequence[StaffMember]:
    """Return the active members who carry this right, by name."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, carries(right))
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def has_other_administrators(session: Session, member: StaffMember) -> bool:
    """Tell whether somebody besides `member` can sign in and give rights to others."""
    return (
        session.scalar(
            select(StaffMember.id)
            .where(
                StaffMember.id != member.id,
                StaffMember.is_active,
                StaffMember.password_hash.is_not(None),
                carries(Right.ADMINISTER),
            )
            .order_by(StaffMember.id)
            .limit(1)
        )
        is not None
    )


def teams(session: Session) -> Sequence[Team]:
    """Return all teams by name."""
    return session.scalars(select(Team).order_by(Team.name)).all()


def team_by_id(session: Session, id: UUID) -> Team:
    """Return the team with this id, or raise `NotFound`."""
    found = session.get(Team, id)
    if found is None:
        raise NotFound
    return found


def team_by_name(session: Session, name: str) -> Team | None:
    """Return the team with this name."""
    return session.scalar(select(Team).where(Team.name == name))


def citizen_of(link: SecretLink) -> Citizen:
    """Return the citizen that a link was sent to."""
    if link.citizen is None:
        raise NotFound
    return link.citizen


def member_of(link: SecretLink) -> StaffMember:
    """Return the staff member that a link was sent to."""
    if link.staff_member is None:
        raise NotFound
    return link.staff_member


def link_for(session: Session, id: UUID, secret: str, *purposes: LinkPurpose) -> SecretLink:
    """Return the link that this secret opens; raise `NotFound` for a wrong one."""
    link = session.scalar(
        select(SecretLink).where(
            SecretLink.id == id,
            SecretLink.purpose.in_(purposes),
            SecretLink.secret_hash == hashlib.sha256(secret.encode()).hexdigest(),
        )
    )
    if link is None:
        raise NotFound
    return link


def attempts_on(session: Session, key: str, *, since: datetime) -> Sequence[datetime]:
    """Return when this was tried, newest first."""
    return session.scalars(
        select(Attempt.at)
        .where(Attempt.key == key, Attempt.at > since)
        .order_by(Attempt.at.desc())
        .limit(200)
    ).all()


def nth_newest_attempt(session: Session, key: str, n: int) -> datetime | None:
    """Return when this was tried `n` tries ago; the newest is the first."""
    return session.scalars(
        select(Attempt.at)
        .where(Attempt.key == key)
        .order_by(Attempt.at.desc(), Attempt.id.desc())
        .offset(n - 1)
        .limit(1)
    ).first()
